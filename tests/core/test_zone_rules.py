"""Whose clock rules hold: those that are pinned with the product, on every machine.

Seen failing: with the operating system's, which are asked first by default and on some machines are years old.
"""

import zoneinfo
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

from core.zones import zone_names

MOMENTS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=10 * number) for number in range(110)]


def pinned(name):
    with files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, name)


def test_the_rules_are_those_of_the_pinned_package():
    assert list(zoneinfo.TZPATH) == [str(files("tzdata") / "zoneinfo")]
    for name in sorted(zone_names()):
        ours, theirs = ZoneInfo(name), pinned(name)
        assert [one.astimezone(ours).utcoffset() for one in MOMENTS] == [
            one.astimezone(theirs).utcoffset() for one in MOMENTS
        ], name


def test_a_name_that_the_database_takes_for_an_abbreviation_is_no_zone():
    assert not {"CET", "EET", "MET", "WET"} & zone_names()
    assert {"Europe/Brussels", "Europe/Athens", "Europe/Lisbon"} <= zone_names()
