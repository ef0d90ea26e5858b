"""Choosing a time zone, and noticing that somebody's computer lives on another clock than their profile."""

from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from accounts.models import User
from core.zones import find_zone, say_zone

REGIONS = {"Atlantic": "Atlantic Ocean", "Indian": "Indian Ocean", "Pacific": "Pacific Ocean"}
# Whoever reads "London" does not need "Britain (UK)" beside it; these names are long or unlike what people say.
COUNTRIES = {"GB": "United Kingdom", "US": "", "KR": "South Korea", "KP": "North Korea", "MM": "Myanmar"}

Choices = list[tuple[str, list[tuple[str, str]]]]


def zone_choices(*, at: datetime, also: str = "") -> Choices:
    """Zones by region, each with its country and the time it shows at that moment: (region, [(name, words)]).

    `also` is offered even when the table no longer lists it: what a profile or a browser says is never lost.
    """
    regions: dict[str, list[tuple[str, str]]] = {}
    for name, country in _places():
        region = name.partition("/")[0]
        regions.setdefault(REGIONS.get(region, region), []).append((name, _words(name, country, at)))
    choices = [(region, sorted(zones, key=lambda zone: zone[1])) for region, zones in sorted(regions.items())]
    others = [("UTC", _words("UTC", "", at))]
    if also and also != "UTC" and also not in dict(_places()):
        others.append((also, _words(also, "", at)))
    return [*choices, ("Others", others)]


def differing_zone(user: User, from_browser: str | None, *, at: datetime) -> str:
    """The browser's zone, when its clock differs from the profile's and its owner has not said to keep that; or ""."""
    if not user.zone or not from_browser or from_browser in (user.zone, user.zone_kept_for):
        return ""
    browser = find_zone(from_browser)
    if browser is None or clocks_agree(from_browser, user.zone, at.year, at.month):
        return ""
    return from_browser


@lru_cache(maxsize=1024)
def clocks_agree(one: str, other: str, year: int, month: int) -> bool:
    """Whether both show the same time through the thirteen months from this one.

    Asia/Calcutta is Asia/Kolkata, and whoever moves from Berlin to Belgrade need not be asked. Looked at every twelve
    hours, because two zones may change their clocks on the same night and yet some hours apart.
    """
    first, second = ZoneInfo(one), ZoneInfo(other)
    start = datetime(year, month, 1, tzinfo=ZoneInfo("UTC"))
    moments = (start + timedelta(hours=12 * step) for step in range(2 * 396))
    return all(moment.astimezone(first).utcoffset() == moment.astimezone(second).utcoffset() for moment in moments)


def _words(name: str, country: str, at: datetime) -> str:
    place = f"{say_zone(name)}, {country}" if country and country != say_zone(name) else say_zone(name)
    return f"{place} · now {at.astimezone(ZoneInfo(name)):%H:%M}"


@cache
def _places() -> tuple[tuple[str, str], ...]:
    """(zone, country) of the zone database's own table, as far as this machine knows the zones."""
    rows = [line.split("\t") for line in _lines("zone.tab")]
    names = {code: COUNTRIES.get(code, name) for code, name in (line.split("\t")[:2] for line in _lines("iso3166.tab"))}
    return tuple((row[2], names[row[0]]) for row in rows if find_zone(row[2]) is not None)


def _lines(table: str) -> list[str]:
    text = files("tzdata").joinpath("zoneinfo", table).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
