"""The effective deadline in SQL, for lists: the twin of `assignments.windows`, and a test holds the two together.

An expression names the assignment and the enrollment by whatever the outer query calls them, so that it serves lists of
assignments, of enrollments, and of both together.
"""

from typing import Any

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

# By its module, because the models are made with the querysets that are made with this.
from assignments import models as tables

# How an outer query calls a row: `OuterRef("pk")`, or the row itself.
Reference = Any


def latest_due(due_at: Combinable, assignment: Reference, enrollment: Reference) -> Greatest:
    """The latest of the assignment's own deadline, the extensions in force and a revision's own date."""
    return Greatest(
        due_at,
        Subquery(extensions_of(assignment, enrollment).values("comes_to")[:1]),
        Subquery(revisions_of(assignment, enrollment).values("revise_until")[:1]),
        output_field=DateTimeField(),
    )


def moved_as_much(closes_at: Combinable, due_at: Combinable, own_due_at: Combinable) -> ExpressionWrapper:
    """The close, later by what the deadline is later."""
    moved = ExpressionWrapper(own_due_at - due_at, output_field=DurationField())
    return ExpressionWrapper(closes_at + moved, output_field=DateTimeField())


def extensions_of(assignment: Reference, enrollment: Reference) -> "QuerySet[Any]":
    """Extensions in force with the deadline that each `comes_to`, the latest first."""
    comes_to = Coalesce("until", F("assignment__due_at") + F("later_by"), output_field=DateTimeField())
    return (
        tables.Extension.objects.in_force()
        .filter(assignment=assignment, enrollment=enrollment)
        .annotate(comes_to=comes_to)
        .order_by("-comes_to", "pk")
    )


def revisions_of(assignment: Reference, enrollment: Reference) -> "QuerySet[Any]":
    """Feedback by which a revision is asked for, of whichever attempt, the latest date first."""
    return (
        tables.Feedback.objects.asking_for_revision()
        .filter(submission__assignment=assignment, submission__enrollment=enrollment)
        .order_by("-revise_until", "pk")
    )
