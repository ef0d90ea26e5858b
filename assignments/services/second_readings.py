"""Reading a sample of papers a second time, without knowing how they were answered."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, FilteredRelation, OuterRef, Q

from accounts.models import User
from accounts.roles import GRANTS, Perm
from assignments import notices
from assignments.models import (
    Assignment,
    Concern,
    Feedback,
    KeptReading,
    Level,
    Reader,
    SecondLevel,
    SecondReading,
    SecondSample,
    Submission,
)
from assignments.models.second import KNOWING
from assignments.sampling import Candidate, draw, share_out
from assignments.services.allotting import Allotment
from audit.services import record
from cohorts.access import membership_of
from cohorts.models import Enrollment
from notifications import outbox


class DrawRefused(Exception):
    """Nothing can be drawn; the message says why."""


class NotReadingSecond(Exception):
    """The reading is not, or no longer, the person's to do."""

    def __init__(self) -> None:
        super().__init__("This second reading is not, or no longer, yours: it is finished, or was taken back.")


class StaleReading(Exception):
    """It went on in another window. `current` is how it stands, `kept` what came late (None: nothing that does not
    stand)."""

    def __init__(self, current: SecondReading, kept: KeptReading | None) -> None:
        self.current, self.kept = current, kept
        choice = "Both are kept; choose which one to go on with." if kept else "Load the page to see what stands."
        super().__init__(f"This second reading was saved elsewhere in the meantime. {choice}")


class ReadingIncomplete(Exception):
    """What a second reading lacks."""

    def __init__(self) -> None:
        super().__init__("Choose a level for each line of the rubric, and a result.")


@transaction.atomic
def draw_sample(
    *, assignment: Assignment, count: int | None = None, share: int | None = None, key: UUID, actor: User, now: datetime
) -> SecondSample:
    """Draw so many papers, or so many of a hundred, and give each to a second reader, who is told once.

    The same key again gives the same sample. Never a paper of somebody who left, one that was drawn before or is
    under review, or one to somebody who has read it. Holds the session's lock. Raises DrawRefused.
    """
    allotment = Allotment(assignment.session)
    if same := SecondSample.objects.filter(key=key).first():
        return same
    candidates = _candidates(assignment, allotment)
    if not candidates:
        raise DrawRefused(
            "No paper of this work can be drawn: there is none that somebody else could read, or all were drawn before."
        )
    wanted = count if count is not None else ceil(len(candidates) * (share or 0) / 100)
    if wanted < 1:
        raise DrawRefused("Say how many papers are to be read a second time.")
    sample = SecondSample.objects.create(
        assignment=assignment,
        wanted=wanted,
        candidates=len(candidates),
        seed=key.hex[:12],
        key=key,
        drawn_by=actor,
        drawn_at=now,
    )
    shared = share_out(draw(candidates, wanted, sample.seed), sample.seed)
    readers = Reader.objects.bulk_create(
        Reader(submission_id=one.paper, user_id=user, kind=Reader.Kind.SECOND, allotted_by=actor, since=now)
        for one, user in shared
    )
    SecondReading.objects.bulk_create(SecondReading(sample=sample, reader=reader) for reader in readers)
    record(
        actor=actor,
        verb="drew papers for a second reading",
        on=sample,
        after={
            "assignment": assignment,
            "seed": sample.seed,
            "of": len(candidates),
            "papers": sorted(one.receipt for one, _ in shared),
        },
        scope=assignment.session.scope,
        now=now,
    )
    outbox.enqueue([notices.second_readings_asked(sample, user) for user in {user for _, user in shared}], now=now)
    return sample


@dataclass(frozen=True, kw_only=True)
class Impression:
    """What a second reader says. `levels` maps a criterion's key to a level's."""

    levels: Mapping[int, int] = field(default_factory=dict)
    result: str = ""
    note: str = ""

    def over(self, standing: "Impression") -> "Impression":
        """This, and what stands where it says nothing: no level and no result can be taken off on the page, so a gap
        means that it was not come to yet."""
        return Impression(
            levels={**standing.levels, **self.levels},
            result=self.result or standing.result,
            note=self.note if self.note.strip() else standing.note,
        )


def save_second_reading(
    *,
    reading: SecondReading,
    said: Impression,
    based_on: int,
    editor: UUID | None = None,
    actor: User,
    now: datetime,
) -> SecondReading:
    """Save what is being written, if it began from the newest revision (0: from nothing).

    The same again changes nothing. `editor` is the open page it comes from: of what comes late from one page the last
    is kept. Raises NotReadingSecond, StaleReading (commits what it keeps).
    """
    with transaction.atomic():
        current = _lock_own(reading, actor, now)
        said = replace(said, levels=_known_levels(reading, said.levels))
        standing = impression_of(current)
        if standing == said:
            return current
        if current.revision == based_on:
            _write(current, said, now)
            return current
        kept = None
        if said.over(standing) != standing:
            kept, _ = KeptReading.objects.update_or_create(
                reading=current,
                editor=editor or uuid4(),
                settled_at=None,
                defaults={"based_on": based_on, "kept_at": now, **_as_kept(said)},
            )
    raise StaleReading(current, kept)


@transaction.atomic
def settle_kept_reading(*, kept: KeptReading, is_chosen: bool, actor: User, now: datetime) -> SecondReading:
    """Go on with what was kept, or with what stands; the other stays on record. Safe to call twice.

    What was kept takes the place of what stands as far as it says something. Raises NotReadingSecond.
    """
    current = _lock_own(kept.reading, actor, now)
    if not KeptReading.objects.filter(pk=kept.pk, settled_at=None).update(settled_at=now) or not is_chosen:
        return current
    before = impression_of(current)
    late = impression_kept(kept)
    chosen = replace(late, levels=_known_levels(kept.reading, late.levels)).over(before)
    if chosen == before:
        return current
    if before != Impression():
        KeptReading.objects.create(
            reading=current,
            editor=uuid4(),
            based_on=current.revision,
            kept_at=now,
            settled_at=now,
            **_as_kept(before),
        )
    _write(current, chosen, now)
    return current


@transaction.atomic
def finish_second_reading(
    *, reading: SecondReading, levels: Mapping[int, int], result: str, note: str, actor: User, now: datetime
) -> SecondReading:
    """Levels and result, once; from then on the person reads the paper no longer.

    Raises NotReadingSecond, also for somebody who sees by now how papers are answered; ReadingIncomplete.
    """
    current = _lock_own(reading, actor, now)
    known = _known_levels(reading, levels)
    lines = set(reading.sample.assignment.criteria.filter(levels__isnull=False).values_list("pk", flat=True))
    if result not in Feedback.Result.values or lines - set(known):
        raise ReadingIncomplete
    # Of two clicks one wins; and so it does against being taken back, or becoming the paper's first reader.
    if not Reader.objects.current().filter(pk=reading.reader_id).update(ended_at=now):
        raise NotReadingSecond
    said = Impression(levels=known, result=result, note=note.strip())
    if impression_of(current) != said:
        _write(current, said, now)
    current.finished_at = now
    current.save(update_fields=["finished_at"])
    # Not what it says: the record is read by people who do not see the answers.
    record(
        actor=actor,
        verb="finished a second reading",
        on=current,
        scope=reading.sample.assignment.session.scope,
        now=now,
    )
    return current


def _lock_own(reading: SecondReading, actor: User, now: datetime) -> SecondReading:
    """The row, locked, if it is this person's to do."""
    membership = membership_of(actor, reading.sample.assignment.session, now)
    may_read = membership.may(Perm.READ_PAPERS) and not any(membership.may(perm) for perm in KNOWING)
    mine = SecondReading.objects.visible_to(actor, now).filter(pk=reading.pk)
    current = SecondReading.objects.select_for_update(of=("self",)).filter(pk__in=mine.order_by().values("pk")).first()
    if not may_read or current is None:
        raise NotReadingSecond
    return current


def _known_levels(reading: SecondReading, levels: Mapping[int, int]) -> dict[int, int]:
    """Those of the paper's rubric."""
    known = Level.objects.filter(pk__in=levels.values(), criterion__assignment=reading.sample.assignment_id)
    return {level.criterion_id: level.pk for level in known if levels.get(level.criterion_id) == level.pk}


def impression_of(reading: SecondReading) -> Impression:
    """What is saved of it. One query."""
    levels = dict(reading.levels.order_by().values_list("criterion_id", "level_id"))
    return Impression(levels=levels, result=reading.result, note=reading.note)


def impression_kept(kept: KeptReading) -> Impression:
    """What was kept of it."""
    levels = {int(criterion): level for criterion, level in kept.levels.items()}
    return Impression(levels=levels, result=kept.result, note=kept.note)


def _as_kept(said: Impression) -> dict[str, Any]:
    levels = {str(criterion): level for criterion, level in said.levels.items()}
    return {"levels": levels, "result": said.result, "note": said.note}


def _write(reading: SecondReading, said: Impression, now: datetime) -> None:
    reading.result, reading.note = said.result, said.note
    reading.revision, reading.saved_at = reading.revision + 1, now
    reading.save(update_fields=["result", "note", "revision", "saved_at"])
    reading.levels.all().delete()
    SecondLevel.objects.bulk_create(
        SecondLevel(reading=reading, criterion_id=criterion, level_id=level) for criterion, level in said.levels.items()
    )


@transaction.atomic
def take_back_reading(*, reading: SecondReading, actor: User, now: datetime) -> bool:
    """No longer ask for it; the paper can be drawn again. False where it was finished or taken back already."""
    if not Reader.objects.current().filter(pk=reading.reader_id).update(ended_at=now):
        return False
    record(
        actor=actor,
        verb="took back a second reading",
        on=reading,
        scope=reading.sample.assignment.session.scope,
        now=now,
    )
    return True


def _candidates(assignment: Assignment, allotment: Allotment) -> list[Candidate]:
    knowing = {user_id for role, people in allotment.appointed.items() if GRANTS[role] & KNOWING for user_id in people}
    away = {cover.away_id for cover in allotment.covers.all}
    pool = allotment.may_read - knowing - away
    drawn = Reader.objects.filter(submission=OuterRef("pk"), kind=Reader.Kind.SECOND).filter(
        Q(ended_at__isnull=True) | Q(second_reading__finished_at__isnull=False)
    )
    in_queue = Q(readers__ended_at=None, readers__kind__in=Reader.IN_QUEUE)
    counting = Submission.objects.counting().annotate(reading=FilteredRelation("readers", condition=in_queue))
    under_review = Concern.objects.open().filter(assignment=assignment, enrollment=OuterRef("enrollment"))
    papers = counting.filter(
        ~Exists(drawn),
        ~Exists(under_review),
        reading__isnull=False,
        assignment=assignment,
        assignment__answered_by=Assignment.AnsweredBy.FELLOW,
        enrollment__status__in=Enrollment.READING,
    )
    columns = ("pk", "receipt", "enrollment", "enrollment__user", "enrollment__section", "reading__user")
    rows = list(papers.values_list(*columns))
    seen = _who_has_read(assignment)
    found = []
    for pk, receipt, enrollment, writer, section, reader in rows:
        possible = frozenset(pool - seen[enrollment] - {writer})
        if possible:
            found.append(Candidate(pk, receipt, section, reader, possible))
    return found


def _who_has_read(assignment: Assignment) -> dict[int, set[int]]:
    """By enrollment, everybody who ever had the work in their queue or wrote about it."""
    seen: dict[int, set[int]] = defaultdict(set)
    readers = Reader.objects.filter(submission__assignment=assignment, kind__in=Reader.IN_QUEUE)
    authors = Feedback.objects.filter(submission__assignment=assignment)
    rows: Iterable[tuple[int, int]] = [
        *readers.values_list("submission__enrollment", "user"),
        *authors.order_by().values_list("submission__enrollment", "author"),
    ]
    for enrollment, user in rows:
        seen[enrollment].add(user)
    return seen
