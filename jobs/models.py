from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from files.models import StoredFile

if TYPE_CHECKING:
    from accounts.models import User


class JobQuerySet(models.QuerySet["Job"]):
    """Long pieces of work."""

    def visible_to(self, user: "User | AnonymousUser", at: datetime) -> "JobQuerySet":
        """Only its owner sees a job."""
        return self.filter(owner=user.pk) if user.is_authenticated else self.none()

    def claimable(self, at: datetime) -> "JobQuerySet":
        """What a runner may take: what waits, and what was left behind by a runner that is gone.

        New ones come first, then whichever was longest without a turn.
        """
        left_behind = Q(status=Job.Status.RUNNING, lease_until__lte=at)
        return self.filter(Q(status=Job.Status.WAITING) | left_behind).order_by(
            models.F("lease_until").asc(nulls_first=True), "pk"
        )


class Job(models.Model):
    """A long piece of work, done in small steps: it can be watched, stopped, resumed, and survives its runner's death.

    The cursor is where the next step starts; a step's work and its cursor are committed together.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        STOPPED = "stopped"
        DONE = "done"
        FAILED = "failed"

    MOVES = {
        Status.WAITING: {Status.RUNNING, Status.STOPPED},
        Status.RUNNING: {Status.WAITING, Status.STOPPED, Status.DONE, Status.FAILED},
        Status.STOPPED: {Status.WAITING},
        Status.FAILED: {Status.WAITING},
        Status.DONE: set(),
    }

    kind = models.CharField(max_length=100)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs")
    scope = models.CharField(max_length=64, blank=True, help_text="Where it belongs: “session:12”, “program:3”.")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="0: not known yet.")
    message = models.TextField(blank=True)
    params = models.JSONField(default=dict, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    result_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    result_name = models.CharField(max_length=200, blank=True)
    # While running: until when the runner is believed alive. Otherwise: when the last runner put it down.
    lease_until = models.DateTimeField(null=True, editable=False)
    leased_by = models.UUIDField(null=True, editable=False)
    # How often it was taken up since the last committed step: a step that kills its runner must not do so for ever.
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    error = models.TextField(blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                models.F("lease_until").asc(nulls_first=True),
                "id",
                name="job_claimable",
                condition=Q(status__in=["waiting", "running"]),
            ),
            models.Index(fields=["owner", "-created_at"], name="job_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "running", "stopped", "done", "failed"]),
                name="job_status_known",
                violation_error_message="A job is waiting, running, stopped, done or failed.",
            ),
            models.CheckConstraint(
                condition=Q(status="running", leased_by__isnull=False, lease_until__isnull=False)
                | (~Q(status="running") & Q(leased_by__isnull=True)),
                name="job_leased_while_running",
                violation_error_message="A job is held by a runner while it runs, and only then.",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=False, status__in=["done", "failed"])
                | Q(finished_at__isnull=True, status__in=["waiting", "running", "stopped"]),
                name="job_finished_when_done",
                violation_error_message="A job that is done or failed says since when.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether a runner has it or will take it up by itself."""
        return self.status in (self.Status.WAITING, self.Status.RUNNING)

    @property
    def can_stop(self) -> bool:
        return self.Status.STOPPED in self.MOVES[self.Status(self.status)]

    @property
    def can_resume(self) -> bool:
        return self.Status(self.status) in (self.Status.STOPPED, self.Status.FAILED)


class Heartbeat(models.Model):
    """When a process that nobody sees last gave a sign of life."""

    name = models.CharField(max_length=50, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.at:%Y-%m-%d %H:%M:%S}"


class WrongClock(models.Model):
    """A machine whose clock was seen to be another than the database's."""

    machine = models.CharField(max_length=255, unique=True)
    ahead = models.DurationField(help_text="Below zero: behind.")
    # By the database's clock.
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.machine}: {self.ahead.total_seconds():+.0f} s"
