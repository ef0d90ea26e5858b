from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from accounts.roles import Perm
from assignments.models.assignment import Assignment
from assignments.models.work import Reader, Submission
from cohorts.models import Enrollment
from programs.models import Session


class ConcernQuerySet(models.QuerySet["Concern"]):
    """Papers under review."""

    def open(self) -> ConcernQuerySet:
        """Not ended: what is written about the paper waits."""
        return self.filter(status=Concern.Status.OPEN)

    def visible_to(self, user: User, at: datetime) -> ConcernQuerySet:
        """To those who look after papers under review, and whoever has the paper in their queue; never to its writer.

        What of it each of them reads, the page says: its outcome is for the former alone.
        """
        looks_after = Session.objects.granting(user, Perm.SEE_CONCERNS).values("pk")
        reading = (
            Reader.objects.current()
            .primary()
            .filter(
                user=user,
                submission__assignment=OuterRef("assignment"),
                submission__enrollment=OuterRef("enrollment"),
            )
        )
        found = self.filter(Q(assignment__session__in=looks_after) | Exists(reading))
        return found.exclude(enrollment__user=user).exclude(assignment__answered_by=Assignment.AnsweredBy.PEERS)


class Concern(models.Model):
    """That a reader wants somebody to look at a paper before it is answered. While it is open, nothing that is written
    about any attempt of that work is released; its writer learns only that feedback comes later."""

    class Status(models.TextChoices):
        OPEN = "open", "Under review"
        CLEARED = "cleared", "Feedback goes on"
        WRITTEN = "written", "The director has written"

    MOVES = {
        Status.OPEN: {Status.CLEARED, Status.WRITTEN},
        Status.CLEARED: set(),
        Status.WRITTEN: set(),
    }

    # The attempt that was being read, and the work it belongs to: all attempts of it wait.
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="concerns")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="concerns")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="concerns")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN, editable=False)
    note = models.TextField(max_length=4000)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    # Why it ended so; for those who look after papers under review.
    outcome = models.TextField(blank=True, max_length=4000)
    # What the director says to the writer, who alone reads it beside them.
    words = models.TextField(blank=True, max_length=4000)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ConcernQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "enrollment"], condition=Q(status="open"), name="concern_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(note=""),
                name="concern_has_note",
                violation_error_message="Write what you would like somebody to look at.",
            ),
            models.CheckConstraint(
                condition=Q(status="open", outcome="", ended_by__isnull=True, ended_at__isnull=True)
                | (~Q(status="open") & ~Q(outcome="") & Q(ended_by__isnull=False, ended_at__isnull=False)),
                name="concern_ended_has_outcome",
                violation_error_message="Write why it ends so.",
            ),
            models.CheckConstraint(
                condition=(Q(status="written") & ~Q(words="")) | (~Q(status="written") & Q(words="")),
                name="concern_written_has_words",
                violation_error_message="Write what the participant is told.",
            ),
        ]

    def __str__(self) -> str:
        return f"Concern about {self.submission}"

    @property
    def is_open(self) -> bool:
        """Whether the feedback waits."""
        return self.status == self.Status.OPEN


class PaperPrint(models.Model):
    """By which papers are found that have passages in common: numbers made of some of its runs of words, no text."""

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, primary_key=True, related_name="print")
    numbers = ArrayField(models.BigIntegerField())

    class Meta:
        indexes = [GinIndex(fields=["numbers"], name="paper_print_numbers")]

    def __str__(self) -> str:
        return f"Print of {self.submission_id}"
