from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from assignments.models import Assignment, Feedback, Submission  # noqa: F401 - the types of the rows


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments as participants and staff ask for them."""


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Handed-in papers: whose, whose to read, which still wait."""


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Answers to papers; until released they exist for their readers only."""
