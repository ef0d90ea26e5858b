"""What is told after a deadline was missed: that the work is still taken, once, and once more before it no longer is.

Nobody is reproached: the mail says until when it counts. Whoever has longer has not missed anything, because it is
their own deadline that is asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.models import User
from assignments.models import Assignment
from assignments.notices.pairs import pairs_of, told_of
from assignments.notices.reminders import describe_work, is_to_be_handed_in, own_clock, reminded
from assignments.querysets import AssignmentQuerySet
from core.windows import Phase
from notifications.hours import is_skipped, morning_after, reminder_time
from notifications.kinds import Audience, Kind, NoticeRequest, Span, Wanted, instant_key, register
from notifications.models import Lane, Notice

# The first morning after a deadline comes within so much of it, whatever the clocks do.
LONGEST_DAY = timedelta(hours=26)
BEFORE_CLOSE = timedelta(hours=24)
# Where the close follows the deadline more closely, the first mail has said it.
WORTH_TWICE = timedelta(days=3)
LASTS = timedelta(days=3)


def missed_deadlines(span: Span) -> Iterator[NoticeRequest]:
    """In the morning after, to those who have not handed in. One query, none while it is nobody's morning."""
    if not span.zones:
        return
    for work in _work_of(span).due_between(span.since - LONGEST_DAY, span.until):
        request = still_taken(work, own_clock(work))
        if is_missed(work, span.now) and work.own_window.phase(request.send_at or span.now) is Phase.LATE:
            yield request


def coming_closes(span: Span) -> Iterator[NoticeRequest]:
    """A day before, to those who have not handed in, where the deadline is some days past. One query, or none."""
    if not span.zones:
        return
    soon = span.until + BEFORE_CLOSE + LONGEST_DAY
    for work in _work_of(span).closing_between(span.since, soon):
        if is_missed(work, span.now) and work.own_closes_at - work.own_due_at >= WORTH_TWICE:
            yield closes_soon(work, own_clock(work))


def skipped_late(user: User, was: ZoneInfo, now: datetime) -> Iterator[NoticeRequest]:
    """After the person has taken another zone: what was to come on the old clock and is past on the new, to go now."""
    rows = pairs_of(reminded().filter(user=user), Assignment.objects.all(), now)
    for work in rows.past_due(now).taken_at(now):
        if not is_missed(work, now):
            continue
        for tell in (still_taken, closes_soon):
            if is_skipped(tell(work, was).send_at, tell(work, user.tz).send_at, now):
                yield replace(tell(work, user.tz), send_at=now)


def is_missed(work: Assignment, at: datetime) -> bool:
    """Open for the person, not handed in, and it will be late."""
    return work.is_theirs and is_to_be_handed_in(work) and work.own_window.phase(at) is not Phase.CLOSED


def still_taken(work: Assignment, tz: ZoneInfo) -> NoticeRequest:
    send_at = morning_after(work.own_due_at, tz)
    return STILL_TAKEN.to(
        work.person,
        on=work,
        occurrence=work.own_due_at,
        scope=work.session.scope,
        send_at=send_at,
        expires_at=min(work.own_closes_at, send_at + LASTS),
    )


def closes_soon(work: Assignment, tz: ZoneInfo) -> NoticeRequest:
    return CLOSES_SOON.to(
        work.person,
        on=work,
        occurrence=work.own_closes_at,
        scope=work.session.scope,
        send_at=reminder_time(work.own_closes_at, BEFORE_CLOSE, tz),
        expires_at=work.own_closes_at,
    )


def ask_late(told_by: Callable[[Assignment], datetime]) -> Callable[[Sequence[Notice], datetime], dict[int, Wanted]]:
    """`still_wanted` of both; `told_by` is the instant that the notice was made for."""

    def still_wanted(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
        told = told_of(notices, reminded(), now)
        pairs = {notice.pk: (notice.object_id, notice.recipient_id or 0) for notice in notices}
        return {notice.pk: _answer(notice, told.get(pairs[notice.pk]), now) for notice in notices}

    def _answer(notice: Notice, work: Assignment | None, now: datetime) -> Wanted:
        if work is None:
            return "the person is not reminded of work any more: on leave, withdrawn, or no longer there"
        if not work.is_theirs:
            return "it is not open for this person"
        if notice.occurrence != instant_key(told_by(work)):
            return "the deadline was moved"
        if not is_to_be_handed_in(work):
            return "it was handed in"
        if work.own_window.phase(max(now, notice.send_at)) is not Phase.LATE:
            return "it is not late work that would be taken"
        return True

    return still_wanted


def _work_of(span: Span) -> AssignmentQuerySet:
    return pairs_of(reminded().filter(user__zone__in=span.zones), Assignment.objects.all(), span.now)


STILL_TAKEN = register(
    Kind(
        key="assignments.still_taken",
        name="Late work that is still taken",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="“{{ title }}” is still taken until {% when closes_at %}",
        why="you take part in {{ session }} and have not yet handed in “{{ title }}”",
        candidates=missed_deadlines,
        still_wanted=ask_late(lambda work: work.own_due_at),
        describe=describe_work,
    )
)
CLOSES_SOON = register(
    Kind(
        key="assignments.closes_soon",
        name="Late work that will no longer be taken",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="“{{ title }}” is taken until {% when closes_at %}, then no longer",
        why="you take part in {{ session }} and have not yet handed in “{{ title }}”",
        candidates=coming_closes,
        still_wanted=ask_late(lambda work: work.own_closes_at),
        describe=describe_work,
    )
)
