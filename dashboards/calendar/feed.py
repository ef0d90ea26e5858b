"""Writes calendar entries as iCalendar (RFC 5545), for programs that fetch them again and again."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from icalendar import Calendar, Event

from accounts.models import User
from core.moments import say_moment
from dashboards.calendar.events import CalendarEvent

# How often a calendar program may ask; most go by what they think right.
ASK_AGAIN_AFTER = timedelta(hours=1)


def write_feed(events: Sequence[CalendarEvent], *, user: User, now: datetime) -> bytes:
    """The whole calendar. Instants are UTC, so that no program needs to know a zone; the words say them by the
    person's clock and by the program's."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_HOST}//{settings.SITE_NAME}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", settings.SITE_NAME)
    calendar.add("x-wr-calname", settings.SITE_NAME)
    calendar.add("refresh-interval", ASK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for event in events:
        calendar.add_component(write_event(event, user=user, now=now))
    return calendar.to_ical()


def write_event(event: CalendarEvent, *, user: User, now: datetime) -> Event:
    """One entry. Its stamp is the moment at which it is asked for; `tag_of` leaves it out."""
    entry = Event()
    entry.add("uid", f"{event.key}@{settings.SITE_HOST}")
    entry.add("dtstamp", now.astimezone(UTC))
    entry.add("sequence", event.sequence)
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    if event.ends_at is not None:
        entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("summary", event.title)
    entry.add("description", describe_event(event, user, now))
    entry.add("url", f"{settings.SITE_URL}{event.path}")
    entry.add("class", "PRIVATE")
    # Nobody is busy at the instant of a deadline.
    entry.add("transp", "OPAQUE" if event.ends_at and not event.is_cancelled else "TRANSPARENT")
    entry.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    return entry


def describe_event(event: CalendarEvent, user: User, now: datetime) -> str:
    """The session and the instants in words, as the page says them."""
    zone, program_zone = user.zone or event.session.zone, event.session.zone
    lines = [str(event.session), say_moment(event.starts_at, zone, program_zone, now=now)]
    if event.closes_at is not None:
        lines.append(f"Taken, marked late, until {say_moment(event.closes_at, zone, program_zone, now=now)}")
    return "\n".join(lines)


def tag_of(feed: bytes) -> str:
    """The weak ETag of a feed: the same as long as it tells the same, whenever it is asked for."""
    told = b"\n".join(line for line in feed.splitlines() if not line.startswith(b"DTSTAMP:"))
    return f'W/"{hashlib.sha256(told).hexdigest()[:32]}"'
