from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.roles import Perm
from assignments.models.assignment import Assignment, Criterion, Level
from assignments.models.feedback import Feedback
from programs.models import Session


class CalibrationPaperQuerySet(models.QuerySet["CalibrationPaper"]):
    """Sample papers."""

    def visible_to(self, user: User, at: datetime) -> CalibrationPaperQuerySet:
        """To everybody who reads papers in the session, and to those who say who does."""
        reads = Session.objects.granting(user, Perm.READ_PAPERS)
        allots = Session.objects.granting(user, Perm.ALLOT_READERS)
        return self.filter(
            Q(session__in=reads.values("pk"))
            | Q(session__in=allots.values("pk"))
            | Q(session__in=user.fellowships.values("section__session"))
        )

    def waiting_for(self, user: User) -> CalibrationPaperQuerySet:
        """Those whose table is closed, that the person has not answered and still could."""
        return self.filter(opened_at=None).exclude(answers__user=user).exclude(looks__user=user)


class CalibrationPaper(models.Model):
    """A sample that all who read answer without seeing each other, until the table is opened to all. Nobody's paper."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="calibration_papers", editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="calibration_papers")
    title = models.CharField(max_length=120, help_text="Such as Sample 1.")
    text = models.TextField(help_text="Nobody’s real paper, or with the writer’s leave and without their name.")
    # The same post twice is one sample; empty for those from before there was a key.
    key = models.UUIDField(null=True, unique=True, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)

    objects = CalibrationPaperQuerySet.as_manager()

    # Set by `desk.calibration.papers_for`.
    has_answered: bool
    has_looked: bool
    answer_count: int

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "title"],
                name="calibration_title_unique",
                violation_error_message="This assignment already has a sample of that name.",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="calibration_has_text"),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, opened_by__isnull=True)
                | Q(opened_at__isnull=False, opened_by__isnull=False),
                name="calibration_opened_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CalibrationAnswerQuerySet(models.QuerySet["CalibrationAnswer"]):
    """What readers made of samples."""

    def visible_to(self, user: User, at: datetime) -> CalibrationAnswerQuerySet:
        """One's own; all of them to everybody who reads once the table is open. Before that to those who say who
        reads: who reads too, only once they have chosen to look, because each answers alone."""
        allots = Session.objects.granting(user, Perm.ALLOT_READERS)
        reads = Session.objects.granting(user, Perm.READ_PAPERS)
        papers = CalibrationPaper.objects.visible_to(user, at)
        opened = papers.filter(opened_at__lte=at)
        watched = papers.filter(session__in=allots.values("pk"))
        never_answered = watched.exclude(session__in=reads.values("pk")).exclude(
            session__in=user.fellowships.values("section__session")
        )
        looked_at = watched.filter(looks__user=user)
        return self.filter(
            Q(user=user)
            | Q(paper__in=opened.values("pk"))
            | Q(paper__in=never_answered.values("pk"))
            | Q(paper__in=looked_at.values("pk"))
        )


class CalibrationAnswer(models.Model):
    """What one reader made of a sample."""

    paper = models.ForeignKey(CalibrationPaper, on_delete=models.CASCADE, related_name="answers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calibration_answers")
    result = models.CharField(max_length=20, choices=Feedback.Result.choices)
    note = models.TextField(blank=True)
    saved_at = models.DateTimeField()

    objects = CalibrationAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["user__sort_key", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "user"], name="calibration_answered_once"),
            models.CheckConstraint(condition=~Q(result=""), name="calibration_has_result"),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.paper}"


class CalibrationLevel(models.Model):
    """The level that one reader gives a sample for one line of the rubric."""

    answer = models.ForeignKey(CalibrationAnswer, on_delete=models.CASCADE, related_name="levels")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["criterion__position"]
        constraints = [models.UniqueConstraint(fields=["answer", "criterion"], name="calibration_level_once")]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.level}"


class CalibrationLook(models.Model):
    """That somebody who says who reads looked at the table before it was opened: their own answer no longer changes,
    and where there is none they do not answer."""

    paper = models.ForeignKey(CalibrationPaper, on_delete=models.CASCADE, related_name="looks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "user"],
                name="calibration_looked_once",
                violation_error_message="They have looked at this table already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} at the table of {self.paper}"
