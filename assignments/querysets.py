"""The words in which assignments, papers and answers are asked for."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef

from assignments import due
from assignments import models as tables
from core.windows import ON_TIME_GRACE

if TYPE_CHECKING:
    from assignments.models import Assignment, Extension, Feedback, Submission  # noqa: F401 - the types of the rows
    from cohorts.models import Enrollment


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments as participants and staff ask for them."""

    def with_due_for(self, enrollment: "Enrollment | OuterRef") -> "AssignmentQuerySet":
        """Adds `own_due_at` and `own_closes_at`: this enrollment's deadline, as `windows.window_for` says it."""
        return self.annotate(
            own_due_at=due.latest_due(F("due_at"), OuterRef("pk"), enrollment),
            own_closes_at=due.moved_as_much(F("closes_at"), F("due_at"), F("own_due_at")),
        )

    def due_after(self, at: datetime) -> "AssignmentQuerySet":
        """Whose own deadline has not passed at that moment; after `with_due_for`."""
        return self.filter(own_due_at__gt=at - ON_TIME_GRACE)

    def taken_at(self, at: datetime) -> "AssignmentQuerySet":
        """Whose work is still taken, on time or late; after `with_due_for`."""
        return self.filter(own_closes_at__gt=at - ON_TIME_GRACE)


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Handed-in papers: whose, whose to read, which still wait."""


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Answers to papers; until released they exist for their readers only."""

    def in_force(self) -> "FeedbackQuerySet":
        """The newest released answer of each paper: what it corrects is kept and counts no longer."""
        newer = tables.Feedback.objects.filter(
            submission=OuterRef("submission"), status="released", version__gt=OuterRef("version")
        )
        return self.filter(~Exists(newer), status="released")

    def asking_for_revision(self) -> "FeedbackQuerySet":
        """Those that say “please revise”, and until when."""
        return self.in_force().filter(result="please_revise")


class ExtensionQuerySet(models.QuerySet["Extension"]):
    """Later deadlines."""

    def in_force(self) -> "ExtensionQuerySet":
        """Granted and not revoked."""
        return self.filter(revoked_at__isnull=True)
