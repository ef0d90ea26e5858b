"""From wall time to instants, in every zone of the IANA database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules import Side, TermCalendar, WallRule, Weekday, add_days, instant_of, parse_rule, resolve
from core.zones import zone_names

ZONES = sorted(zone_names())
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

zones = st.sampled_from(ZONES)
walls = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0))
sides = st.sampled_from(Side)


def clock_changes(zone, first, last):
    """(instant, offset before, offset after) of each change, found by looking and not by asking the resolver."""
    tz = ZoneInfo(zone)
    offset_at = lambda instant: instant.astimezone(tz).utcoffset()  # noqa: E731
    instant, offset = first, offset_at(first)
    while instant < last:
        following = offset_at(instant + DAY)
        if following != offset:
            low, high = instant, instant + DAY
            while high - low > SECOND:
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset_at(middle) == offset else (low, middle)
            yield high.replace(microsecond=0), offset, following
        instant, offset = instant + DAY, following


def at(wall, zone, side):
    return instant_of(wall.date(), wall.time(), zone, side)


def naive(instant, offset):
    return (instant + offset).replace(tzinfo=None)


def spread(first, last):
    return first, first + (last - first) / 2, last - timedelta(minutes=1)


def test_at_every_clock_change_gaps_end_and_overlaps_have_two_sides():
    gaps = overlaps = 0
    for zone in ZONES:
        for change, before, after in clock_changes(
            zone, datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
        ):
            if after > before:
                gaps += 1
                for wall in spread(naive(change, before), naive(change, after)):
                    assert at(wall, zone, Side.RELEASE) == at(wall, zone, Side.DEADLINE) == change, (zone, wall)
            else:
                overlaps += 1
                for wall in spread(naive(change, after), naive(change, before)):
                    assert at(wall, zone, Side.RELEASE) == wall.replace(tzinfo=UTC) - before, (zone, wall)
                    assert at(wall, zone, Side.DEADLINE) == wall.replace(tzinfo=UTC) - after, (zone, wall)
    assert gaps > 300
    assert overlaps > 300


@settings(max_examples=300)
@given(zones, walls)
def test_the_clock_shows_what_was_meant_unless_it_skips_it(zone, wall):
    first, second = at(wall, zone, Side.RELEASE), at(wall, zone, Side.DEADLINE)

    shown = {instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for instant in (first, second)}

    assert first <= second
    assert first.tzinfo is UTC
    if shown != {wall}:
        assert first == second
        assert min(shown) > wall
        assert naive(first - SECOND, (first - SECOND).astimezone(ZoneInfo(zone)).utcoffset()) < wall


@settings(max_examples=200)
@given(zones, sides, st.dates(date(2000, 1, 1), date(2099, 1, 1)), st.sampled_from(Weekday), st.times())
def test_weeks_follow_each_other_by_seven_days_on_the_clock(zone, side, starts_on, weekday, minute):
    calendar = TermCalendar(starts_on, zone)
    minute = minute.replace(second=0, microsecond=0)

    instants = [resolve(WallRule(week=n, weekday=weekday, at=minute), calendar, side) for n in range(1, 31)]

    assert instants == sorted(set(instants))
    for n, instant in enumerate(instants):
        wall = datetime.combine(calendar.monday_of(1) + timedelta(days=7 * n + weekday), minute)
        shown = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert shown == wall or at(wall, zone, Side.RELEASE) == at(wall, zone, Side.DEADLINE) == instant


@settings(max_examples=200)
@given(zones, walls, st.integers(0, 60))
def test_days_are_added_on_the_clock(zone, wall, days):
    start = at(wall, zone, Side.DEADLINE)
    wall = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    assert add_days(start, days, zone) == at(wall + timedelta(days=days), zone, Side.DEADLINE)


def test_a_week_is_seven_days_and_not_168_hours():
    before, after = (
        resolve(
            parse_rule(f"week {n}, Sunday, 23:59"), TermCalendar(date(2027, 2, 1), "America/New_York"), Side.DEADLINE
        )
        for n in (5, 6)
    )

    assert after - before == timedelta(days=7) - timedelta(hours=1)
    assert add_days(before, 7, "America/New_York") == after


def test_no_days_later_is_the_same_instant_even_in_the_hour_that_comes_twice():
    first = at(datetime(2027, 11, 7, 1, 30), "America/New_York", Side.RELEASE)

    assert add_days(first, 0, "America/New_York") == first


@pytest.mark.parametrize(
    ("zone", "wall", "side", "instant"),
    [
        # 02:00 to 03:00 is skipped: the first instant after the gap is 03:00 of the summer clock.
        ("America/New_York", datetime(2027, 3, 14, 2, 30), Side.RELEASE, datetime(2027, 3, 14, 7)),
        ("America/New_York", datetime(2027, 3, 14, 2, 30), Side.DEADLINE, datetime(2027, 3, 14, 7)),
        ("America/New_York", datetime(2027, 3, 14, 3, 0), Side.DEADLINE, datetime(2027, 3, 14, 7)),
        ("America/New_York", datetime(2027, 11, 7, 1, 30), Side.RELEASE, datetime(2027, 11, 7, 5, 30)),
        ("America/New_York", datetime(2027, 11, 7, 1, 30), Side.DEADLINE, datetime(2027, 11, 7, 6, 30)),
        # Half an hour only.
        ("Australia/Lord_Howe", datetime(2027, 4, 4, 1, 45), Side.RELEASE, datetime(2027, 4, 3, 14, 45)),
        ("Australia/Lord_Howe", datetime(2027, 4, 4, 1, 45), Side.DEADLINE, datetime(2027, 4, 3, 15, 15)),
        ("Australia/Lord_Howe", datetime(2027, 10, 3, 2, 15), Side.DEADLINE, datetime(2027, 10, 2, 15, 30)),
        # The clocks change at midnight.
        ("Africa/Cairo", datetime(2027, 4, 30, 0, 30), Side.RELEASE, datetime(2027, 4, 29, 22)),
        # A whole day that never was.
        ("Pacific/Apia", datetime(2011, 12, 30, 12, 0), Side.DEADLINE, datetime(2011, 12, 30, 10)),
    ],
)
def test_well_known_clock_changes(zone, wall, side, instant):
    assert at(wall, zone, side) == instant.replace(tzinfo=UTC)


def test_a_rule_in_the_skipped_hour_resolves_and_does_not_fail():
    calendar = TermCalendar(date(2027, 3, 8), "America/New_York")

    assert resolve(parse_rule("week 1, Sunday, 02:30"), calendar, Side.RELEASE) == datetime(2027, 3, 14, 7, tzinfo=UTC)


@pytest.mark.parametrize("minute", [time(0, 0), time(23, 59)])
def test_utc_needs_no_care(minute):
    assert instant_of(date(2027, 3, 14), minute, "UTC", Side.DEADLINE) == datetime.combine(
        date(2027, 3, 14), minute, UTC
    )
