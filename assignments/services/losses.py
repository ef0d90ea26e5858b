"""Who would have less time when deadlines come earlier, and how those who have begun keep theirs."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from accounts.models import User
from assignments.models import Assignment, Draft, Extension, Submission
from assignments.windows import windows_of
from audit.services import record
from cohorts.models import Enrollment
from core.moments import say_moment
from core.rules import Rule
from core.windows import Window
from modules.models import Module, ModuleOpening


@dataclass(frozen=True)
class Deadline:
    """When work is due and when it closes, as meant and as that resolves in one session."""

    due_rule: Rule
    closes_rule: Rule | None
    due_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class Loss:
    """One person who would have less time for one assignment; whoever has begun keeps the old deadline."""

    assignment_id: int
    enrollment_id: int
    title: str
    person: str
    due_at: datetime
    closes_at: datetime
    new_due_at: datetime
    new_closes_at: datetime
    has_begun: bool

    @property
    def key(self) -> str:
        """By which it is confirmed: this person, this work, these new instants."""
        return f"{self.assignment_id}:{self.enrollment_id}:{self.new_due_at:%Y%m%d%H%M}:{self.new_closes_at:%Y%m%d%H%M}"


class TimeWouldShrink(Exception):
    """A deadline that people have seen would come earlier; `losses` is the list, whose keys are to be confirmed."""

    def __init__(self, losses: Sequence[Loss]) -> None:
        self.losses = tuple(losses)
        people = len({loss.enrollment_id for loss in losses})
        whose = "one person" if people == 1 else f"{people} people"
        super().__init__(f"This leaves {whose} less time than they were shown. Look through the list and confirm it.")


def find_losses(changes: Iterable[tuple[Assignment, Deadline]], now: datetime) -> list[Loss]:
    """Who would have less time for work that they can see and have not handed in, and for whom it is not over yet.

    A constant number of queries for each assignment that comes earlier.
    """
    earlier = [
        (assignment, new)
        for assignment, new in changes
        if new.due_at < assignment.due_at or new.closes_at < assignment.closes_at
    ]
    seen = _modules_seen([assignment.item.module for assignment, _ in earlier], now)
    losses: list[Loss] = []
    for assignment, new in earlier:
        if assignment.item.module_id in seen:
            losses += _losses_of(assignment, new, now)
    return losses


def _losses_of(assignment: Assignment, new: Deadline, now: datetime) -> list[Loss]:
    handed_in = Submission.objects.filter(assignment=assignment).values("enrollment")
    people = list(
        Enrollment.objects.working()
        .filter(session=assignment.session_id)
        .exclude(pk__in=handed_in)
        .select_related("user")
    )
    begun = set(Draft.objects.filter(assignment=assignment).values_list("enrollment_id", flat=True))
    moved = copy(assignment)
    moved.due_rule, moved.due_at, moved.closes_at = new.due_rule, new.due_at, new.closes_at
    before, after = windows_of(assignment, people), windows_of(moved, people)
    losses = []
    for person in people:
        old, own = before[person.pk], after[person.pk]
        loss = Loss(
            assignment_id=assignment.pk,
            enrollment_id=person.pk,
            title=assignment.item.title,
            person=str(person.user),
            due_at=old.due_at or assignment.due_at,
            closes_at=old.closes_at or assignment.closes_at,
            new_due_at=own.due_at or new.due_at,
            new_closes_at=own.closes_at or new.closes_at,
            has_begun=person.pk in begun,
        )
        is_less = loss.new_due_at < loss.due_at or loss.new_closes_at < loss.closes_at
        if is_less and Window(closes_at=loss.closes_at).accepts(now):
            losses.append(loss)
    return losses


def _modules_seen(modules: Sequence[Module], now: datetime) -> set[int]:
    """Those that are open, for everybody or for one person."""
    opened = ModuleOpening.objects.filter(module__in=modules, opened_at__lte=now).values_list("module_id", flat=True)
    return {module.pk for module in modules if module.releases_at <= now} | set(opened)


def keep_for_those_who_have_begun(
    changes: Sequence[tuple[Assignment, Deadline]], losses: Iterable[Loss], actor: User, now: datetime
) -> None:
    """An extension for each, which says why it is there. In the caller's transaction."""
    by_assignment = {assignment.pk: (assignment, new) for assignment, new in changes}
    grant_id = uuid4()
    extensions = []
    for loss in losses:
        if not loss.has_begun:
            continue
        assignment, new = by_assignment[loss.assignment_id]
        # An extension moves the close by as much as the deadline: late enough for both to be what they were.
        until = max(loss.due_at, new.due_at + (loss.closes_at - new.closes_at))
        extensions.append(
            Extension(
                assignment=assignment,
                enrollment_id=loss.enrollment_id,
                until=until,
                reason=_why_kept(assignment, new, now),
                grant_id=grant_id,
                granted_by=actor,
                granted_at=now,
            )
        )
    for extension in Extension.objects.bulk_create(extensions):
        record(
            actor=actor,
            verb="granted an extension",
            on=extension,
            after={"assignment": extension.assignment, "until": extension.until},
            reason=extension.reason,
            scope=extension.assignment.session.scope,
            now=now,
        )


def _why_kept(assignment: Assignment, new: Deadline, now: datetime) -> str:
    zone = assignment.session.zone
    old_words, new_words = (say_moment(one, zone, now=now, form="short") for one in (assignment.due_at, new.due_at))
    if new.due_at < assignment.due_at:
        return f"The deadline moved from {old_words} to {new_words}; work that had been begun keeps the old one."
    return "The work closes earlier than was shown; whoever had begun it keeps the time they had."
