"""The one effective deadline. Page, mail, receipt, reminder, list and figures all ask here; nothing else compares one.

It is the latest of: the assignment's own deadline, each extension in force, each standing arrangement that covers it
(both reckoned from that, never one on top of the other), and the date that a released “please revise” names. The close
moves by as much. What the latest is made of, it says: `provenance`. `assignments.due` says the same in SQL.

When an assignment may be seen is its module's question and differs by person, so `releases_at` stays empty here: a
deadline does not shift because somebody is behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from django.db.models import DateTimeField, F, QuerySet, Value
from django.utils.translation import gettext, ngettext

from assignments import due

# By its module, because `Assignment.window_for` asks here.
from assignments import models as tables
from core.spans import say_span
from core.windows import Window, latest

if TYPE_CHECKING:
    from assignments.models import Arrangement, Assignment, Extension, Feedback
    from assignments.querysets import ArrangementQuerySet, ExtensionQuerySet, FeedbackQuerySet
    from cohorts.models import Enrollment

# An assignment and an enrollment, by their ids.
Pair: TypeAlias = tuple[int, int]

# How a deadline came to be later, by the names that `assignments.due` uses.
GRANTED, TAKEN, ARRANGED = "granted", "taken", "arranged"
HOW = {GRANTED: "granted by {who}", TAKEN: "taken by {who}", ARRANGED: "by a standing arrangement with {who}"}


def window_for(assignment: Assignment, enrollment: Enrollment) -> Window:
    """The deadline of one person. Three queries."""
    return windows_for([assignment], enrollment)[assignment.pk]


def window_without_revision(assignment: Assignment, enrollment: Enrollment) -> Window:
    """What it is and stays whatever date a “please revise” names. Two queries."""
    arranged = _arrangements(tables.Arrangement.objects.filter(enrollment=enrollment))[enrollment.pk]
    found = _later_dates(tables.Extension.objects.filter(enrollment=enrollment), [assignment])
    return window_of(assignment, found[assignment.pk, enrollment.pk], arranged, ())


def windows_for(assignments: Iterable[Assignment], enrollment: Enrollment) -> dict[int, Window]:
    """By assignment, for one person; three queries however many there are."""
    rows = list(assignments)
    arranged = _arrangements(tables.Arrangement.objects.filter(enrollment=enrollment))[enrollment.pk]
    found = _later_dates(tables.Extension.objects.filter(enrollment=enrollment), rows)
    asked = _revisions(tables.Feedback.objects.filter(submission__enrollment=enrollment), rows)
    return {
        row.pk: window_of(row, found[row.pk, enrollment.pk], arranged, asked[row.pk, enrollment.pk]) for row in rows
    }


def windows_of(
    assignment: Assignment, enrollments: Iterable[Enrollment], thought: Mapping[int, Extension] | None = None
) -> dict[int, Window]:
    """By enrollment, for one assignment; three queries however many there are. `thought`: as if they were granted."""
    rows = list(enrollments)
    arranged = _arrangements(tables.Arrangement.objects.filter(enrollment__in=rows))
    found = _later_dates(tables.Extension.objects.filter(enrollment__in=rows), [assignment])
    for whose, extension in (thought or {}).items():
        found[assignment.pk, whose].append(extension)
    asked = _revisions(tables.Feedback.objects.filter(submission__enrollment__in=rows), [assignment])
    key = assignment.pk
    return {row.pk: window_of(assignment, found[key, row.pk], arranged[row.pk], asked[key, row.pk]) for row in rows}


def window_of(
    assignment: Assignment,
    extensions: Iterable[Extension],
    arrangements: Iterable[Arrangement],
    revisions: Iterable[Feedback],
) -> Window:
    """The deadline from what is at hand: extensions and arrangements in force with `granted_by`, the latter with
    `zone`, revisions with `author`. No query."""
    base = Window(None, assignment.due_at, assignment.closes_at, (str(assignment.due_rule),))
    later = [_extended(base, extension) for extension in extensions]
    later += [
        base.extended_to(assignment.due_at + arrangement.later, say_arrangement(arrangement))
        for arrangement in arrangements
        if arrangement.covers(assignment.due_at)
    ]
    later += [
        base.extended_to(feedback.revise_until, f"date of the revision that {feedback.author} asked for")
        for feedback in revisions
        if feedback.revise_until is not None
    ]
    return latest(base, *later)


def say_extension(extension: Extension) -> str:
    """How a deadline explains itself: “48 hours more, granted by Ruth Adeyemi”."""
    how = GRANTED if extension.taken is None else TAKEN
    return say_later(how, extension.later_by, extension.later_days, extension.granted_by.name)


def say_arrangement(arrangement: Arrangement) -> str:
    """The same for a standing arrangement; never why."""
    return say_later(ARRANGED, arrangement.later_by, arrangement.later_days, arrangement.granted_by.name)


def say_later(how: str, later_by: timedelta | None, later_days: int | None, who: str) -> str:
    """The same from its parts; `how` is one of the three."""
    return f"{say_length(later_by, later_days)}, {HOW[how].format(who=who)}"


def say_length(later_by: timedelta | None, later_days: int | None) -> str:
    """“48 hours more”, “2 days more”; a later date where it is neither."""
    if later_days is not None:
        return ngettext("{number} day more", "{number} days more", later_days).format(number=later_days)
    return gettext("later date") if later_by is None else gettext("{length} more").format(length=say_span(later_by))


def _extended(base: Window, extension: Extension) -> Window:
    why = say_extension(extension)
    if extension.later_by is not None:
        return base.extended_by(extension.later_by, why)
    return base.extended_to(extension.until, why) if extension.until is not None else base


def with_due_for_assignment(enrollments: QuerySet[Enrollment], assignment: Assignment) -> QuerySet[Enrollment]:
    """Adds `own_due_at` and `own_closes_at` to each of these people; the other side of `with_due_for`."""
    due_at = Value(assignment.due_at, DateTimeField())
    closes_at = Value(assignment.closes_at, DateTimeField())
    own_due_at = due.OwnDueAt(due_at, Value(assignment.pk), F("pk"))
    return enrollments.annotate(
        own_due_at=own_due_at,
        own_closes_at=due.moved_as_much(closes_at, due_at, own_due_at),
    )


def _arrangements(arrangements: ArrangementQuerySet) -> dict[int, list[Arrangement]]:
    found: dict[int, list[Arrangement]] = defaultdict(list)
    for arrangement in arrangements.in_force().with_zone().select_related("granted_by"):
        found[arrangement.enrollment_id].append(arrangement)
    return found


def _later_dates(extensions: ExtensionQuerySet, assignments: list[Assignment]) -> dict[Pair, list[Extension]]:
    found: dict[Pair, list[Extension]] = defaultdict(list)
    wanted = extensions.in_force().filter(assignment__in=assignments)
    for extension in wanted.select_related("granted_by"):
        found[extension.assignment_id, extension.enrollment_id].append(extension)
    return found


def _revisions(answers: FeedbackQuerySet, assignments: list[Assignment]) -> dict[Pair, list[Feedback]]:
    asked: dict[Pair, list[Feedback]] = defaultdict(list)
    wanted = answers.asking_for_revision().filter(submission__assignment__in=assignments)
    for feedback in wanted.select_related("author", "submission"):
        asked[feedback.submission.assignment_id, feedback.submission.enrollment_id].append(feedback)
    return asked
