"""Papers that wait: whose reader is told each morning what is in the queue, whose writer once that a promise passed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.roles import Perm, roles_with
from assignments.models import Feedback, Reader, Submission
from assignments.notices.late import LONGEST_DAY
from assignments.promises import PromisedAt
from cohorts.models import Enrollment
from core.conditions import asked_after
from notifications.hours import is_skipped, morning_after, morning_of
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Span, Wanted, instant_key, register
from notifications.models import Lane, Notice
from programs.models import Session

SOON = timedelta(days=2)
# At all, on whatever day.
PROMISED = Q(promised_at__isnull=False)
# The next morning brings the next one.
LASTS = timedelta(hours=14)

# A person and a session, by their keys.
Desk = tuple[int, int]


@dataclass(frozen=True)
class Queue:
    """What waits for one reader in one session."""

    papers: int
    oldest_at: datetime
    overdue: int
    # Promised within two days from now, and the first of these.
    soon: int
    first_promise: datetime | None


def waiting_reading() -> QuerySet[Reader]:
    """Who has to write an answer to what. Not those of peers, who are told of each paper; not what is finished."""
    finished = Feedback.objects.filter(submission=OuterRef("submission"), status=Feedback.Status.HELD)
    takes_part = Enrollment.objects.filter(user=OuterRef("user"), session=OuterRef("submission__assignment__session"))
    return (
        Reader.objects.current()
        .primary()
        .filter(
            ~Exists(finished),
            ~Exists(takes_part.exclude(status=Enrollment.Status.REMOVED)),
            submission__in=Submission.objects.awaiting_feedback(),
            submission__assignment__session__status=Session.Status.PUBLISHED,
            user__is_active=True,
        )
    )


def waiting_queues(span: Span) -> Iterator[NoticeRequest]:
    """In the morning of each reader for whom something waits; one for each session. One query, none
    while it is nobody's morning."""
    if not span.zones:
        return
    readers = waiting_reading().filter(
        user__zone__in=span.zones, submission__assignment__session__access_ends_at__gt=span.now
    )
    columns = ("user", "user__zone", "submission__assignment__session")
    for user, zone, session in readers.order_by().values_list(*columns).distinct():
        tz = ZoneInfo(zone or "UTC")
        for day in {span.since.astimezone(tz).date(), span.until.astimezone(tz).date()}:
            send_at = morning_of(day, tz)
            yield PAPERS_WAITING.to(
                user, on=(Session, session), occurrence=str(day), scope=f"session:{session}", send_at=send_at
            )


def queues_of(desks: Iterable[Desk], now: datetime) -> dict[Desk, Queue]:
    """Of these people in these sessions, where anything waits. One query."""
    wanted = set(desks)
    rows = waiting_reading().filter(
        user__in={user for user, _ in wanted}, submission__assignment__session__in={session for _, session in wanted}
    )
    promised = rows.annotate(promised_at=PromisedAt(F("submission")))
    columns = ("user", "submission__assignment__session", "submission__handed_in_at", "promised_at")
    found: dict[Desk, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for user, session, handed_in_at, promised_at in promised.values_list(*columns):
        found[user, session].append((handed_in_at, promised_at))
    return {desk: _count(waiting, now) for desk, waiting in found.items()}


def _count(waiting: list[tuple[datetime, datetime | None]], now: datetime) -> Queue:
    promises = [promised_at for _, promised_at in waiting if promised_at is not None]
    soon = [promised_at for promised_at in promises if now < promised_at <= now + SOON]
    return Queue(
        papers=len(waiting),
        oldest_at=min(handed_in_at for handed_in_at, _ in waiting),
        overdue=sum(promised_at <= now for promised_at in promises),
        soon=len(soon),
        first_promise=min(soon, default=None),
    )


def still_waiting(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While anything does."""
    queues = queues_of(((notice.recipient_id or 0, notice.object_id) for notice in notices), now)
    return {
        notice.pk: True if (notice.recipient_id, notice.object_id) in queues else "nothing waits for this person"
        for notice in notices
    }


def describe_queues(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """How many, since when, and what is promised soon; no writer's name."""
    queues = queues_of(((notice.recipient_id or 0, notice.object_id) for notice in notices), now)
    sessions = Session.objects.select_related("program").in_bulk({notice.object_id for notice in notices})
    return {
        notice.pk: Described(
            context={
                "papers": queue.papers,
                "oldest_at": queue.oldest_at,
                "overdue": queue.overdue,
                "soon": queue.soon,
                "first_promise": queue.first_promise,
                "session": str(session),
                "program_zone": session.zone,
                "path": reverse("assignments:desk-queue", args=[session.slug]),
            },
            reply_to=session.answers_to,
        )
        for notice in notices
        if (queue := queues.get((notice.recipient_id or 0, notice.object_id)))
        and (session := sessions.get(notice.object_id))
    }


def late_papers(now: datetime, promised: Q = PROMISED) -> QuerySet[Submission]:
    """Of people who read their own work: not answered, and there is a promise that holds, of which this is asked."""
    places = Enrollment.objects.reading_own_work(now).notified()
    waiting = Submission.objects.awaiting_feedback().with_promise()
    promise_holds = asked_after(Q(is_answered=False), promised & Q(comes_later=False))
    return waiting.filter(promise_holds, enrollment__in=places)


def passed_promises(span: Span) -> Iterator[NoticeRequest]:
    """In the morning after the promised day, once for each promise. One query, none while it is nobody's morning."""
    if not span.zones:
        return
    passed = Q(promised_at__gt=span.since - LONGEST_DAY, promised_at__lte=span.until)
    rows = late_papers(span.now, passed).filter(enrollment__user__zone__in=span.zones)
    columns = ("pk", "promised_at", "enrollment__user", "enrollment__user__zone", "assignment__session")
    for pk, promised_at, person, zone, session in rows.values_list(*columns):
        yield _passed(pk, promised_at, person, session, morning_after(promised_at, ZoneInfo(zone or "UTC")))


def skipped_promises(user: User, was: ZoneInfo, now: datetime) -> Iterator[NoticeRequest]:
    """After the person has taken another zone: what was to come on the old clock and is past on the new, to go now."""
    passed = Q(promised_at__gt=now - LONGEST_DAY, promised_at__lte=now)
    rows = late_papers(now, passed).filter(enrollment__user=user)
    for pk, promised_at, session in rows.values_list("pk", "promised_at", "assignment__session"):  # type: ignore[misc]
        if is_skipped(morning_after(promised_at, was), morning_after(promised_at, user.tz), now):
            yield _passed(pk, promised_at, user.pk, session, now)


def _passed(paper: int, promised_at: datetime, person: int, session: int, send_at: datetime) -> NoticeRequest:
    return PROMISE_PASSED.to(
        person,
        on=(Submission, paper),
        occurrence=promised_at,
        scope=f"session:{session}",
        send_at=send_at,
    )


def still_late(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While there is no answer, and no later promise."""
    rows = late_papers(now).filter(pk__in={notice.object_id for notice in notices})
    promises = dict(rows.values_list("pk", "promised_at"))  # type: ignore[misc]
    return {notice.pk: _is_still_late(notice, promises.get(notice.object_id)) for notice in notices}


def _is_still_late(notice: Notice, promised_at: datetime | None) -> Wanted:
    if promised_at is None:
        return "nothing is late any more, or the person reads it no longer"
    return True if notice.occurrence == instant_key(promised_at) else "another day was promised"


def describe_promises(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Of which paper, and by when it was promised."""
    papers = (
        Submission.objects.with_promise()
        .select_related("assignment__item", "assignment__session__program")
        .in_bulk({notice.object_id for notice in notices})
    )
    return {
        notice.pk: Described(
            context={
                "title": paper.assignment.item.title,
                "promised_at": paper.promised_at,
                "session": str(paper.assignment.session),
                "program_zone": paper.assignment.session.zone,
                "path": paper.assignment.get_absolute_url(),
            },
            reply_to=paper.assignment.session.answers_to,
        )
        for notice in notices
        if (paper := papers.get(notice.object_id))
    }


PAPERS_WAITING = register(
    Kind(
        key="assignments.papers_waiting",
        name="Papers that wait for your answer",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.STAFF,
        roles=roles_with(Perm.READ_PAPERS),
        subject="{{ papers }} waiting for your answer in {{ session }}",
        why="you answer papers in {{ session }}",
        lasts=LASTS,
        candidates=waiting_queues,
        still_wanted=still_waiting,
        describe=describe_queues,
    )
)
PROMISE_PASSED = register(
    Kind(
        key="assignments.promise_passed",
        name="Feedback that is late",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="Feedback on “{{ title }}” is late",
        why="you handed in “{{ title }}” in {{ session }}",
        candidates=passed_promises,
        still_wanted=still_late,
        describe=describe_promises,
    )
)
