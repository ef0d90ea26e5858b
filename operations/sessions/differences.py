"""What a version of a program says otherwise than a session that was made from another, or was edited since.

Meetings are not compared: they belong to the session, with its own dates and links.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TypeAlias

from assignments.models import Assignment, Criterion, Tag
from modules.models import Item, Module
from programs.content import AssignmentContent, CriterionContent, ItemContent, ModuleContent
from programs.models import ProgramVersion, Session

Value: TypeAlias = str | int | bool | tuple["Value", ...] | None
Fields: TypeAlias = dict[str, Value]

# The field under which the order of what is in a place is compared.
ORDER = "order"
WORDS = {
    "is_required": "required",
    "is_sample": "sample",
    "release": "opens",
    "answered_by": "answered by",
    "min_words": "least words",
    "max_words": "most words",
    "feedback_days": "days to feedback",
    "work_kind": "kind of work",
    "takes_text": "takes a text",
    "most_files": "most files",
    "most_megabytes": "most megabytes of a file",
    "takes_recordings": "takes recordings",
}


class Change(Enum):
    """What taking a difference over would do in the session."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Place:
    """Where in a curriculum, by keys; the curriculum itself has none."""

    module: str = ""
    item: str = ""
    criterion: str = ""

    @property
    def key(self) -> str:
        """Its own key, without those of what it is in."""
        return self.criterion or self.item or self.module

    @property
    def above(self) -> "Place | None":
        """What it is in; None for the curriculum itself."""
        if self.criterion:
            return Place(self.module, self.item)
        if self.item:
            return Place(self.module)
        return Place() if self.module else None

    def __str__(self) -> str:
        return "/".join(part for part in (self.module, self.item, self.criterion) if part)


@dataclass(frozen=True)
class Difference:
    """One thing in which they differ: the session has `ours`, the version `theirs`."""

    change: Change
    place: Place
    what: str
    field: str = ""
    ours: Value = None
    theirs: Value = None

    @property
    def key(self) -> str:
        """By which it is chosen; another when either side has become different since it was shown."""
        values = sha256(repr((self.ours, self.theirs)).encode()).hexdigest()[:12]
        return f"{self.change.value}:{self.place}:{self.field}:{values}"

    def __str__(self) -> str:
        return f"{self.what}: {WORDS.get(self.field, self.field) or self.change.value}"


@dataclass(frozen=True)
class Snapshot:
    """A curriculum, flat: the fields at each place, in order."""

    fields: Mapping[Place, Fields]
    names: Mapping[Place, str]

    def below(self, place: Place) -> tuple[str, ...]:
        """The keys of what is directly in a place, in order."""
        return tuple(inner.key for inner in self.fields if inner.above == place)


def find_differences(*, version: ProgramVersion, session: Session) -> tuple[Difference, ...]:
    """In the order of the curriculum; a constant number of queries."""
    ours, theirs = snapshot_of_session(session), snapshot_of_version(version)
    found: list[Difference] = []
    for place, fields in theirs.fields.items():
        if place in ours.fields:
            found += _changed(place, theirs.names[place], ours.fields[place], fields)
            found += _reordered(place, theirs.names[place], ours, theirs)
        elif place.above in ours.fields:
            found.append(Difference(Change.ADDED, place, theirs.names[place]))
    found += [
        Difference(Change.REMOVED, place, ours.names[place])
        for place in ours.fields
        if place not in theirs.fields and place.above in theirs.fields
    ]
    return tuple(found)


def _changed(place: Place, what: str, ours: Fields, theirs: Fields) -> Iterable[Difference]:
    for name in dict.fromkeys([*theirs, *ours]):
        if ours.get(name) != theirs.get(name):
            yield Difference(Change.CHANGED, place, what, name, ours.get(name), theirs.get(name))


def _reordered(place: Place, what: str, ours: Snapshot, theirs: Snapshot) -> Iterable[Difference]:
    """Only what both have is compared: something added or removed is no new order."""
    here, there = ours.below(place), theirs.below(place)
    kept_here = tuple(key for key in here if key in there)
    kept_there = tuple(key for key in there if key in here)
    if kept_here != kept_there:
        yield Difference(Change.CHANGED, place, what, ORDER, kept_here, kept_there)


def snapshot_of_version(version: ProgramVersion) -> Snapshot:
    """What the file says."""
    fields: dict[Place, Fields] = {Place(): {"tags": tuple(dict.fromkeys(version.outline.tags))}}
    names = {Place(): "The curriculum"}
    for module in version.outline.modules:
        place = Place(module.key)
        fields[place], names[place] = _module_fields(module), module.short_name
        for item in module.items:
            place = Place(module.key, item.key)
            fields[place], names[place] = _item_fields(item), f"{module.short_name}, “{item.title}”"
            for criterion in item.assignment.rubric if item.assignment else ():
                inner = Place(module.key, item.key, criterion.key)
                fields[inner], names[inner] = _criterion_fields(criterion), f"{names[place]}, “{criterion.title}”"
    return Snapshot(fields, names)


def snapshot_of_session(session: Session) -> Snapshot:
    """What the session has."""
    tags = Tag.objects.filter(session=session).values_list("title", flat=True)
    fields: dict[Place, Fields] = {Place(): {"tags": tuple(tags)}}
    names = {Place(): "The curriculum"}
    for module in Module.objects.filter(session=session).order_by("position"):
        place = Place(module.key)
        fields[place], names[place] = _module_row(module), module.short_name
    items = Item.objects.filter(module__session=session).select_related("module", "assignment")
    for item in items.order_by("module__position", "position"):
        place = Place(item.module.key, item.key)
        fields[place], names[place] = _item_row(item), f"{item.module.short_name}, “{item.title}”"
    rubric = Criterion.objects.filter(assignment__session=session).select_related("assignment__item__module")
    for criterion in rubric.prefetch_related("levels").order_by("assignment", "position"):
        item = criterion.assignment.item
        place, above = Place(item.module.key, item.key, criterion.key), Place(item.module.key, item.key)
        fields[place] = _criterion_row(criterion)
        names[place] = f"{names[above]}, “{criterion.title}”"
    return Snapshot(fields, names)


def _module_fields(module: ModuleContent) -> Fields:
    return {
        "kind": module.kind,
        "number": module.number,
        "title": module.title,
        "practice": module.practice,
        "outcome": module.outcome,
        "introduction": module.introduction,
        "is_sample": module.is_sample,
        "release": str(module.release),
    }


def _module_row(module: Module) -> Fields:
    names = ("kind", "number", "title", "practice", "outcome", "introduction", "is_sample")
    return {name: getattr(module, name) for name in names} | {"release": str(module.release_rule)}


def _item_fields(item: ItemContent) -> Fields:
    fields: Fields = {
        "kind": item.kind,
        "title": item.title,
        "body": item.body,
        "url": item.url,
        "transcript": item.transcript,
        "minutes": item.minutes,
        "is_required": item.required,
        "is_sample": item.is_sample,
    }
    return fields | (_assignment_fields(item.assignment) if item.assignment else {})


def _item_row(item: Item) -> Fields:
    names = ("kind", "title", "body", "url", "transcript", "minutes", "is_required", "is_sample")
    fields: Fields = {name: getattr(item, name) for name in names}
    assignment: Assignment | None = getattr(item, "assignment", None)
    return fields | (_assignment_row(assignment) if assignment else {})


def _assignment_fields(work: AssignmentContent) -> Fields:
    return {
        "work_kind": work.kind,
        "answered_by": work.answered_by,
        "prompt": work.prompt,
        "due": str(work.due),
        "closes": _said(work.closes),
        "min_words": work.min_words,
        "max_words": work.max_words,
        "feedback_days": work.feedback_days,
        "takes_text": work.hands_in.text,
        "most_files": work.hands_in.files,
        "most_megabytes": work.hands_in.megabytes,
        "takes_recordings": work.hands_in.recordings,
    }


def _assignment_row(work: Assignment) -> Fields:
    names = (
        "answered_by", "prompt", "min_words", "max_words", "feedback_days",
        "takes_text", "most_files", "most_megabytes", "takes_recordings",
    )  # fmt: skip
    rules: Fields = {"due": _said(work.due_rule), "closes": _said(work.closes_rule)}
    return {"work_kind": work.kind} | {name: getattr(work, name) for name in names} | rules


def _said(rule: object) -> str | None:
    return None if rule is None else str(rule)


def _criterion_fields(criterion: CriterionContent) -> Fields:
    levels = tuple((level.title, level.description) for level in criterion.levels)
    return {"title": criterion.title, "description": criterion.description, "levels": levels}


def _criterion_row(criterion: Criterion) -> Fields:
    ordered = sorted(criterion.levels.all(), key=lambda level: level.position)
    levels = tuple((level.title, level.description) for level in ordered)
    return {"title": criterion.title, "description": criterion.description, "levels": levels}
