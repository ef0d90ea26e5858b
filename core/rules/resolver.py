"""From what was meant to an instant. Nothing else in the product turns wall time into instants."""

from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from core.rules.calendar import TermCalendar
from core.rules.kinds import Rule
from core.zones import as_zone


class Side(Enum):
    """Which of two instants is meant when the clocks show a time twice."""

    RELEASE = "the first"
    DEADLINE = "the second"


def resolve(rule: Rule, calendar: TermCalendar, side: Side) -> datetime:
    """The instant (UTC) that the rule means in this session. Raises RuleError when it does not fit the calendar."""
    return instant_of(rule.date_in(calendar), rule.at, calendar.zone, side)


def instant_of(on: date, at: time, zone: str | ZoneInfo, side: Side) -> datetime:
    """The instant (UTC) at which the zone's clocks show this date and time.

    A time that the clocks skip is the first instant after the gap; one that they show twice is the first for a
    release (and a meeting), the second for a deadline: nobody is locked out early, nothing is withheld late.
    """
    tz = as_zone(zone)
    wall = datetime.combine(on, at.replace(tzinfo=None))
    # PEP 495: in an overlap fold 0 is the earlier instant, in a gap fold 0 is the later one.
    fold_0, fold_1 = (wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    if fold_0 > fold_1:
        return _end_of_gap(wall, tz, fold_1, fold_0)
    return fold_1 if side is Side.DEADLINE else fold_0


def _end_of_gap(wall: datetime, zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second whose clock is past the skipped time; gaps begin and end on whole seconds."""
    first, last = int(before.timestamp()), int(after.timestamp()) + 1
    while first < last:
        middle = (first + last) // 2
        if datetime.fromtimestamp(middle, zone).replace(tzinfo=None) < wall:
            first = middle + 1
        else:
            last = middle
    return datetime.fromtimestamp(first, UTC)


def add_days(instant: datetime, days: int, zone: str | ZoneInfo, side: Side = Side.DEADLINE) -> datetime:
    """The same time on the zone's clocks so many days later (a day may be 23, 24 or 25 hours long)."""
    if days == 0:
        return instant.astimezone(UTC)
    wall = instant.astimezone(as_zone(zone))
    return instant_of(wall.date() + timedelta(days=days), wall.time(), zone, side)
