"""Reading a sample of papers a second time, without knowing how they were answered."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import ceil
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, FilteredRelation, OuterRef, Q

from accounts.models import User
from accounts.roles import GRANTS, Perm
from assignments import notices
from assignments.models import (
    Assignment,
    Concern,
    Feedback,
    Level,
    Reader,
    SecondLevel,
    SecondReading,
    SecondSample,
    Submission,
)
from assignments.sampling import Candidate, draw, share_out
from assignments.services.allotting import Allotment
from audit.services import record
from cohorts.access import membership_of
from cohorts.models import Enrollment
from notifications import outbox

# Who holds one of these would know the first answer.
KNOWING = {Perm.READ_ALL_PAPERS, Perm.WATCH_QUEUES}


class DrawRefused(Exception):
    """Nothing can be drawn; the message says why."""


class NotReadingSecond(Exception):
    """The reading is not, or no longer, the person's to do."""

    def __init__(self) -> None:
        super().__init__("This second reading is not, or no longer, yours: it is finished, or was taken back.")


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


@transaction.atomic
def finish_second_reading(
    *, reading: SecondReading, levels: Mapping[int, int], result: str, note: str, actor: User, now: datetime
) -> SecondReading:
    """Levels and result, once; from then on the person reads the paper no longer.

    Raises NotReadingSecond, also for somebody who sees by now how papers are answered; ReadingIncomplete.
    """
    session = reading.sample.assignment.session
    membership = membership_of(actor, session, now)
    may_read = membership.may(Perm.READ_PAPERS) and not any(membership.may(perm) for perm in KNOWING)
    if not may_read or not SecondReading.objects.visible_to(actor, now).filter(pk=reading.pk).exists():
        raise NotReadingSecond
    work = reading.sample.assignment_id
    known = Level.objects.filter(pk__in=levels.values(), criterion__assignment=work)
    chosen = {level.criterion_id: level.pk for level in known if levels.get(level.criterion_id) == level.pk}
    lines = set(reading.sample.assignment.criteria.filter(levels__isnull=False).values_list("pk", flat=True))
    if result not in Feedback.Result.values or lines - set(chosen):
        raise ReadingIncomplete
    # Of two clicks one wins; and so it does against being taken back, or becoming the paper's first reader.
    if not Reader.objects.current().filter(pk=reading.reader_id).update(ended_at=now):
        raise NotReadingSecond
    reading.result, reading.note, reading.finished_at = result, note.strip(), now
    reading.save(update_fields=["result", "note", "finished_at"])
    SecondLevel.objects.bulk_create(
        SecondLevel(reading=reading, criterion_id=criterion, level_id=level) for criterion, level in chosen.items()
    )
    # Not what it says: the record is read by people who do not see the answers.
    record(actor=actor, verb="finished a second reading", on=reading, scope=session.scope, now=now)
    return reading


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
