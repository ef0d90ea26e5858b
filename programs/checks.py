from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning
from django.db import ProgrammingError, connection, transaction

from core import clock
from core.zones import find_zone
from programs.models import Session

# Every third day of the coming year: a change of clocks holds for weeks at least.
DAYS = range(0, 366, 3)


def check_clock_rules(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Promises and standing arrangements are reckoned by the database too, whose machine has clock rules of its own."""
    return [
        Warning(
            f"The database has other rules for the clocks of {zone} than the platform.",
            hint="Update the time zone data of the database's machine, and of the platform; the newer ones are right.",
            id="programs.W001",
        )
        for zone in (zones_that_differ() if databases else [])
    ]


def zones_that_differ() -> list[str]:
    """The sessions' zones in whose coming year database and platform show different clocks. Two queries for all."""
    at = [clock.now() + timedelta(days=day) for day in DAYS]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            zones = sorted(Session.objects.order_by().values_list("zone", flat=True).distinct())
            cursor.execute(
                "SELECT name, array(SELECT one AT TIME ZONE name FROM unnest(%s) AS one)"
                " FROM pg_timezone_names WHERE name = ANY(%s)",
                [at, zones],
            )
            shown = dict(cursor.fetchall())
    except ProgrammingError:
        # Before the first migration.
        return []
    return [zone for zone in zones if shown.get(zone) != [_wall(one, zone) for one in at]]


def _wall(instant: datetime, zone: str) -> datetime | None:
    known = find_zone(zone)
    return None if known is None else instant.astimezone(known).replace(tzinfo=None)
