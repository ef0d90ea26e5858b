from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q

from cohorts.models.section import Section
from core.rules import Side, instant_of
from programs.models import Session

if TYPE_CHECKING:
    from accounts.models import User
    from cohorts.models.enrollment import Enrollment

# The link is shown as soon as it is known; from then on "Join" is the page's main action.
JOIN_FROM = timedelta(minutes=15)


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Live events as their members ask for them."""

    def visible_to(self, user: "User", at: datetime) -> "MeetingQuerySet":
        """Meetings of the sessions one reads in, of one's own section only; all of a session for its staff."""
        from cohorts.models.enrollment import Enrollment

        # No joins: a meeting of all would meet each fellow of its session.
        places, led = Enrollment.objects.reading(at).filter(user=user), user.fellowships
        return self.filter(
            Q(section__isnull=True, session__in=places.values("session_id"))
            | Q(section__in=places.values("section_id"))
            | Q(section__in=led.values("section_id"))
            | Q(section__isnull=True, session__in=led.values("section__session_id"))
            | Q(session__in=Session.objects.of_staff(user))
        )

    def attended_by(self, user: "User", at: datetime) -> "MeetingQuerySet":
        """Of what `visible_to` shows, what one goes to: appointed staff to the live classes of all, and to meetings of
        a section only when they lead it."""
        own = Q(section__in=user.fellowships.values("section_id")) | Q(
            section__in=user.enrollments.values("section_id")
        )
        lasting = self.visible_to(user, at).filter(session__access_ends_at__gt=at)
        return lasting.filter(Q(section__isnull=True) | own).exclude(session__status=Session.Status.DRAFT)

    def of_place(self, enrollment: "Enrollment") -> "MeetingQuerySet":
        """What `visible_to` shows of one session to whoever holds this place in it and is no staff."""
        to_all = Q(section__isnull=True)
        mine = to_all if enrollment.section_id is None else to_all | Q(section=enrollment.section_id)
        return self.filter(mine, session=enrollment.session_id)

    def still_ahead(self, at: datetime) -> "MeetingQuerySet":
        """Held, and not over yet."""
        return self.filter(status=Meeting.Status.SCHEDULED, ends_at__gt=at)


class Meeting(models.Model):
    """A live event of a section or of the whole session. Day and time are program time; the instants follow."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Takes place"
        CANCELLED = "cancelled", "Cancelled"

    MOVES = {Status.SCHEDULED: {Status.CANCELLED}, Status.CANCELLED: set()}

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="meetings")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, null=True, blank=True, related_name="meetings")
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.SCHEDULED, editable=False)
    on_date = models.DateField("day", help_text="In program time.")
    at_time = models.TimeField("time", help_text="In program time.")
    minutes = models.PositiveSmallIntegerField(default=90)
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    link = models.URLField(blank=True, validators=[URLValidator(schemes=["https"])])
    note = models.CharField(max_length=300, blank=True, help_text="Shown to its members.")
    # Meetings made together, week by week, share one value.
    series = models.UUIDField(null=True, blank=True, editable=False)
    # Rises with each change of time or status: calendars follow it, and each value is a notice of its own.
    sequence = models.PositiveIntegerField(default=0, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=5) & Q(minutes__lte=720),
                name="meeting_length",
                violation_error_message="A meeting lasts between 5 minutes and 12 hours.",
            ),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="meeting_ends_after_start"),
        ]
        indexes = [models.Index(fields=["session", "starts_at"])]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the instants true to the wall time as it was meant."""
        self.resolve_time()
        super().save(*args, **kwargs)

    def resolve_time(self) -> None:
        """Set `starts_at` and `ends_at` from day, time and the session's zone; minutes are elapsed time."""
        self.starts_at = instant_of(self.on_date, self.at_time, self.session.zone, Side.RELEASE)
        self.ends_at = self.starts_at + timedelta(minutes=self.minutes)

    def can_be_joined(self, at: datetime) -> bool:
        """Whether "Join" is the main action: from 15 minutes before until the end."""
        return (
            bool(self.link) and self.status == self.Status.SCHEDULED and self.starts_at - JOIN_FROM <= at < self.ends_at
        )
