"""When a person is reminded: in the morning, on their own clocks."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.rules import Side, instant_of
from core.zones import all_zones

MORNING = time(9, 0)
# The week begins earlier: its outlook is read before the work.
MONDAY_MORNING = time(8, 0)
MONDAY = 0
# Between these, at once; nobody is woken because a module opens.
DAY_BEGINS, NIGHT_BEGINS = time(7, 0), time(21, 0)
EVENING = time(20, 0)
# No night is longer than this, not even one in which the clocks change.
LONGEST_NIGHT = timedelta(hours=15)
# Within so short a time no clock changes twice.
SHORT = timedelta(days=1)
# A morning that leaves less than this comes too late to act on.
LEAST_LEFT = timedelta(hours=6)
# What changes so shortly before it happens is told by a mail of its own.
NEAR = timedelta(hours=48)


def morning_of(day: date, tz: ZoneInfo) -> datetime:
    """When the mail of that day goes: at 09:00 of the recipient's clocks, on Mondays at 08:00."""
    return instant_of(day, MONDAY_MORNING if day.weekday() == MONDAY else MORNING, tz, Side.RELEASE)


def is_near(*moments: datetime, now: datetime) -> bool:
    """Whether one of them is past or less than 48 hours away."""
    return min(moments) - now < NEAR


def reminder_time(due_at: datetime, before: timedelta, tz: ZoneInfo) -> datetime:
    """The morning of the recipient's day that is `before` ahead of the deadline, or of the day before when that leaves
    too little.

    With a deadline on Tuesday 10:29 of the recipient's clocks, "24 hours before" is Monday 08:00, and so is "6 hours
    before", because Tuesday 09:00 would leave an hour and a half.
    """
    day = (due_at - before).astimezone(tz).date()
    morning = morning_of(day, tz)
    return morning if due_at - morning >= LEAST_LEFT else morning_of(day - timedelta(days=1), tz)


def morning_before(starts_at: datetime, tz: ZoneInfo) -> datetime:
    """The morning of the recipient's day before the one on which it begins."""
    return morning_of(starts_at.astimezone(tz).date() - timedelta(days=1), tz)


def morning_after(instant: datetime, tz: ZoneInfo) -> datetime:
    """The first morning of the recipient's that comes after it."""
    day = instant.astimezone(tz).date()
    morning = morning_of(day, tz)
    return morning if morning > instant else morning_of(day + timedelta(days=1), tz)


def is_night(instant: datetime, tz: ZoneInfo) -> bool:
    """Whether people there are left alone at that moment: before seven and from nine in the evening."""
    return not DAY_BEGINS <= instant.astimezone(tz).time() < NIGHT_BEGINS


def night_ends(instant: datetime, tz: ZoneInfo) -> datetime:
    """Seven in the morning after that moment of the night."""
    wall = instant.astimezone(tz)
    day = wall.date() if wall.time() < DAY_BEGINS else wall.date() + timedelta(days=1)
    return instant_of(day, DAY_BEGINS, tz, Side.RELEASE)


def before_the_night(instant: datetime, tz: ZoneInfo, *, useless_at: datetime) -> datetime:
    """For what is planned: the instant itself by day; at night the morning after, or, where that would leave too
    little until it is useless, the last hour of the evening before."""
    if not is_night(instant, tz):
        return instant
    morning = night_ends(instant, tz)
    if useless_at - morning >= LEAST_LEFT:
        return morning
    evening = morning.astimezone(tz).date() - timedelta(days=1)
    return instant_of(evening, EVENING, tz, Side.RELEASE)


def waking_time(instant: datetime, tz: ZoneInfo) -> datetime:
    """The instant itself while the recipient's day lasts, else the morning after."""
    wall = instant.astimezone(tz)
    if DAY_BEGINS <= wall.time() < NIGHT_BEGINS:
        return instant
    day = wall.date() if wall.time() < DAY_BEGINS else wall.date() + timedelta(days=1)
    return morning_of(day, tz)


def is_morning_between(since: datetime, until: datetime, tz: ZoneInfo) -> bool:
    """Whether a morning there falls into that time (since < morning <= until)."""
    day, last = since.astimezone(tz).date(), until.astimezone(tz).date()
    while day <= last:
        if since < morning_of(day, tz) <= until:
            return True
        day += timedelta(days=1)
    return False


def zones_with_morning(since: datetime, until: datetime) -> list[str]:
    """The zones of profiles in which a morning falls into that time; empty is a zone not yet said, and reads UTC."""
    # There are six hundred, and few times of day: what is so for one clock is so for all that show the same.
    answers: dict[timedelta | None, bool] = {}
    found = []
    for name, tz in all_zones().items():
        ahead = since.astimezone(tz).utcoffset()
        if until - since > SHORT or ahead != until.astimezone(tz).utcoffset():
            has_morning = is_morning_between(since, until, tz)
        elif ahead in answers:
            has_morning = answers[ahead]
        else:
            has_morning = answers[ahead] = is_morning_between(since, until, tz)
        if has_morning:
            found.append(name)
    return [*found, ""] if "UTC" in found else found


def is_skipped(on_old_clock: datetime | None, on_new_clock: datetime | None, now: datetime) -> bool:
    """Whether a change of zone has put a moment into the past that was still ahead: nobody would send it any more."""
    return on_old_clock is not None and on_new_clock is not None and on_new_clock <= now < on_old_clock
