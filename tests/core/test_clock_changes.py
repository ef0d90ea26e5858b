"""When two clocks come to differ by another amount.

Seen failing on broken versions: one that looked at the own clock alone; one that compared hour by hour, and told
people in Chicago of an hour in the night.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock_changes import changes_between, difference
from core.zones import zone_names

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NEW_YORK = ZoneInfo("America/New_York")
zones = st.sampled_from(sorted(zone_names())).map(ZoneInfo)


def changes(own, since=datetime(2027, 2, 1, tzinfo=UTC), until=datetime(2027, 5, 20, tzinfo=UTC), program=NEW_YORK):
    return [
        (f"{change.at:%d %b %H:%M}", change.before / HOUR, change.after / HOUR)
        for change in changes_between(ZoneInfo(own), program, since, until)
    ]


def test_the_changes_of_a_session_in_new_york():
    assert changes("Asia/Kolkata") == [("14 Mar 07:00", 10.5, 9.5)]
    assert changes("Europe/Belgrade") == [("14 Mar 07:00", 6, 5), ("28 Mar 01:00", 5, 6)]
    assert changes("Australia/Sydney") == [("14 Mar 07:00", 16, 15), ("03 Apr 16:00", 15, 14)]


def test_clocks_that_change_together_move_nothing():
    assert changes("America/New_York") == changes("America/Toronto") == []


def test_an_hour_in_which_one_has_changed_and_the_other_not_yet_is_nothing_to_be_told():
    assert changes("America/Chicago") == changes("America/Los_Angeles") == []


@settings(max_examples=60, deadline=None)
@given(own=zones, program=zones, start=st.datetimes(datetime(2026, 1, 1), datetime(2034, 1, 1)))
def test_between_two_changes_the_clocks_differ_by_the_same_at_each_noon(own, program, start):
    since = start.replace(tzinfo=UTC)
    until = since + timedelta(days=120)
    found = list(changes_between(own, program, since, until))

    assert [change.at for change in found] == sorted({change.at for change in found})
    for change in found:
        assert since < change.at <= until
        assert change.before != change.after == difference(change.at, own, program)
        assert difference(change.at - timedelta(seconds=1), own, program) != change.after
    noon = since.replace(hour=12, minute=0, second=0, microsecond=0) + DAY
    while noon + DAY <= until:
        crossed = [change for change in found if noon < change.at <= noon + DAY]
        differs = difference(noon, own, program) != difference(noon + DAY, own, program)
        assert bool(crossed) == differs
        noon += DAY
