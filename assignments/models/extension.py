from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from assignments.models.assignment import Assignment
from assignments.querysets import ExtensionQuerySet
from cohorts.models import Enrollment


class Extension(models.Model):
    """One enrollment's later deadline. It says whether it follows the deadline (relative) or stands (absolute)."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="extensions")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="extensions")
    # Elapsed time on top of the deadline, wherever that moves.
    later_by = models.DurationField(null=True, blank=True)
    # Days on the clocks were meant: `later_by` is what they come to from the present deadline, resolved again by
    # `services.extensions.resolve_days` when that moves.
    later_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # An instant, whatever happens to the deadline.
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500)
    # Granted to many is one row each with a shared value.
    grant_id = models.UUIDField()
    # Taken by the person, without asking: the first time for this assignment, the second. Empty: granted.
    taken = models.PositiveSmallIntegerField(null=True, blank=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["granted_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(later_days__isnull=True) | Q(later_by__isnull=False, later_days__gte=1),
                name="extension_days_come_to_a_time",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="extension_revoked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(later_by__isnull=True) ^ Q(until__isnull=True),
                name="extension_relative_or_absolute",
                violation_error_message="Give either more time or a fixed date.",
            ),
            models.CheckConstraint(
                condition=Q(later_by__isnull=True) | Q(later_by__gt=timedelta(0)),
                name="extension_is_later",
                violation_error_message="An extension only makes a deadline later.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="extension_has_reason",
                violation_error_message="Write the reason.",
            ),
            models.UniqueConstraint(fields=["assignment", "enrollment", "taken"], name="extension_taken_once"),
            models.UniqueConstraint(fields=["grant_id", "assignment", "enrollment"], name="extension_once_per_grant"),
        ]
        indexes = [
            models.Index(
                fields=["enrollment", "assignment"], condition=Q(revoked_at__isnull=True), name="extension_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"Extension of {self.assignment}"
