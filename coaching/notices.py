"""What coach and participant are told about their coaching hours."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from coaching.models import Booking
from notifications.hours import is_near, morning_before
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Span, Wanted, instant_key, register
from notifications.models import Lane, Notice

# Nobody lives further than this from UTC, so a reminder's morning lies within so much of the hour.
FARTHEST_MORNING = timedelta(days=2, hours=14)


def booking_made(booking: Booking, *, now: datetime) -> NoticeRequest:
    """To the coach: somebody comes; by itself when it is near."""
    return MADE.to(
        booking.slot.coach_id,
        on=booking,
        scope=booking.slot.session.scope,
        expires_at=booking.starts_at,
        alone=is_near(booking.starts_at, now=now),
    )


def booking_cancelled(booking: Booking, *, now: datetime) -> NoticeRequest:
    """To the other one of the two; by itself when it is near."""
    by_coach = booking.cancelled_by_id == booking.slot.coach_id
    told = booking.enrollment.user_id if by_coach else booking.slot.coach_id
    return CANCELLED.to(
        told,
        on=booking,
        scope=booking.slot.session.scope,
        expires_at=booking.starts_at,
        alone=is_near(booking.starts_at, now=now),
    )


def coaching_tomorrow(span: Span) -> Iterator[NoticeRequest]:
    """At nine in the morning of each one's own day before."""
    ahead = Booking.objects.filter(
        cancelled_at__isnull=True, starts_at__gt=span.since, starts_at__lte=span.until + FARTHEST_MORNING
    ).select_related("slot__coach", "slot__session", "enrollment__user")
    for booking in ahead:
        for person in (booking.enrollment.user, booking.slot.coach):
            send_at = morning_before(booking.starts_at, person.tz)
            if send_at in span:
                yield TOMORROW.to(
                    person,
                    on=booking,
                    occurrence=booking.starts_at,
                    scope=booking.slot.session.scope,
                    send_at=send_at,
                    expires_at=booking.starts_at,
                )


def still_booked(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While it takes place."""
    bookings = Booking.objects.in_bulk({notice.object_id for notice in notices})
    answers: dict[int, Wanted] = {}
    for notice in notices:
        booking = bookings.get(notice.object_id)
        if booking is None:
            continue
        if booking.cancelled_at is not None:
            answers[notice.pk] = "it was cancelled"
        elif notice.occurrence and notice.occurrence != instant_key(booking.starts_at):
            answers[notice.pk] = "it was moved"
        else:
            answers[notice.pk] = True
    return answers


def describe_bookings(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """With whom, when, where; to each the other's name and address for answers."""
    bookings = Booking.objects.select_related("slot__coach", "slot__session__program", "enrollment__user").in_bulk(
        {notice.object_id for notice in notices}
    )
    described = {}
    for notice in notices:
        booking = bookings.get(notice.object_id)
        if booking is None:
            continue
        slot = booking.slot
        is_coach = notice.recipient_id == slot.coach_id
        other = booking.enrollment.user if is_coach else slot.coach
        described[notice.pk] = Described(
            context={
                "other": str(other),
                "is_coach": is_coach,
                "about": booking.about,
                "starts_at": booking.starts_at,
                "minutes": slot.minutes,
                "link": slot.link,
                "session": str(slot.session),
                "program_zone": slot.session.zone,
            },
            path=f"/s/{slot.session.slug}/coaching/",
            # A participant's address is not given away by a mail: the coach answers through the office.
            reply_to=slot.session.answers_to if is_coach else slot.coach.email,
        )
    return described


WHY = "you have coaching in {{ session }}"
MADE = register(
    Kind(
        key="coaching.booking_made",
        name="Coaching hours that are booked",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.STAFF,
        subject="{{ other }} comes to coaching {% when starts_at %}",
        why="you offer coaching in {{ session }}",
        still_wanted=still_booked,
        describe=describe_bookings,
    )
)
CANCELLED = register(
    Kind(
        key="coaching.booking_cancelled",
        name="Coaching hours that do not take place",
        lane=Lane.REMINDER,
        is_optional=False,
        subject="Coaching {% when starts_at %} does not take place",
        why=WHY,
        describe=describe_bookings,
    )
)
TOMORROW = register(
    Kind(
        key="coaching.coaching_tomorrow",
        name="Reminders of coaching",
        lane=Lane.REMINDER,
        is_optional=True,
        subject="Coaching with {{ other }}: {% when starts_at %}",
        why=WHY,
        candidates=coaching_tomorrow,
        still_wanted=still_booked,
        describe=describe_bookings,
    )
)
