from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Func, Q

from accounts.roles import Perm
from cohorts.models import Enrollment
from core.rules import Side, instant_of
from programs.models import Session

if TYPE_CHECKING:
    from accounts.models import User


class Span(Func):
    """The time from start to end as a range that ends before its last instant: one may begin when another ends."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class SlotQuerySet(models.QuerySet["Slot"]):
    """Coaching hours as those who offer and those who book them ask for them."""

    def visible_to(self, user: "User", at: datetime) -> "SlotQuerySet":
        """One's own as a coach; those of the fellows of one's section; all of a session to those who see its people.

        Where a session has no sections, those of all its coaches.
        """
        places = Enrollment.objects.reading(at).filter(user=user, kind=Enrollment.Kind.PARTICIPANT)
        without_sections = places.filter(session__sections=None)
        return self.filter(
            Q(coach=user)
            | Q(session__in=places.values("session"), coach__fellowships__section__in=places.values("section"))
            | Q(session__in=without_sections.values("session"))
            | Q(session__in=Session.objects.granting(user, Perm.VIEW_PEOPLE))
        ).distinct()

    def still_ahead(self, at: datetime) -> "SlotQuerySet":
        """Not begun."""
        return self.filter(starts_at__gt=at, withdrawn_at__isnull=True)


class Slot(models.Model):
    """Half an hour or so that a coach offers. Day and time are program time; the instants follow."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="slots")
    coach = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="slots")
    on_date = models.DateField("day", help_text="In program time.")
    at_time = models.TimeField("time", help_text="In program time.")
    minutes = models.PositiveSmallIntegerField(default=30)
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    link = models.URLField(blank=True, validators=[URLValidator(schemes=["https"])])
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SlotQuerySet.as_manager()

    # The booking in force, as a list of none or one; set by the views' prefetch.
    held: list["Booking"]

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=10) & Q(minutes__lte=180),
                name="slot_length",
                violation_error_message="A coaching hour lasts between 10 minutes and 3 hours.",
            ),
            ExclusionConstraint(
                name="coach_in_one_place",
                expressions=[
                    ("coach", RangeOperators.EQUAL),
                    (Span("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at__isnull=True),
                violation_error_message="At that time you offer another coaching hour already.",
            ),
        ]
        indexes = [models.Index(fields=["session", "starts_at"])]

    def __str__(self) -> str:
        return f"Coaching with {self.coach}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the instants true to the wall time as it was meant."""
        self.starts_at = instant_of(self.on_date, self.at_time, self.session.zone, Side.RELEASE)
        self.ends_at = self.starts_at + timedelta(minutes=self.minutes)
        super().save(*args, **kwargs)


class Booking(models.Model):
    """That a participant has taken a slot. Cancelled, never deleted; of two who book at once the database takes one."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="bookings")
    # The slot's time once more, for the constraint that keeps a participant in one place.
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    about = models.CharField("what it is to be about", max_length=500, blank=True)
    booked_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["slot"], condition=Q(cancelled_at__isnull=True), name="slot_booked_once"),
            ExclusionConstraint(
                name="participant_in_one_place",
                expressions=[
                    ("enrollment", RangeOperators.EQUAL),
                    (Span("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(cancelled_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="booking_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment.user}, {self.slot}"
