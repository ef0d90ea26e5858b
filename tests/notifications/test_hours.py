from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.zones import all_zones
from notifications.hours import LEAST_LEFT, is_morning_between, is_near, reminder_time, zones_with_morning

NEW_YORK = ZoneInfo("America/New_York")
KOLKATA = ZoneInfo("Asia/Kolkata")


def at(text, zone=NEW_YORK):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("due", "hours", "zone", "expected"),
    [
        # Sunday 14 March 2027, 23:59 New York: its clocks went forward in the night before.
        ("2027-03-14 23:59", 72, "America/New_York", "2027-03-11 09:00"),
        ("2027-03-14 23:59", 24, "America/New_York", "2027-03-13 09:00"),
        ("2027-03-14 23:59", 6, "America/New_York", "2027-03-14 09:00"),
        # Monday 09:29 in Kolkata: nine o'clock that day leaves half an hour.
        ("2027-03-14 23:59", 72, "Asia/Kolkata", "2027-03-12 09:00"),
        ("2027-03-14 23:59", 24, "Asia/Kolkata", "2027-03-14 09:00"),
        ("2027-03-14 23:59", 6, "Asia/Kolkata", "2027-03-14 09:00"),
        # Monday 14:59 in Sydney: eight o'clock, when the week begins, leaves a minute less than seven hours.
        ("2027-03-14 23:59", 6, "Australia/Sydney", "2027-03-15 08:00"),
        # Tuesday 14:59: nine o'clock leaves a minute less than six.
        ("2027-03-15 23:59", 6, "Australia/Sydney", "2027-03-15 08:00"),
        # Monday 15:59 in Sydney, a week earlier: it leaves enough. The week begins at eight.
        ("2027-03-07 23:59", 6, "Australia/Sydney", "2027-03-08 08:00"),
    ],
)
def test_a_reminder_goes_in_the_morning_of_the_recipients_own_day(due, hours, zone, expected):
    tz = ZoneInfo(zone)

    assert reminder_time(at(due), timedelta(hours=hours), tz) == at(expected, tz)


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Asia/Kolkata", "Australia/Sydney", "Pacific/Apia", "Europe/Paris"]
)
def test_a_reminder_always_leaves_six_hours(zone):
    start = at("2027-01-01 00:17")
    for hour in range(24 * 120):
        due = start + timedelta(hours=hour)
        for before in (6, 24, 72):
            assert due - reminder_time(due, timedelta(hours=before), ZoneInfo(zone)) >= LEAST_LEFT


@pytest.mark.parametrize(
    ("starts", "is_at_once"), [("2027-03-16 08:59", True), ("2027-03-16 09:00", False), ("2027-03-13 09:00", True)]
)
def test_what_happens_within_two_days_is_near_and_so_is_what_has_passed(starts, is_at_once):
    now = at("2027-03-14 09:00")

    assert is_near(at("2027-03-30 09:00"), at(starts), now=now) is is_at_once


@pytest.mark.parametrize("since", ["2027-03-14 01:30", "2027-03-27 19:00", "2027-04-03 09:00", "2027-02-07 00:00"])
@pytest.mark.parametrize("length", [timedelta(minutes=10), timedelta(hours=3), timedelta(hours=23), timedelta(days=3)])
def test_the_zones_in_which_it_is_morning_are_those_of_each_zones_own_clock(since, length):
    """Around the nights in which clocks change in New York, in Europe and in Sydney, and in a Morocco that keeps
    Ramadan. Seen failing while two zones that show the same time at the beginning only were taken for one."""
    for hour in range(0, 30, 3):
        begins = at(since) + timedelta(hours=hour)
        ends = begins + length

        found = {name for name, tz in all_zones().items() if is_morning_between(begins, ends, tz)}

        assert set(zones_with_morning(begins, ends)) == (found | {""} if "UTC" in found else found)
