from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.roles import Perm
from cohorts.models import Enrollment, Section
from notifications.models import Notice
from programs.models import Session

if TYPE_CHECKING:
    from accounts.models import User

# So long it stands on the pages where people begin; later it is found under “Announcements”.
NEWS_LASTS = timedelta(days=7)
# The sender may have it in hand from here on.
LAST_CALL = timedelta(minutes=1)
LONGEST_TEXT = 10_000


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    """Announcements as their readers and their writers ask for them."""

    def visible_to(self, user: "User", at: datetime) -> "AnnouncementQuerySet":
        """What went out to the person, to a section they lead, or to a session they are staff of; one's own always.

        Whoever writes to the whole session sees beforehand what goes out to it and to its sections. What was written to
        one person is for the two of them.
        """
        # No joins: what goes to all would meet each fellow of its session.
        places, led = Enrollment.objects.reading(at).filter(user=user), user.fellowships
        to_all = Q(section=None, enrollment=None)
        to_them = (
            Q(enrollment__in=places.values("pk"))
            | Q(section__in=places.values("section"))
            | to_all & Q(session__in=places.values("session"))
            | Q(section__in=led.values("section"))
            | to_all & Q(session__in=led.values("section__session"))
            | to_all & Q(session__in=Session.objects.of_staff(user))
            | Q(enrollment=None, session__in=Session.objects.granting(user, Perm.VIEW_PEOPLE))
        )
        beforehand = Q(
            enrollment=None,
            status=Announcement.Status.READY,
            session__in=Session.objects.granting(user, Perm.ANNOUNCE_TO_SESSION),
        )
        return self.filter(Q(author=user) | beforehand | gone_out(at) & to_them)

    def of_place(self, enrollment: Enrollment, at: datetime) -> "AnnouncementQuerySet":
        """What `visible_to` shows of one session to whoever holds this place in it and is no staff."""
        mine = Q(enrollment=enrollment.pk) | Q(section=None, enrollment=None)
        if enrollment.section_id is not None:
            mine |= Q(section=enrollment.section_id)
        return self.filter(gone_out(at) & mine, session=enrollment.session_id)

    def sent(self, at: datetime) -> "AnnouncementQuerySet":
        """Those that have gone out."""
        return self.filter(gone_out(at))

    def new(self, at: datetime, *, reader: "User") -> "AnnouncementQuerySet":
        """Those that went out within the last week, the newest first, with what a line says of them; `is_read` where
        this person has opened it."""
        opened = Notice.objects.filter(
            recipient=reader,
            object_type=Announcement._meta.label_lower,
            object_id=OuterRef("pk"),
            read_at__isnull=False,
        )
        newest = self.filter(gone_out(at), send_at__gt=at - NEWS_LASTS).order_by("-send_at", "-pk")
        return newest.select_related("author", "section").annotate(is_read=Exists(opened))


def gone_out(at: datetime) -> Q:
    """Sent, by its state and the moment: nothing has to be done for it."""
    return Q(status=Announcement.Status.READY, send_at__lte=at)


class Announcement(models.Model):
    """What one of the staff tells a session, a section or one person, once.

    That it has gone out is computed: ready, and its time has come. From then on it never changes; a trigger refuses it.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        READY = "ready", "Goes out at its time"
        CALLED_OFF = "called_off", "Called off"

    MOVES = {
        Status.DRAFT: {Status.READY, Status.CALLED_OFF},
        # Only before its time: services.announcements asks.
        Status.READY: {Status.DRAFT, Status.CALLED_OFF},
        Status.CALLED_OFF: set(),
    }

    class Clock(models.TextChoices):
        PROGRAM = "program", "Program time"
        OWN = "own", "My own time"

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="announcements")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="announcements")
    # Neither: the whole session. A foreign key of two columns (migration 0002) keeps the section in the session.
    section = models.ForeignKey(Section, on_delete=models.PROTECT, null=True, related_name="announcements")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, null=True, related_name="announcements")
    title = models.CharField(max_length=150)
    text = models.TextField(max_length=LONGEST_TEXT)
    is_urgent = models.BooleanField(default=False)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT, editable=False)
    # As it was meant: a day and a time on the clocks of that zone; none of them: as soon as it is confirmed.
    on_date = models.DateField(null=True)
    at_time = models.TimeField(null=True)
    clock = models.CharField(max_length=8, choices=Clock, default=Clock.PROGRAM)
    zone = models.CharField(max_length=64, blank=True)
    # What it resolves to, from the moment on at which it is confirmed.
    send_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)
    key = models.UUIDField()
    saved_at = models.DateTimeField()
    called_off_at = models.DateTimeField(null=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-send_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "key"],
                name="announcement_once",
                violation_error_message="This announcement is kept already.",
            ),
            models.CheckConstraint(
                condition=Q(section=None) | Q(enrollment=None),
                name="announcement_to_a_section_or_a_person",
                violation_error_message="It goes to the session, to a section or to one person.",
            ),
            models.CheckConstraint(
                condition=Q(status="ready", send_at__isnull=False) | (~Q(status="ready") & Q(send_at=None)),
                name="announcement_ready_has_its_time",
                violation_error_message="What is to go out has its time, and nothing else has.",
            ),
            models.CheckConstraint(
                condition=Q(on_date=None, at_time=None) | Q(on_date__isnull=False, at_time__isnull=False) & ~Q(zone=""),
                name="announcement_time_is_whole",
                violation_error_message="A time is a day, an hour and the clock that they stand on.",
            ),
            models.CheckConstraint(
                condition=Q(status="called_off", called_off_at__isnull=False)
                | (~Q(status="called_off") & Q(called_off_at=None)),
                name="announcement_called_off_says_when",
                violation_error_message="What was called off says when.",
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(text=""),
                name="announcement_says_something",
                violation_error_message="An announcement has a title and a text.",
            ),
        ]
        indexes = [
            models.Index(fields=["session", "-send_at"], name="announcement_of_session"),
            models.Index(fields=["send_at"], condition=Q(status="ready"), name="announcement_ready"),
        ]

    def __str__(self) -> str:
        return self.title

    def is_sent(self, at: datetime) -> bool:
        """Whether it has gone out."""
        return self.send_at is not None and self.send_at <= at

    def can_change(self, at: datetime) -> bool:
        """Whether it may still be changed and called off: until a minute before it goes out."""
        if self.status == self.Status.CALLED_OFF:
            return False
        return self.send_at is None or self.send_at - LAST_CALL > at

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_called_off(self) -> bool:
        return self.status == self.Status.CALLED_OFF

    @property
    def goes_at_a_time(self) -> bool:
        """Whether a day and an hour were chosen for it."""
        return self.on_date is not None

    @property
    def corrected(self) -> "Announcement | None":
        """What it corrects, to be named to its readers: not what was told to one person or a section alone, when this
        goes to others. Asks for it, unless it is at hand."""
        one = self.corrects
        if one is None:
            return None
        was_for_all = one.section_id is None and one.enrollment_id is None
        is_for_the_same = (one.section_id, one.enrollment_id) == (self.section_id, self.enrollment_id)
        return one if was_for_all or is_for_the_same else None

    @property
    def audience(self) -> str:
        """Whom it is for, in words; asks for the section, or the person's place, unless they are at hand."""
        if self.section_id is not None:
            return str(self.section)
        if self.enrollment_id is not None:
            assert self.enrollment is not None  # noqa: S101 - for the checker
            return str(self.enrollment.user)
        return "Everybody"

    @property
    def audience_in_a_line(self) -> str:
        """The same after “to”."""
        return self.audience if self.section_id or self.enrollment_id else "everybody"
