"""What stands in somebody's calendar: their own deadlines, what opens, meetings, coaching. Only what may be seen.

Instants come from where every page asks them: the person's own window, `modules.opening`, the meeting's row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db.models import F, Q
from django.urls import reverse

from accounts.models import User
from assignments.models import Assignment
from assignments.notices.pairs import pairs_of
from assignments.notices.reminders import is_to_be_handed_in
from coaching.models import Booking
from cohorts.models import Enrollment, Meeting
from cohorts.models.enrollment import EnrollmentQuerySet
from modules.models import Module
from modules.opening import Standing
from programs.models import Session


@dataclass(frozen=True, kw_only=True)
class CalendarEvent:
    """One entry. It bears titles and instants, never the name of another person, a text, or a meeting's link."""

    # Stays the same however often it is moved; with the site's name it is the entry's UID.
    key: str
    title: str
    starts_at: datetime
    # None: an instant, such as a deadline.
    ends_at: datetime | None = None
    # Of a deadline: until when it is taken late.
    closes_at: datetime | None = None
    # Rises with each change of its time or status.
    sequence: int
    session: Session
    path: str
    is_cancelled: bool = False

    @property
    def is_over_at(self) -> datetime:
        """After which it is past."""
        return self.ends_at or self.starts_at


def events_of(user: User, at: datetime) -> list[CalendarEvent]:
    """Everything, the earliest first. Four queries, in however many sessions the person is.

    A session that was cancelled shows its entries as cancelled, so that calendars take them out.
    """
    places = Enrollment.objects.reading(at).filter(user=user)
    found = chain(openings(places, at), deadlines(places, at), meetings(user, at), coaching(user, places, at))
    return sorted(found, key=lambda event: (event.starts_at, event.key))


def deadlines(places: EnrollmentQuerySet, at: datetime) -> Iterator[CalendarEvent]:
    """Of work that is open for the person or was handed in by them; an observer has none. One query."""
    participants = places.filter(kind=Enrollment.Kind.PARTICIPANT)
    for work in pairs_of(participants, Assignment.objects.all(), at).with_moves_for(F("whose")):
        if not (work.is_theirs or work.own_handed_in_at):
            continue
        yield _event(
            work.session,
            key=f"deadline-{work.pk}-{work.whose}",
            title=f"Due: {work.item.title}" if is_to_be_handed_in(work) else f"Handed in: {work.item.title}",
            starts_at=work.own_due_at,
            closes_at=work.own_closes_at if work.own_closes_at > work.own_due_at else None,
            sequence=work.own_times_moved,
            path=work.get_absolute_url(),
        )


def openings(places: EnrollmentQuerySet, at: datetime) -> Iterator[CalendarEvent]:
    """Of modules that are open, or open at their instant; what waits for work or preparation has no time. One query."""
    for module in Module.objects.for_each_of(places).select_related("session__program").defer("introduction"):
        standing = module.standing_at(at)
        if standing not in (Standing.OPEN, Standing.LATER) or module.opens_at is None:
            continue
        yield _event(
            module.session,
            key=f"module-{module.pk}-{module.whose}",
            title=f"{module} opens",
            starts_at=module.opens_at,
            # Opened ahead of its instant, or after it by handing in: once each.
            sequence=module.times_moved + (module.opens_at != module.releases_at),
            # The page of a closed module does not exist yet; that of all modules says when it opens.
            path=module.get_absolute_url()
            if standing is Standing.OPEN
            else reverse("dashboards:module-list", args=[module.session.slug]),
        )


def meetings(user: User, at: datetime) -> Iterator[CalendarEvent]:
    """Those the person goes to, the cancelled ones as such. One query."""
    for meeting in Meeting.objects.attended_by(user, at).select_related("session__program"):
        yield _event(
            meeting.session,
            key=f"meeting-{meeting.pk}",
            title=meeting.title,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            sequence=meeting.sequence,
            path=reverse("cohorts:meeting-list", args=[meeting.session.slug]),
            is_cancelled=meeting.status == Meeting.Status.CANCELLED,
        )


def coaching(user: User, places: EnrollmentQuerySet, at: datetime) -> Iterator[CalendarEvent]:
    """Hours that the person has booked, or that somebody has booked with them; not with whom. One query."""
    theirs = Q(enrollment__in=places) | Q(slot__coach=user)
    booked = Booking.objects.filter(theirs, slot__session__access_ends_at__gt=at)
    for booking in booked.select_related("slot__session__program"):
        yield _event(
            booking.slot.session,
            key=f"coaching-{booking.pk}",
            title="Coaching",
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            sequence=int(booking.cancelled_at is not None),
            path=reverse("coaching:slot-list", args=[booking.slot.session.slug]),
            is_cancelled=booking.cancelled_at is not None,
        )


def _event(session: Session, *, sequence: int, is_cancelled: bool = False, **said: object) -> CalendarEvent:
    """A session that was cancelled cancels what is in it, and that is a change too."""
    is_off = session.status == Session.Status.CANCELLED
    return CalendarEvent(
        session=session,
        sequence=sequence + is_off,
        is_cancelled=is_cancelled or is_off,
        **said,  # type: ignore[arg-type]
    )
