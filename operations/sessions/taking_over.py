"""Taking over by hand what a newer version says: chosen differences, all of them or none, and nothing that was begun
or seen is lost by it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from django.db import IntegrityError, connection, transaction
from django.db.models import Model, ProtectedError

from accounts.models import User
from assignments.models import Criterion, Level, Tag
from assignments.services import note_work_change
from audit.services import record
from core.rules import parse_rule
from modules.models import Item, Module
from modules.services import note_change
from operations.dates import DateChanges, change_dates
from operations.sessions.building import Curriculum, write_tags
from operations.sessions.differences import ORDER, Change, Difference, Place, find_differences
from operations.weeks import DatesDoNotFit
from programs.content import CriterionContent, ItemContent, ModuleContent
from programs.models import ProgramVersion, Session

RULES = {"release", "due", "closes"}
AS_THEY_ARE = (
    "min_words", "max_words", "feedback_days", "takes_text", "most_files", "most_megabytes", "takes_recordings",
)  # fmt: skip
WORK = {"work_kind": "kind", "answered_by": "answered_by", "prompt": "prompt"} | {name: name for name in AS_THEY_ARE}
VERBS = {
    Change.ADDED: "added from the program file",
    Change.REMOVED: "removed, as in the program file",
    Change.CHANGED: "took over from the program file",
}
# A position for what is new, until it is arranged.
BEHIND_ALL = 30_000


class CannotTakeOver(Exception):
    """It would cost somebody what they have; the message says what and what to do instead."""


class NoSuchDifference(Exception):
    """What was chosen is no longer so: the session or the choice is older than what was shown."""

    def __init__(self) -> None:
        super().__init__("The session has changed since you looked; look through the differences again.")


@transaction.atomic
def take_over(
    *,
    session: Session,
    version: ProgramVersion,
    keys: Collection[str],
    confirmed: Collection[str] = (),
    actor: User,
    now: datetime,
    reason: str = "",
) -> list[Difference]:
    """Make the chosen differences (by `Difference.key`) disappear; gives them. Locks the session's row.

    Text that participants may have read is marked as changed. Rules are changed as `operations.dates` changes them,
    with `confirmed` for deadlines that come earlier. When no difference is left the session counts as of this version.
    Raises NoSuchDifference, CannotTakeOver, DatesDoNotFit, TimeWouldShrink.
    """
    locked = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    chosen = [one for one in find_differences(version=version, session=locked) if one.key in keys]
    if len(chosen) != len(set(keys)):
        raise NoSuchDifference
    open_before = _open_for(locked, now)
    taking = _Taking(locked, version, actor, now, reason)
    try:
        taking.apply(chosen, confirmed)
        _check_numbers()
    except ProtectedError:
        raise CannotTakeOver(
            "Participants have begun the work that would be removed, or it was answered; leave it as it is."
        ) from None
    except IntegrityError:
        raise CannotTakeOver("Two modules would have one number; take over both changes of number together.") from None
    if open_before - _open_for(locked, now):
        raise CannotTakeOver(
            "Modules that people have open would close for them, because required work would come before them. "
            "Make that work not required, or put it into a later module."
        )
    if not find_differences(version=version, session=locked):
        Session.objects.filter(pk=locked.pk).update(version=version)
    session.refresh_from_db()
    return chosen


def _open_for(session: Session, now: datetime) -> set[tuple[int, int]]:
    """Each module with each person for whom it is open."""
    each = Module.objects.filter(session=session).for_each_of(session.enrollments.all())
    return set(each.open(now).values_list("pk", "whose"))  # type: ignore[misc]


def _check_numbers() -> None:
    """Constraints that wait for the end of the transaction are asked here, where the answer can be told."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


Row: TypeAlias = Module | Item | Criterion
Content: TypeAlias = ModuleContent | ItemContent | CriterionContent


class _Taking:
    """The session's rows and the version's contents by place, and what is done to the rows."""

    def __init__(self, session: Session, version: ProgramVersion, actor: User, now: datetime, reason: str) -> None:
        self.session = session
        self.actor, self.now, self.reason = actor, now, reason
        self.theirs, self.tags = _contents_of(version), version.outline.tags
        self.rows = _rows_of(session)

    def apply(self, chosen: Sequence[Difference], confirmed: Collection[str]) -> None:
        """Removals first, then what is new, then the order of both; rules at the end, all together."""
        for difference in chosen:
            if difference.change is Change.REMOVED:
                self._remove(difference)
        added = [difference for difference in chosen if difference.change is Change.ADDED]
        self._add(added)
        for difference in chosen:
            if difference.change is Change.CHANGED and difference.field not in {*RULES, ORDER}:
                self._change(difference)
        reordered = [difference for difference in chosen if difference.field == ORDER]
        for difference in reordered:
            self._record(difference, self.rows.get(difference.place, self.session))
        places = [difference.place for difference in reordered]
        touched = [one.place.above or Place() for one in chosen if one.change is not Change.CHANGED]
        for place in dict.fromkeys([*places, *touched]):
            self._arrange(place, as_theirs=place in places, new={difference.place for difference in added})
        self._change_rules([difference for difference in chosen if difference.field in RULES], confirmed)

    def _remove(self, difference: Difference) -> None:
        row = self.rows.pop(difference.place)
        self._record(difference, row)
        row.delete()

    def _add(self, added: Sequence[Difference]) -> None:
        curriculum = Curriculum(self.session, self.session.calendar())
        for difference in added:
            content, above = self.theirs[difference.place], self.rows.get(difference.place.above or Place())
            if isinstance(content, ModuleContent):
                curriculum.add_module(content, BEHIND_ALL)
            elif isinstance(content, ItemContent) and isinstance(above, Module):
                curriculum.add_item(content, above, BEHIND_ALL)
            elif isinstance(content, CriterionContent) and isinstance(above, Item):
                curriculum.add_criterion(content, above.assignment, BEHIND_ALL)
                note_work_change(above.assignment, now=self.now)
        if curriculum.problems:
            raise DatesDoNotFit(curriculum.problems)
        _check_ahead(curriculum, self.now)
        curriculum.save()
        self.rows = _rows_of(self.session)
        for difference in added:
            self._record(difference, self.rows[difference.place])

    def _change(self, difference: Difference) -> None:
        if difference.field == "tags":
            gone = Tag.objects.filter(session=self.session).exclude(title__in=self.tags)
            if used := gone.filter(taggings__isnull=False).first():
                raise CannotTakeOver(f"Papers bear the tag “{used}”; keep it in the file.")
            gone.delete()
            write_tags(self.session, self.tags)
            self._record(difference, self.session)
            return
        row, name = self.rows[difference.place], difference.field
        if isinstance(row, Criterion):
            self._change_criterion(row, difference)
        elif isinstance(row, Item) and name == "kind":
            raise CannotTakeOver(f"{difference.what} is of another kind in the file; give it a key of its own there.")
        elif isinstance(row, Item) and name in WORK:
            setattr(row.assignment, WORK[name], difference.theirs)
            row.assignment.save(update_fields=[WORK[name]])
            if name == "prompt":
                note_work_change(row.assignment, now=self.now)
        else:
            setattr(row, name, difference.theirs)
            row.save(update_fields=[name, "changed_at"] if note_change(row, [name], now=self.now) else [name])
        self._record(difference, row)

    def _change_criterion(self, row: Criterion, difference: Difference) -> None:
        content = self.theirs[difference.place]
        if difference.field == "levels" and isinstance(content, CriterionContent):
            _change_levels(row, content)
        else:
            setattr(row, difference.field, difference.theirs)
            row.save(update_fields=[difference.field])
        note_work_change(row.assignment, now=self.now)

    def _change_rules(self, chosen: Sequence[Difference], confirmed: Collection[str]) -> None:
        rules: dict[str, dict[int, Any]] = {name: {} for name in RULES}
        for difference in chosen:
            row = self.rows[difference.place]
            pk = row.assignment.pk if isinstance(row, Item) else row.pk
            rules[difference.field][pk] = parse_rule(str(difference.theirs)) if difference.theirs else None
        if chosen:
            changes = DateChanges(releases=rules["release"], deadlines=rules["due"], closes=rules["closes"])
            change_dates(
                session=self.session,
                changes=changes,
                confirmed=confirmed,
                actor=self.actor,
                now=self.now,
                reason=self.reason,
            )

    def _arrange(self, place: Place, *, as_theirs: bool, new: set[Place]) -> None:
        """In the version's order, or in the session's with what is new behind its predecessor in the version."""
        inside = {inner.key: row for inner, row in self.rows.items() if inner.above == place}
        ours = sorted(inside, key=lambda key: inside[key].position)
        theirs = [inner.key for inner in self.theirs if inner.above == place and inner.key in inside]
        stayed = [key for key in ours if replace(place, **{_level(place): key}) not in new]
        for position, key in enumerate(_merged(theirs, ours) if as_theirs else _merged(stayed, theirs), start=1):
            if inside[key].position != position:
                inside[key].position = position
                inside[key].save(update_fields=["position"])

    def _record(self, difference: Difference, row: Model) -> None:
        is_change = difference.change is Change.CHANGED
        record(
            actor=self.actor,
            verb=VERBS[difference.change],
            on=row,
            before={difference.field: difference.ours} if is_change else {"what": difference.what},
            after={difference.field: difference.theirs} if is_change else None,
            reason=self.reason,
            scope=self.session.scope,
            now=self.now,
        )


def _contents_of(version: ProgramVersion) -> dict[Place, Content]:
    contents: dict[Place, Content] = {}
    for module in version.outline.modules:
        contents[Place(module.key)] = module
        for item in module.items:
            contents[Place(module.key, item.key)] = item
            for criterion in item.assignment.rubric if item.assignment else ():
                contents[Place(module.key, item.key, criterion.key)] = criterion
    return contents


def _rows_of(session: Session) -> dict[Place, Row]:
    rows: dict[Place, Row] = {Place(module.key): module for module in Module.objects.filter(session=session)}
    items = Item.objects.filter(module__session=session).select_related("module", "assignment")
    rows |= {Place(item.module.key, item.key): item for item in items}
    criteria = Criterion.objects.filter(assignment__session=session).select_related("assignment__item__module")
    for criterion in criteria:
        item = criterion.assignment.item
        rows[Place(item.module.key, item.key, criterion.key)] = criterion
    return rows


def _check_ahead(curriculum: Curriculum, now: datetime) -> None:
    for work in curriculum.assignments:
        if work.due_at <= now:
            raise CannotTakeOver(f"“{work.item.title}” would already be due; give it a later deadline in the file.")
    for meeting in curriculum.meetings:
        if meeting.starts_at <= now:
            raise CannotTakeOver(f"“{meeting.title}” would already have taken place; give it a later time in the file.")


def _change_levels(row: Criterion, content: CriterionContent) -> None:
    """In place, so that what was answered with a level keeps it; one too many goes only where no answer uses it."""
    there = {level.position: level for level in row.levels.all()}
    for position, level in enumerate(content.levels, start=1):
        known = there.pop(position, None) or Level(criterion=row, position=position)
        known.title, known.description = level.title, level.description
        known.save()
    for level_row in there.values():
        level_row.delete()


def _level(place: Place) -> str:
    """What stands directly in a place: modules, items or criteria."""
    if place.item:
        return "criterion"
    return "item" if place.module else "module"


def _merged(base: Sequence[str], other: Sequence[str]) -> list[str]:
    """The base, with what only the other has behind its predecessor there."""
    merged = list(base)
    for place, key in enumerate(other):
        if key not in merged:
            before = other[place - 1] if place else None
            merged.insert(merged.index(before) + 1 if before else 0, key)
    return merged
