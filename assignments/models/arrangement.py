from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assignments.querysets import ArrangementQuerySet
from cohorts.models import Enrollment
from core.windows import Days, Later
from core.zones import as_zone


class Arrangement(models.Model):
    """A standing arrangement: one person has longer for everything that is due between two days, those included.

    For people with power cuts, an illness, a war. Why is for whoever may grant it, and nobody else: the person and
    their teaching fellow see that it exists.
    """

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="arrangements")
    # Elapsed time, or days on the clocks of the session.
    later_by = models.DurationField(null=True, blank=True)
    later_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # Days in program time, of the deadlines that everybody has.
    from_on = models.DateField()
    until_on = models.DateField()
    reason = models.CharField(max_length=1000)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Made from the key of the form: the same post twice is one arrangement.
    key = models.UUIDField(unique=True)

    objects = ArrangementQuerySet.as_manager()

    # Set by `ArrangementQuerySet.with_zone`.
    zone: str

    class Meta:
        ordering = ["granted_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(later_by__gt=timedelta(0), later_days__isnull=True)
                | Q(later_days__gte=1, later_by__isnull=True),
                name="arrangement_hours_or_days",
                violation_error_message="Give either hours or days.",
            ),
            models.CheckConstraint(
                condition=Q(from_on__lte=F("until_on")),
                name="arrangement_days_in_order",
                violation_error_message="The last day lies before the first.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="arrangement_has_reason",
                violation_error_message="Write the reason; only head teaching fellow and director read it.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="arrangement_revoked_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["enrollment"], condition=Q(revoked_at__isnull=True), name="arrangement_in_force")
        ]

    def __str__(self) -> str:
        return f"Standing arrangement of {self.enrollment}"

    def covers(self, due_at: datetime) -> bool:
        """Whether what everybody has to hand in then is meant; after `with_zone`."""
        return self.from_on <= due_at.astimezone(as_zone(self.zone)).date() <= self.until_on

    @property
    def later(self) -> Later:
        """How much longer; after `with_zone`."""
        return Days(self.later_days, self.zone) if self.later_days is not None else self.later_by or timedelta(0)
