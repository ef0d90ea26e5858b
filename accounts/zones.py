"""Choosing a time zone, and noticing that somebody's computer lives on another clock than their profile."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

from accounts.models import User
from core.zones import find_zone, say_zone

REGIONS = {"Arctic": "Europe", "Atlantic": "Atlantic Ocean", "Indian": "Indian Ocean", "Pacific": "Pacific Ocean"}
NORTH, MIDDLE, SOUTH = "North America", "Central America and the Caribbean", "South America"
AMERICAS = dict.fromkeys(("US", "CA", "MX", "GL", "PM"), NORTH) | dict.fromkeys(
    ("AR", "BO", "BR", "CL", "CO", "EC", "FK", "GF", "GY", "PE", "PY", "SR", "UY", "VE"), SOUTH
)
# Of places in one country whose clocks agree, the list names the first; of these, the one that people know.
KNOWN = frozenset(
    {
        "America/Sao_Paulo", "America/Manaus", "America/Mexico_City", "America/Argentina/Buenos_Aires",
        "America/Toronto", "America/Vancouver", "America/Edmonton", "America/Winnipeg", "America/Halifax",
        "Asia/Shanghai", "Asia/Almaty", "Asia/Tashkent", "Australia/Sydney", "Australia/Melbourne",
        "Australia/Brisbane", "Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok",
        "Pacific/Auckland", "Europe/Lisbon", "Europe/Berlin", "Europe/Kyiv", "Asia/Jakarta",
    }
)  # fmt: skip
# Where nobody lives but for a season: whose computer says so is offered it all the same.
UNINHABITED = frozenset(
    {
        "Atlantic/South_Georgia", "Indian/Chagos", "Indian/Kerguelen", "Pacific/Kanton", "Pacific/Midway",
        "Pacific/Wake",
    }
)  # fmt: skip
# Whoever reads "London" does not need "Britain (UK)" beside it; these names are long or unlike what people say.
COUNTRIES = {"GB": "United Kingdom", "US": "", "KR": "South Korea", "KP": "North Korea", "MM": "Myanmar"}

Choices = list[tuple[str, list[tuple[str, str]]]]


def zone_choices(*, at: datetime, also: str = "") -> Choices:
    """Zones by region, each with its country and the time it shows at that moment: (region, [(name, words)]).

    One for each country and clock. `also` is offered whatever it is: what a profile or a browser says is never lost.
    """
    places = {place.zone: place for place in _places()}
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in [*_usual(at.year), *([also] if also in places and also not in _usual(at.year) else [])]:
        place = places[name]
        regions.setdefault(place.region, []).append((name, _words(name, place.country, at)))
    choices = [(region, sorted(zones, key=lambda zone: _plain(zone[1]))) for region, zones in sorted(regions.items())]
    others = [("UTC", _words("UTC", "", at))]
    if also and also != "UTC" and also not in places:
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


@dataclass(frozen=True)
class Place:
    """A zone of the database's table, with its country as people call it."""

    zone: str
    code: str
    country: str

    @property
    def region(self) -> str:
        """Under which heading it stands."""
        area = self.zone.partition("/")[0]
        return AMERICAS.get(self.code, MIDDLE) if area == "America" else REGIONS.get(area, area)


@lru_cache(maxsize=4)
def _usual(year: int) -> tuple[str, ...]:
    """Of each country one zone for each clock that it has in that year: Beulah shows what Chicago shows."""
    places = [place for place in _places() if place.region != "Antarctica" and place.zone not in UNINHABITED]
    found: dict[tuple[str, tuple[timedelta | None, ...]], str] = {}
    for place in sorted(places, key=lambda place: place.zone not in KNOWN):
        found.setdefault((place.code, _clock_of(place.zone, year)), place.zone)
    return tuple(sorted({*found.values(), *(place.zone for place in places if place.zone in KNOWN)}))


def _clock_of(zone: str, year: int) -> tuple[timedelta | None, ...]:
    """How far it is from UTC, week by week."""
    first = datetime(year, 1, 1, 12, tzinfo=ZoneInfo("UTC"))
    return tuple((first + timedelta(weeks=week)).astimezone(ZoneInfo(zone)).utcoffset() for week in range(53))


def _plain(words: str) -> str:
    """To sort by: São Paulo stands among its neighbours."""
    return "".join(sign for sign in normalize("NFKD", words.casefold()) if not combining(sign))


@cache
def _places() -> tuple[Place, ...]:
    """The zone database's own table, as far as this machine knows the zones."""
    rows = [line.split("\t") for line in _lines("zone.tab")]
    names = {code: COUNTRIES.get(code, name) for code, name in (line.split("\t")[:2] for line in _lines("iso3166.tab"))}
    return tuple(Place(row[2], row[0], names[row[0]]) for row in rows if find_zone(row[2]) is not None)


def _lines(table: str) -> list[str]:
    text = files("tzdata").joinpath("zoneinfo", table).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
