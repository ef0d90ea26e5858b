"""When a person is reminded: at nine in the morning, on their own clocks."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.rules import Side, instant_of

MORNING = time(9, 0)
# Between these, at once; nobody is woken because a module opens.
DAY_BEGINS, NIGHT_BEGINS = time(7, 0), time(21, 0)
# No night is longer than this, not even one in which the clocks change.
LONGEST_NIGHT = timedelta(hours=15)
# A morning that leaves less than this comes too late to act on.
LEAST_LEFT = timedelta(hours=6)


def reminder_time(due_at: datetime, before: timedelta, tz: ZoneInfo) -> datetime:
    """09:00 of the recipient's day that is `before` ahead of the deadline; the day before when that leaves too little.

    With a deadline on Monday 10:29 of the recipient's clocks, "24 hours before" is Sunday 09:00, and so is "6 hours
    before", because Monday 09:00 would leave an hour and a half.
    """
    day = (due_at - before).astimezone(tz).date()
    morning = instant_of(day, MORNING, tz, Side.RELEASE)
    if due_at - morning < LEAST_LEFT:
        return instant_of(day - timedelta(days=1), MORNING, tz, Side.RELEASE)
    return morning


def morning_before(starts_at: datetime, tz: ZoneInfo) -> datetime:
    """09:00 of the recipient's day before the one on which it begins."""
    return instant_of(starts_at.astimezone(tz).date() - timedelta(days=1), MORNING, tz, Side.RELEASE)


def waking_time(instant: datetime, tz: ZoneInfo) -> datetime:
    """The instant itself while the recipient's day lasts, else 09:00 of the morning after."""
    wall = instant.astimezone(tz)
    if DAY_BEGINS <= wall.time() < NIGHT_BEGINS:
        return instant
    day = wall.date() if wall.time() < DAY_BEGINS else wall.date() + timedelta(days=1)
    return instant_of(day, MORNING, tz, Side.RELEASE)


def is_morning_between(since: datetime, until: datetime, zone: str) -> bool:
    """Whether it becomes nine in the morning there (since < 09:00 <= until): who need not be looked at, need not be."""
    tz = ZoneInfo(zone)
    day, last = since.astimezone(tz).date(), until.astimezone(tz).date()
    while day <= last:
        if since < instant_of(day, MORNING, tz, Side.RELEASE) <= until:
            return True
        day += timedelta(days=1)
    return False


def is_skipped(on_old_clock: datetime | None, on_new_clock: datetime | None, now: datetime) -> bool:
    """Whether a change of zone has put a moment into the past that was still ahead: nobody would send it any more."""
    return on_old_clock is not None and on_new_clock is not None and on_new_clock <= now < on_old_clock
