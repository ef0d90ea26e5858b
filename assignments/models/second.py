from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.roles import Perm
from assignments.models.assignment import Assignment, Criterion, Level
from assignments.models.feedback import Feedback
from assignments.models.kept import Kept, once_per_editor
from assignments.models.work import Reader
from cohorts.models import Enrollment
from programs.models import Session

# Who holds one of these knows the first answer.
KNOWING = frozenset({Perm.READ_ALL_PAPERS, Perm.WATCH_QUEUES})


class SecondSampleQuerySet(models.QuerySet["SecondSample"]):
    """Draws."""

    def visible_to(self, user: User, at: datetime) -> SecondSampleQuerySet:
        """To those who say who reads what."""
        allots = Session.objects.granting(user, Perm.ALLOT_READERS)
        return self.filter(assignment__session__in=allots.values("pk"))


class SecondSample(models.Model):
    """A draw of papers to be read a second time. The same seed draws the same papers from the same list."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="second_samples")
    wanted = models.PositiveSmallIntegerField(help_text="How many papers were asked for.")
    candidates = models.PositiveIntegerField(help_text="How many could have been drawn.")
    seed = models.CharField(max_length=32)
    # Of the post: the same post twice draws once.
    key = models.UUIDField(unique=True)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()

    objects = SecondSampleQuerySet.as_manager()

    class Meta:
        ordering = ["-drawn_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(wanted__gte=1), name="second_sample_wants_some")]

    def __str__(self) -> str:
        return f"{self.wanted} papers of {self.assignment}"


class SecondReadingQuerySet(models.QuerySet["SecondReading"]):
    """Second readings by where they stand."""

    def to_do(self) -> SecondReadingQuerySet:
        """Asked for, neither finished nor taken back, of people who still take part."""
        return self.filter(reader__ended_at__isnull=True, reader__submission__enrollment__status__in=Enrollment.READING)

    def counted(self) -> SecondReadingQuerySet:
        """Of people who count in figures: whoever withdrew after both had read stands in no comparison."""
        return self.filter(reader__submission__enrollment__status__in=Enrollment.COUNTED)

    def visible_to(self, user: User, at: datetime) -> SecondReadingQuerySet:
        """Those that the person is to do, as long as they see no queue but their own, nor every paper: whoever does
        would know the first answer. Nobody's once they are finished."""
        knows = Session.objects.granting(user, Perm.READ_ALL_PAPERS).values("pk")
        watches = Session.objects.granting(user, Perm.WATCH_QUEUES).values("pk")
        mine = self.to_do().filter(reader__user=user).exclude(reader__submission__enrollment__user=user)
        return mine.exclude(sample__assignment__session__in=knows).exclude(sample__assignment__session__in=watches)


class SecondReading(models.Model):
    """What a second reader makes of a paper without knowing the first answer.

    A save names the revision it began from. It is to be done while its reader's row lasts; that row ends when it is
    finished, or when it is taken back.
    """

    sample = models.ForeignKey(SecondSample, on_delete=models.PROTECT, related_name="readings")
    reader = models.OneToOneField(Reader, on_delete=models.PROTECT, related_name="second_reading")
    result = models.CharField(max_length=20, choices=Feedback.Result.choices, blank=True)
    note = models.TextField(blank=True, help_text="For the head teaching fellow.")
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = SecondReadingQuerySet.as_manager()

    class Meta:
        ordering = ["sample", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | ~Q(result=""),
                name="second_reading_finished_has_result",
                violation_error_message="Choose a result before you finish.",
            )
        ]

    def __str__(self) -> str:
        return f"Second reading of {self.reader.submission}"


class KeptReading(Kept):
    """What was chosen and written and lost against a newer revision of its second reading."""

    reading = models.ForeignKey(SecondReading, on_delete=models.CASCADE, related_name="kept")
    # A level's key by its criterion's, as JSON has keys: {"3": 12}.
    levels = models.JSONField(default=dict, blank=True)
    result = models.CharField(max_length=20, choices=Feedback.Result.choices, blank=True)
    note = models.TextField(blank=True)

    class Meta(Kept.Meta):
        constraints = [once_per_editor("reading", name="kept_reading_once_per_editor")]

    def __str__(self) -> str:
        return f"Kept from {self.reading}"


class SecondLevel(models.Model):
    """The level that a second reader gives for one line of the rubric."""

    reading = models.ForeignKey(SecondReading, on_delete=models.CASCADE, related_name="levels")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["criterion__position"]
        constraints = [models.UniqueConstraint(fields=["reading", "criterion"], name="second_level_once")]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.level}"
