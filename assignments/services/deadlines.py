"""Deadlines as they were meant, resolved, and moved without taking anybody's time behind their back."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from assignments import notices
from assignments.models import Assignment
from assignments.notices.pairs import pairs_of
from assignments.services.extensions import resolve_days
from assignments.services.losses import Deadline, TimeWouldShrink, find_losses, keep_for_those_who_have_begun
from audit.services import record
from cohorts.models import Enrollment
from core.rules import Rule, RuleError, Side, TermCalendar, resolve
from core.windows import Phase, Window
from modules.models import Item
from notifications import outbox
from programs.models import Session

ROWS_AT_ONCE = 200


class DeadlineRefused(Exception):
    """Such a deadline cannot be; the message says why."""


def resolve_deadline(
    due_rule: Rule,
    closes_rule: Rule | None,
    *,
    calendar: TermCalendar,
    releases_at: datetime,
    work_ends_at: datetime,
) -> Deadline:
    """What the rules mean in a session; without a rule work closes with the session's work. Raises DeadlineRefused."""
    due_at = _resolve(due_rule, calendar)
    closes_at = resolve_close(closes_rule, calendar=calendar, work_ends_at=work_ends_at)
    if due_at <= releases_at:
        raise DeadlineRefused(f"It would be due (“{due_rule}”) before its module opens.")
    if due_at > work_ends_at:
        raise DeadlineRefused(f"It would be due (“{due_rule}”) after the last day on which work is taken.")
    if closes_at < due_at:
        raise DeadlineRefused(f"It would close (“{closes_rule}”) before it is due (“{due_rule}”).")
    return Deadline(due_rule, closes_rule, due_at, closes_at)


def resolve_close(closes_rule: Rule | None, *, calendar: TermCalendar, work_ends_at: datetime) -> datetime:
    """Until when work is taken: as the rule says, without one until the session's work ends. Raises DeadlineRefused."""
    if closes_rule is None:
        return work_ends_at
    closes_at = _resolve(closes_rule, calendar)
    if closes_at > work_ends_at:
        raise DeadlineRefused(f"It would close (“{closes_rule}”) after the last day on which work is taken.")
    return closes_at


def _resolve(rule: Rule, calendar: TermCalendar) -> datetime:
    try:
        return resolve(rule, calendar, Side.DEADLINE)
    except RuleError as error:
        raise DeadlineRefused(str(error)) from None


@transaction.atomic
def move_deadline(
    *,
    assignment: Assignment,
    rule: Rule,
    closes_rule: Rule | None = None,
    confirmed: Collection[str] = (),
    actor: User,
    now: datetime,
    reason: str = "",
) -> Assignment:
    """Give an assignment another deadline, or another close, or both; `closes_rule` None is the session's end of work.

    A deadline that people have seen comes earlier only when `confirmed` holds the key of each loss, and whoever has
    begun keeps what they had. Reminders follow by themselves: the planner reads the deadline. Locks the rows of its
    session and its own. Raises DeadlineRefused, TimeWouldShrink.
    """
    session = Session.objects.select_for_update(no_key=True).get(pk=assignment.session_id)
    rows = Assignment.objects.select_for_update(of=("self",), no_key=True).select_related("session", "item__module")
    locked = rows.get(pk=assignment.pk)
    new = resolve_deadline(
        rule,
        closes_rule,
        calendar=session.calendar(),
        releases_at=locked.item.module.releases_at,
        work_ends_at=session.work_ends_at,
    )
    check_still_ahead(locked, new, now)
    change_deadlines(changes=[(locked, new)], confirmed=confirmed, actor=actor, now=now, reason=reason)
    return locked


def check_still_ahead(assignment: Assignment, new: Deadline, now: datetime) -> None:
    """Nothing is moved into the past: nobody could still keep it. Raises DeadlineRefused."""
    if new.due_at != assignment.due_at and Window(due_at=new.due_at).phase(now) is Phase.LATE:
        raise DeadlineRefused(f"The deadline “{new.due_rule}” would already have passed; choose a later one.")
    if new.closes_at != assignment.closes_at and Window(closes_at=new.closes_at).phase(now) is Phase.CLOSED:
        raise DeadlineRefused("It would already be closed; choose a later moment.")


def change_deadlines(
    *,
    changes: Sequence[tuple[Assignment, Deadline]],
    confirmed: Collection[str] = (),
    actor: User,
    now: datetime,
    reason: str = "",
) -> None:
    """Write new deadlines of locked assignments in the caller's transaction, and tell those who have seen other ones.

    Brings the rows in hand up to date, and with them the instant until which each item blocks, unless that has passed.
    Raises TimeWouldShrink.
    """
    changes = [(assignment, new) for assignment, new in changes if deadline_of(assignment) != new]
    losses = find_losses(changes, now)
    if {loss.key for loss in losses} - set(confirmed):
        raise TimeWouldShrink(losses)
    rows = [assignment for assignment, _ in changes]
    told = _own_deadlines(rows, now)
    keep_for_those_who_have_begun(changes, losses, actor, now)
    for assignment, new in changes:
        before = _as_recorded(assignment)
        assignment.due_rule, assignment.closes_rule = new.due_rule, new.closes_rule
        assignment.due_at, assignment.closes_at = new.due_at, new.closes_at
        if assignment.item.blocks_until is None or assignment.item.blocks_until > now:
            # Work that is taken again after it had closed must not take back the modules that its close has opened.
            assignment.item.blocks_until = new.closes_at
        record(
            actor=actor,
            verb="moved the deadline",
            on=assignment,
            before=before,
            after=_as_recorded(assignment),
            reason=reason,
            scope=assignment.session.scope,
            now=now,
        )
    Assignment.objects.bulk_update(rows, ["due_rule", "due_at", "closes_rule", "closes_at"], batch_size=ROWS_AT_ONCE)
    Item.objects.bulk_update([row.item for row in rows], ["blocks_until"], batch_size=ROWS_AT_ONCE)
    for assignment in rows:
        resolve_days(assignment)
    _tell(rows, told, now)


def _own_deadlines(assignments: Sequence[Assignment], now: datetime) -> dict[tuple[int, int], datetime]:
    """By assignment and enrollment: what people see who still have it to do. One query."""
    people = Enrollment.objects.reading(now).working().notified()
    work = Assignment.objects.filter(pk__in=[assignment.pk for assignment in assignments])
    rows = pairs_of(people, work, now).filter(  # type: ignore[misc]
        is_theirs=True, own_handed_in_at=None, own_closes_at__gt=now
    )
    return {(row.pk, row.whose): row.own_due_at for row in rows}


def _tell(assignments: Sequence[Assignment], before: dict[tuple[int, int], datetime], now: datetime) -> None:
    """Everybody whose deadline is another one than they saw."""
    by_key = {assignment.pk: assignment for assignment in assignments}
    after = _own_deadlines(assignments, now)
    changed = [pair for pair, due_at in after.items() if before.get(pair, due_at) != due_at]
    people = Enrollment.objects.in_bulk({enrollment for _, enrollment in changed})
    outbox.enqueue(
        [
            notices.deadline_changed(
                by_key[work],
                people[person],
                was_due_at=before[work, person],
                due_at=after[work, person],
                now=now,
            )
            for work, person in changed
        ],
        now=now,
    )


def deadline_of(assignment: Assignment) -> Deadline:
    """As it stands."""
    due_rule, closes_rule = assignment.due_rule, assignment.closes_rule
    assert due_rule is not None, "every assignment has a deadline"  # noqa: S101 - for the types
    return Deadline(due_rule, closes_rule, assignment.due_at, assignment.closes_at)


def _as_recorded(assignment: Assignment) -> dict[str, object]:
    return {
        "due": str(assignment.due_rule),
        "due_at": assignment.due_at,
        "closes": str(assignment.closes_rule or "with the session's work"),
        "closes_at": assignment.closes_at,
    }
