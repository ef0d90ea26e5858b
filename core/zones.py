"""Time zones: which exist, and what people call them."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

UTC_NAMES = {"UTC", "UCT", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich", "Universal", "Zulu"}
# Browsers still send names that the zone database has given up.
RENAMED = {
    "Asia/Calcutta": "Kolkata",
    "Asia/Katmandu": "Kathmandu",
    "Asia/Rangoon": "Yangon",
    "Asia/Saigon": "Ho Chi Minh City",
    "Asia/Ho_Chi_Minh": "Ho Chi Minh City",
    "Europe/Kiev": "Kyiv",
    "America/Godthab": "Nuuk",
    "Atlantic/Faeroe": "Faroe",
}


@cache
def zone_names() -> frozenset[str]:
    """Every IANA name on this machine, read from disk once."""
    return frozenset(available_timezones())


def find_zone(name: str | None) -> ZoneInfo | None:
    """The zone of that name; None for an empty or unknown one. Safe for text from a cookie."""
    return ZoneInfo(name) if name and name in zone_names() else None


def as_zone(zone: str | ZoneInfo) -> ZoneInfo:
    """The zone itself, from itself or from its name."""
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)


def say_zone(zone: str | ZoneInfo) -> str:
    """What people call it: "New York", "Kolkata", "UTC"."""
    name = zone if isinstance(zone, str) else (zone.key or "UTC")
    if name in RENAMED:
        return RENAMED[name]
    area, _, place = name.partition("/")
    if area == "Etc":
        return _say_fixed_offset(place)
    if name in UTC_NAMES:
        return "UTC"
    return (place or area).rpartition("/")[2].replace("_", " ")


def _say_fixed_offset(place: str) -> str:
    """The zone database counts Etc/GMT+5 westward; people write the same clock UTC-5."""
    if place in UTC_NAMES:
        return "UTC"
    sign = "−" if "+" in place else "+"
    return f"UTC{sign}{place.lstrip('GMT+-')}"
