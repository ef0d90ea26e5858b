"""Time zones: which exist, and what people call them."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# Names of zones that PostgreSQL reads as abbreviations, without summer time: no page and query would agree.
AMBIGUOUS = {"CET", "EET", "MET", "WET"}
UTC_NAMES = {"UTC", "UCT", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich", "Universal", "Zulu"}
# Browsers still send names that the zone database has given up; and it writes in plain letters, which people do not.
RENAMED = {
    "America/Asuncion": "Asunción",
    "America/Bahia_Banderas": "Bahía de Banderas",
    "America/Belem": "Belém",
    "America/Bogota": "Bogotá",
    "America/Cancun": "Cancún",
    "America/Ciudad_Juarez": "Ciudad Juárez",
    "America/Argentina/Cordoba": "Córdoba",
    "America/Argentina/Tucuman": "Tucumán",
    "America/Cuiaba": "Cuiabá",
    "America/Curacao": "Curaçao",
    "America/Eirunepe": "Eirunepé",
    "America/Maceio": "Maceió",
    "America/Mazatlan": "Mazatlán",
    "America/Merida": "Mérida",
    "America/Mexico_City": "Mexico City",
    "America/Noronha": "Fernando de Noronha",
    "America/Santarem": "Santarém",
    "America/Sao_Paulo": "São Paulo",
    "America/St_Barthelemy": "Saint-Barthélemy",
    "America/St_Johns": "St. John’s",
    "Africa/El_Aaiun": "El Aaiún",
    "Africa/Lome": "Lomé",
    "Africa/Ndjamena": "N’Djamena",
    "Africa/Sao_Tome": "São Tomé",
    "Asia/Urumqi": "Ürümqi",
    "Atlantic/Canary": "Canary Islands",
    "Europe/Busingen": "Büsingen",
    "Europe/Chisinau": "Chișinău",
    "Europe/Tirane": "Tirana",
    "Europe/Zurich": "Zürich",
    "Indian/Christmas": "Christmas Island",
    "Indian/Cocos": "Cocos Islands",
    "Indian/Comoro": "Comoros",
    "Indian/Mahe": "Mahé",
    "Indian/Reunion": "Réunion",
    "Pacific/Chatham": "Chatham Islands",
    "Pacific/Easter": "Easter Island",
    "Pacific/Galapagos": "Galápagos",
    "Pacific/Noumea": "Nouméa",
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
    """Every IANA name that one can live by, read from disk once."""
    return frozenset(available_timezones() - AMBIGUOUS)


@cache
def all_zones() -> Mapping[str, ZoneInfo]:
    """Each of them, read from disk once and kept: `zoneinfo` itself keeps the last eight that were asked for."""
    return {name: ZoneInfo(name) for name in sorted(zone_names())}


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
