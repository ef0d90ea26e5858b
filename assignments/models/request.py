from django.conf import settings
from django.db import models
from django.db.models import Q

from assignments.models.assignment import Assignment
from assignments.models.extension import Extension
from assignments.querysets import RequestQuerySet
from cohorts.models import Enrollment


class ExtensionRequest(models.Model):
    """A participant's question for more time, or that late work be taken after closing; answered once."""

    class Status(models.TextChoices):
        OPEN = "open", "Asked"
        GRANTED = "granted", "Granted"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Taken back"

    MOVES = {
        Status.OPEN: {Status.GRANTED, Status.DECLINED, Status.WITHDRAWN},
        Status.GRANTED: set(),
        Status.DECLINED: set(),
        Status.WITHDRAWN: set(),
    }

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="requests")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="requests")
    text = models.CharField(max_length=2000)
    # A day in program time, to its end.
    wished_on = models.DateField()
    # Asked when handing in had closed: that the work be taken after all.
    is_after_close = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN, editable=False)
    answer = models.CharField(max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    extension = models.OneToOneField(Extension, on_delete=models.PROTECT, null=True, blank=True, related_name="request")
    # Made from the key of the form: the same post twice is one question.
    key = models.UUIDField()

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "key"], name="request_key_unique"),
            models.UniqueConstraint(
                fields=["assignment", "enrollment"], condition=Q(status="open"), name="request_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(text=""),
                name="request_has_text",
                violation_error_message="Write a sentence or two.",
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(status="open") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="request_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status="granted", extension__isnull=False)
                | (~Q(status="granted") & Q(extension__isnull=True)),
                name="request_granted_gives_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment.user} asks for more time for {self.assignment}"
