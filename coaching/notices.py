"""What coach and participant are told about their coaching hours."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.roles import Perm, roles_with
from coaching.models import Booking
from cohorts.models import Enrollment
from notifications.hours import is_near, is_skipped, morning_before
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Span, Wanted, instant_key, register
from notifications.models import Lane, Notice
from programs.models import Session

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
    """At nine in the morning of each one's own day before. One query, none while it is nobody's morning."""
    if not span.zones:
        return
    theirs = Q(enrollment__user__zone__in=span.zones) | Q(slot__coach__zone__in=span.zones)
    for booking in bookings_ahead(span.since, span.until).filter(theirs):
        for person in (booking.enrollment.user, booking.slot.coach):
            send_at = morning_before(booking.starts_at, person.tz)
            if send_at in span:
                yield coaching_reminder(booking, person, send_at)


def skipped_coaching(user: User, was: ZoneInfo, now: datetime) -> Iterator[NoticeRequest]:
    """After the person has taken another zone: what was to come on the old clock and is past on the new, to go now."""
    theirs = Q(enrollment__user=user) | Q(slot__coach=user)
    for booking in bookings_ahead(now, now).filter(theirs):
        on_old_clock, on_new_clock = (morning_before(booking.starts_at, tz) for tz in (was, user.tz))
        if is_skipped(on_old_clock, on_new_clock, now):
            yield coaching_reminder(booking, user, now)


def bookings_ahead(since: datetime, until: datetime) -> QuerySet[Booking]:
    """Those of which somebody may be reminded in that time."""
    return taking_place(since).filter(starts_at__gt=since, starts_at__lte=until + FARTHEST_MORNING)


def taking_place(at: datetime) -> QuerySet[Booking]:
    """Not given back, in a session that was not cancelled, by somebody who still takes part."""
    return Booking.objects.filter(
        cancelled_at__isnull=True,
        enrollment__in=Enrollment.objects.reading(at),
        slot__session__status=Session.Status.PUBLISHED,
    ).select_related("slot__coach", "slot__session", "enrollment__user")


def coaching_reminder(booking: Booking, person: User, send_at: datetime) -> NoticeRequest:
    """That it is near."""
    return TOMORROW.to(
        person,
        on=booking,
        occurrence=booking.starts_at,
        scope=booking.slot.session.scope,
        send_at=send_at,
        expires_at=booking.starts_at,
    )


def still_booked(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While it takes place. Two queries."""
    bookings = Booking.objects.in_bulk({notice.object_id for notice in notices})
    standing = set(taking_place(now).filter(pk__in=bookings).values_list("pk", flat=True))
    answers: dict[int, Wanted] = {}
    for notice in notices:
        booking = bookings.get(notice.object_id)
        if booking is None:
            continue
        if booking.cancelled_at is not None:
            answers[notice.pk] = "it was cancelled"
        elif notice.occurrence and notice.occurrence != instant_key(booking.starts_at):
            answers[notice.pk] = "it was moved"
        elif booking.pk not in standing:
            answers[notice.pk] = "the person who booked it takes part no longer"
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
            # Whom somebody takes counsel with, and about what.
            is_confidential=True,
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
        roles=roles_with(Perm.COACH),
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
