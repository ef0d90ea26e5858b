from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction

from accounts.models import User
from audit.services import record
from coaching import notices
from coaching.models import Booking, Slot
from cohorts.models import Enrollment
from notifications import outbox
from programs.models import Session

# Each participant may hold so many coaching hours ahead, so that everybody finds one.
MOST_AHEAD = 2


class SlotTaken(Exception):
    """Somebody else was quicker."""

    def __init__(self) -> None:
        super().__init__("Somebody has just taken this time. Choose another one.")


class SlotGone(Exception):
    """The hour has begun or was withdrawn."""

    def __init__(self) -> None:
        super().__init__("This time is no longer offered. Choose another one.")


class EnoughBooked(Exception):
    """The participant holds as many as one may."""

    def __init__(self) -> None:
        super().__init__(f"You have {MOST_AHEAD} coaching hours ahead already; cancel one to take another.")


class DoubleBooked(Exception):
    """The coach or the participant is elsewhere at that time."""


class SlotInThePast(Exception):
    """Coaching is offered for a time to come."""

    def __init__(self) -> None:
        super().__init__("That time has already passed; choose a later one.")


@transaction.atomic
def offer_slots(
    *,
    session: Session,
    coach: User,
    on_date: date,
    at_time: time,
    minutes: int = 30,
    times: int = 1,
    link: str = "",
    now: datetime,
) -> list[Slot]:
    """Offer one coaching hour or several in a row, all or none. Raises SlotInThePast, DoubleBooked."""
    slots = []
    start = datetime.combine(on_date, at_time)
    for number in range(times):
        wall = start + timedelta(minutes=minutes * number)
        slot = Slot(session=session, coach=coach, on_date=wall.date(), at_time=wall.time(), minutes=minutes, link=link)
        try:
            with transaction.atomic():
                slot.save()
        except IntegrityError as overlap:
            raise DoubleBooked("At that time you offer another coaching hour already.") from overlap
        if slot.starts_at <= now:
            raise SlotInThePast
        slots.append(slot)
    record(
        actor=coach,
        verb="offered coaching",
        on=slots[0],
        after={"starts_at": slots[0].starts_at, "minutes": minutes, "times": times},
        scope=session.scope,
        now=now,
    )
    return slots


@transaction.atomic
def book_slot(*, slot: Slot, enrollment: Enrollment, about: str = "", now: datetime) -> Booking:
    """Take a coaching hour and tell the coach. Doing it twice is one booking. Locks the slot's and the place's rows.

    Raises SlotGone, SlotTaken, EnoughBooked, DoubleBooked.
    """
    Enrollment.objects.select_for_update(of=("self",), no_key=True).get(pk=enrollment.pk)
    locked = Slot.objects.select_for_update(of=("self",)).select_related("session").get(pk=slot.pk)
    held = locked.bookings.filter(cancelled_at__isnull=True).first()
    if held is not None and held.enrollment_id == enrollment.pk:
        return held
    if locked.starts_at <= now or locked.withdrawn_at is not None:
        raise SlotGone
    if held is not None:
        raise SlotTaken
    ahead = enrollment.bookings.filter(cancelled_at__isnull=True, starts_at__gt=now)
    if ahead.count() >= MOST_AHEAD:
        raise EnoughBooked
    try:
        with transaction.atomic():
            booking = Booking.objects.create(
                slot=locked,
                enrollment=enrollment,
                starts_at=locked.starts_at,
                ends_at=locked.ends_at,
                about=about,
                booked_at=now,
            )
    except IntegrityError as overlap:
        raise DoubleBooked("You have another coaching hour at that time.") from overlap
    record(
        actor=enrollment.user,
        verb="booked coaching",
        on=booking,
        after={"starts_at": booking.starts_at, "coach": locked.coach.email},
        scope=locked.session.scope,
        now=now,
    )
    outbox.enqueue(notices.booking_made(booking, now=now), now=now)
    return booking


@transaction.atomic
def cancel_booking(*, booking: Booking, actor: User, now: datetime) -> Booking:
    """Give a coaching hour back and tell the other one; it can be taken again. Raises SlotGone once it has begun."""
    if booking.starts_at <= now:
        raise SlotGone
    changed = Booking.objects.filter(pk=booking.pk, cancelled_at__isnull=True).update(
        cancelled_at=now, cancelled_by=actor
    )
    if not changed:
        return booking
    booking.cancelled_at, booking.cancelled_by = now, actor
    record(
        actor=actor,
        verb="cancelled coaching",
        on=booking,
        before={"starts_at": booking.starts_at},
        scope=booking.slot.session.scope,
        now=now,
    )
    outbox.enqueue(notices.booking_cancelled(booking, now=now), now=now)
    return booking


@transaction.atomic
def withdraw_slot(*, slot: Slot, actor: User, now: datetime) -> Slot:
    """Take back an offer; whoever had booked it is told. Raises SlotGone once it has begun."""
    locked = Slot.objects.select_for_update(of=("self",)).select_related("session").get(pk=slot.pk)
    if locked.starts_at <= now:
        raise SlotGone
    if locked.withdrawn_at is not None:
        return locked
    for booking in locked.bookings.filter(cancelled_at__isnull=True).select_related("enrollment__user"):
        cancel_booking(booking=booking, actor=actor, now=now)
    locked.withdrawn_at = now
    locked.save(update_fields=["withdrawn_at"])
    record(
        actor=actor,
        verb="took back the offer of coaching",
        on=locked,
        before={"starts_at": locked.starts_at},
        scope=locked.session.scope,
        now=now,
    )
    return locked
