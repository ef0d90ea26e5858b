from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat

from accounts.models import validate_zone
from accounts.roles import GRANTS, Perm
from core.rules import BreakSpan, Side, TermCalendar, instant_of
from programs.models.program import Program, ProgramVersion
from programs.own_time import OwnTimeRule

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

LAST_MINUTE = time(23, 59)


class Stage(Enum):
    """Where a published session stands on a given day; computed, never stored."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions as visitors, members and the office ask for them."""

    def published(self) -> "SessionQuerySet":
        """Announced to visitors and not cancelled."""
        return self.filter(status=Session.Status.PUBLISHED)

    def upcoming(self, at: datetime) -> "SessionQuerySet":
        """Not begun yet."""
        return self.filter(starts_at__gt=at)

    def visible_to(self, user: "User | AnonymousUser", at: datetime) -> "SessionQuerySet":
        """Published sessions of listed programs, and beyond them those the person is appointed to."""
        listed = Q(status=Session.Status.PUBLISHED, program__is_listed=True)
        if not user.is_authenticated:
            return self.filter(listed)
        return self.filter(listed | Q(pk__in=Session.objects.of_staff(user).values("pk")))

    def of_staff(self, user: "User") -> "SessionQuerySet":
        """Sessions the person is appointed to, directly or through the program."""
        appointments = user.appointments
        return self.filter(
            Q(pk__in=appointments.values("session_id")) | Q(program_id__in=appointments.values("program_id"))
        )

    def granting(self, user: "User", perm: Perm) -> "SessionQuerySet":
        """Sessions in which an appointment of the person holds the right; a subquery, nothing is fetched."""
        held = user.appointments.filter(role__in=[role.value for role, perms in GRANTS.items() if perm in perms])
        return self.filter(Q(pk__in=held.values("session_id")) | Q(program_id__in=held.values("program_id")))

    def scopes(self) -> models.QuerySet[Any]:
        """The names under which the record and the notices know these sessions: "session:12"; a subquery."""
        name = Concat(Value("session:"), Cast("pk", models.CharField()))
        return self.order_by().annotate(name_of_scope=name).values("name_of_scope")


class Session(models.Model):
    """One dated run of a program. Dates are days in program time; the `*_at` beside them what they resolve to."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        CANCELLED = "cancelled", "Cancelled"

    MOVES = {
        Status.DRAFT: {Status.PUBLISHED, Status.CANCELLED},
        Status.PUBLISHED: {Status.CANCELLED},
        Status.CANCELLED: set(),
    }

    class Order(models.TextChoices):
        STRICT = "strict", "Strict: a module opens when the work of the one before is handed in"
        CALENDAR = "calendar", "Calendar: a module opens at its instant"

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="sessions")
    version = models.ForeignKey(
        ProgramVersion, on_delete=models.PROTECT, related_name="sessions", verbose_name="program version"
    )
    slug = models.SlugField(unique=True, help_text="Part of every address, such as loa-2027.")
    label = models.CharField(
        max_length=60, help_text="What tells it from the other sessions, such as 2027 or Fall 2027."
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT, editable=False)
    order = models.CharField(max_length=12, choices=Order.choices, default=Order.CALENDAR)
    zone = models.CharField(
        "program time", max_length=64, validators=[validate_zone], help_text="The zone of all its dates and deadlines."
    )
    starts_on = models.DateField(help_text="Week 1 is the Monday-to-Sunday week that holds this day.")
    teaching_ends_on = models.DateField(help_text="The last day of teaching.")
    work_ends_on = models.DateField(help_text="The last day on which work is taken.")
    access_ends_on = models.DateField(help_text="The last day on which participants can read.")
    starts_at = models.DateTimeField(editable=False)
    work_ends_at = models.DateTimeField(editable=False)
    access_ends_at = models.DateTimeField(editable=False)
    applications_close_on = models.DateField(null=True, blank=True, help_text="Until 23:59 program time.")
    applications_close_at = models.DateTimeField(null=True, editable=False)
    apply_url = models.URLField(
        "address of the application", blank=True, validators=[URLValidator(schemes=["https", "http"])]
    )
    fee_amount = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    fee_currency = models.CharField(max_length=3, default="USD")
    fee_covers = models.CharField(max_length=300, blank=True)
    honesty = models.TextField(
        "statement of honesty",
        blank=True,
        max_length=2000,
        help_text="Whoever hands in ticks it; each paper keeps it as it stood. Empty: none is asked for.",
    )
    capacity = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: no limit.")
    # More time that participants take by themselves, as the program file says; without hours they have none.
    own_time_hours = models.PositiveSmallIntegerField(
        "hours more", null=True, blank=True, help_text="That participants take without asking. Empty: they have none."
    )
    own_time_times = models.PositiveSmallIntegerField("times for one assignment", default=1)
    own_time_until_hours = models.PositiveSmallIntegerField("taken up to so many hours after the deadline", default=24)
    own_time_share = models.DecimalField(
        "for which share of the assignments",
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.5"),
        help_text="0.5 is half of them.",
    )
    office_email = models.EmailField("the office’s address", blank=True, help_text="Empty: the program’s.")
    is_sample = models.BooleanField("dates are samples", default=False, help_text="Pages say so.")

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("teaching_ends_on"))
                & Q(teaching_ends_on__lte=F("work_ends_on"))
                & Q(work_ends_on__lte=F("access_ends_on")),
                name="session_dates_in_order",
                violation_error_message=(
                    "The dates must follow each other: start, end of teaching, end of work, end of access."
                ),
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gte=1),
                name="session_capacity_positive",
                violation_error_message="Leave the capacity empty for no limit, or write 1 or more.",
            ),
            models.CheckConstraint(
                condition=Q(fee_amount__isnull=True) | Q(fee_amount__gte=0),
                name="session_fee_not_negative",
                violation_error_message="A fee cannot be negative.",
            ),
            models.CheckConstraint(
                condition=Q(own_time_hours__isnull=True) | Q(own_time_hours__gte=1, own_time_times__gte=1),
                name="session_own_time_is_some",
                violation_error_message="Leave the hours empty where participants take none; else write 1 or more.",
            ),
            models.CheckConstraint(
                condition=Q(own_time_share__gt=0, own_time_share__lte=1),
                name="session_own_time_share",
                violation_error_message="The share is more than 0 and at most 1; half of the assignments is 0.5.",
            ),
            models.UniqueConstraint(
                fields=["program", "label"],
                name="session_label_unique",
                violation_error_message="This program already has a session of that name.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program.title} {self.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the instants true to the days they were meant as: they are never set by hand."""
        self.resolve_days()
        super().save(*args, **kwargs)

    def resolve_days(self) -> None:
        """Set `starts_at`, `work_ends_at`, `access_ends_at`, `applications_close_at` from the days and the zone."""
        self.starts_at = instant_of(self.starts_on, time(0, 0), self.zone, Side.RELEASE)
        self.work_ends_at = instant_of(self.work_ends_on, LAST_MINUTE, self.zone, Side.DEADLINE)
        self.access_ends_at = instant_of(self.access_ends_on, LAST_MINUTE, self.zone, Side.DEADLINE)
        self.applications_close_at = (
            instant_of(self.applications_close_on, LAST_MINUTE, self.zone, Side.DEADLINE)
            if self.applications_close_on
            else None
        )

    @property
    def tz(self) -> ZoneInfo:
        """Program time."""
        return ZoneInfo(self.zone)

    @property
    def short_name(self) -> str:
        """For lists of staff: "LOA 2027"."""
        return f"{self.program.code} {self.label}"

    @property
    def scope(self) -> str:
        """How audit rows and notices name this session."""
        return f"session:{self.pk}"

    @property
    def answers_to(self) -> str:
        """The address of the office that answers for this session."""
        return self.office_email or self.program.office_email

    @property
    def own_time(self) -> OwnTimeRule | None:
        """What participants may take without asking; None where they take none."""
        if self.own_time_hours is None:
            return None
        return OwnTimeRule(
            length=timedelta(hours=self.own_time_hours),
            times=self.own_time_times,
            until_after_due=timedelta(hours=self.own_time_until_hours),
            share=self.own_time_share,
        )

    def calendar(self) -> TermCalendar:
        """What "week n" means here. One query unless the breaks are prefetched."""
        return TermCalendar(
            starts_on=self.starts_on,
            zone=self.zone,
            breaks=tuple(BreakSpan(pause.name, pause.starts_on, pause.ends_on) for pause in self.breaks.all()),
        )

    def today(self, at: datetime) -> date:
        """The day it is in program time."""
        return at.astimezone(self.tz).date()

    def stage(self, at: datetime) -> Stage:
        """Upcoming, running or over; it is over when teaching has ended."""
        today = self.today(at)
        if today < self.starts_on:
            return Stage.UPCOMING
        return Stage.RUNNING if today <= self.teaching_ends_on else Stage.OVER


class Break(models.Model):
    """Whole Monday-to-Sunday weeks that are not counted as teaching weeks."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="breaks")
    name = models.CharField(max_length=60)
    starts_on = models.DateField(help_text="A Monday.")
    ends_on = models.DateField(help_text="A Sunday.")

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__iso_week_day=1) & Q(ends_on__iso_week_day=7) & Q(starts_on__lt=F("ends_on")),
                name="break_is_whole_weeks",
                violation_error_message="A break begins on a Monday and ends on a Sunday.",
            ),
            models.UniqueConstraint(
                fields=["session", "name"],
                name="break_name_unique",
                violation_error_message="This session already has a break of that name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
