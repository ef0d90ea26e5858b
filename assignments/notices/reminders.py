"""What comes near: deadlines of those who have not handed in, and drafts that were not handed in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from assignments.models import Assignment, Feedback
from assignments.notices.pairs import pairs_of, told_of, who_answers, with_shared
from cohorts.models import Enrollment
from cohorts.models.enrollment import EnrollmentQuerySet
from notifications.hours import is_skipped, reminder_time
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Span, Wanted, instant_key, register
from notifications.models import Lane, Notice

EARLY, LATE, LAST = timedelta(hours=72), timedelta(hours=24), timedelta(hours=6)
# A reminder goes on a morning, so at most that long before the hours it is named after.
MORNING_BEFORE = timedelta(hours=36)


def reminded() -> EnrollmentQuerySet:
    """Those who are reminded of work."""
    return Enrollment.objects.notified().working()


def open_work(span: Span) -> list[Assignment]:
    """Work that is soon due of people whose morning falls into the span, if it is open for them. Two queries, none
    while it is nobody's morning."""
    if not span.zones:
        return []
    ahead = pairs_of(reminded().filter(user__zone__in=span.zones), Assignment.objects.all(), span.now)
    soon = span.until + EARLY + MORNING_BEFORE
    return with_shared(ahead.due_between(span.since, soon).filter(is_theirs=True))  # type: ignore[misc]


def is_to_be_handed_in(work: Assignment) -> bool:
    """Not handed in yet, or asked to be revised and not handed in since."""
    return work.own_handed_in_at is None or work.own_result == Feedback.Result.PLEASE_REVISE


def coming_deadlines(span: Span) -> Iterator[NoticeRequest]:
    """Three days and one day before, to those who have not handed in."""
    for work in span.once(open_work):
        yield from deadline_reminders(work, own_clock(work))


def waiting_drafts(span: Span) -> Iterator[NoticeRequest]:
    """Six hours before, to those whose draft holds what was not handed in. Where that is the morning of the last
    reminder of the deadline, that one says it."""
    for work in span.once(open_work):
        yield from draft_reminders(work, own_clock(work))


def skipped_reminders(user: User, was: ZoneInfo, now: datetime) -> Iterator[NoticeRequest]:
    """After the person has taken another zone: what was to come on the old clock and is past on the new, to go now."""
    ahead = pairs_of(reminded().filter(user=user), Assignment.objects.all(), now)
    for work in ahead.due_between(now, now + EARLY + MORNING_BEFORE):
        on_old_clock = {request.key: request.send_at for request in reminders_of(work, was)} if work.is_theirs else {}
        for request in reminders_of(work, user.tz):
            if is_skipped(on_old_clock.get(request.key), request.send_at, now):
                yield replace(request, send_at=now)


def reminders_of(work: Assignment, tz: ZoneInfo) -> Iterator[NoticeRequest]:
    """All that go to the person of this row, by that clock."""
    yield from deadline_reminders(work, tz)
    yield from draft_reminders(work, tz)


def deadline_reminders(work: Assignment, tz: ZoneInfo) -> Iterator[NoticeRequest]:
    if is_to_be_handed_in(work):
        yield from (reminder(DEADLINE_COMING, work, before, tz) for before in (EARLY, LATE))


def draft_reminders(work: Assignment, tz: ZoneInfo) -> Iterator[NoticeRequest]:
    if work.own_draft_saved_at is None:
        return
    last = reminder(DRAFT_WAITING, work, LAST, tz)
    is_said = is_to_be_handed_in(work) and last.send_at == reminder(DEADLINE_COMING, work, LATE, tz).send_at
    if not is_said:
        yield last


def own_clock(work: Assignment) -> ZoneInfo:
    """By which the person of this row lives."""
    return ZoneInfo(work.persons_zone or "UTC")


def reminder(kind: Kind, work: Assignment, before: timedelta, tz: ZoneInfo) -> NoticeRequest:
    """To the person of this row, on the morning so long before their own deadline."""
    hours = int(before.total_seconds() // 3600)
    return kind.to(
        work.person,
        on=work,
        occurrence=f"{hours}h {instant_key(work.own_due_at)}",
        scope=work.session.scope,
        send_at=reminder_time(work.own_due_at, before, tz),
        expires_at=work.own_due_at,
    )


def ask_work(reason: Callable[[Assignment], str]) -> Callable[[Sequence[Notice], datetime], dict[int, Wanted]]:
    """`still_wanted` of reminders of work; `reason` is what may speak against one, empty when nothing does."""

    def still_wanted(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
        told = told_of(notices, reminded(), now)
        return {
            notice.pk: _answer(notice, told.get((notice.object_id, notice.recipient_id or 0))) for notice in notices
        }

    def _answer(notice: Notice, work: Assignment | None) -> Wanted:
        if work is None:
            return "the person is not reminded of work any more: on leave, withdrawn, or no longer there"
        if not work.is_theirs:
            return "it is not open for this person"
        if not notice.occurrence.endswith(instant_key(work.own_due_at)):
            return "the deadline was moved"
        return reason(work) or True

    return still_wanted


def describe_work(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """What is due when, where to write it, and who answers."""
    told = told_of(notices, reminded(), now)
    fellows = who_answers(work.section for work in told.values())
    return {
        notice.pk: Described(context=_context(work), reply_to=fellows.get(work.section) or work.session.answers_to)
        for notice in notices
        if (work := told.get((notice.object_id, notice.recipient_id or 0)))
    }


def _context(work: Assignment) -> dict[str, Any]:
    return {
        "title": work.item.title,
        "session": str(work.session),
        "due_at": work.own_due_at,
        "closes_at": work.own_closes_at,
        "is_revision": work.own_result == Feedback.Result.PLEASE_REVISE,
        "is_handed_in": work.own_handed_in_at is not None,
        "has_draft": work.own_draft_saved_at is not None,
        "path": work.get_absolute_url(),
        "program_zone": work.session.zone,
    }


DEADLINE_COMING = register(
    Kind(
        key="assignments.deadline_coming",
        name="Reminders of deadlines",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="“{{ title }}” is due {% when due_at %}",
        why="you take part in {{ session }} and have not yet handed in “{{ title }}”",
        candidates=coming_deadlines,
        still_wanted=ask_work(lambda work: "" if is_to_be_handed_in(work) else "it was handed in"),
        describe=describe_work,
    )
)
DRAFT_WAITING = register(
    Kind(
        key="assignments.draft_waiting",
        name="Drafts that are not handed in",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="Your draft of “{{ title }}” is not handed in",
        why="you take part in {{ session }} and your draft of “{{ title }}” holds text that is not handed in",
        candidates=waiting_drafts,
        still_wanted=ask_work(
            lambda work: "" if work.own_draft_saved_at else "nothing of the draft waits to be handed in"
        ),
        describe=describe_work,
    )
)
