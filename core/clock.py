"""The one place that reads a clock: everything else is given a moment."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection


def now() -> datetime:
    """This instant, in UTC, as this machine's clock has it."""
    return datetime.now(UTC)


def steady() -> timedelta:
    """Goes on evenly, also while the machine's clock is set; only the difference of two readings says something."""
    return timedelta(seconds=time.monotonic())


def going_on_from(start: datetime) -> Callable[[], datetime]:
    """A clock that shows `start` now and goes on evenly from there."""
    began = steady()
    return lambda: start + (steady() - began)


@dataclass(frozen=True)
class Comparison:
    """The database's clock beside this machine's."""

    # This instant, in UTC, as the database's clock has it.
    at: datetime
    # How many whole seconds this machine's clock is ahead of it, below zero behind; what asking took is no difference.
    ahead: timedelta


def compare() -> Comparison:
    """Read both. One query; raises what queries raise."""
    before = now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at = cursor.fetchone()[0].astimezone(UTC)
    after = now()
    ahead = 0.0 if before <= at <= after else (before + (after - before) / 2 - at).total_seconds()
    return Comparison(at, timedelta(seconds=round(ahead)))


def longest_open() -> timedelta:
    """For how long the oldest transaction has been open that our other connections have begun. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(clock_timestamp() - xact_start), interval '0') FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
        open_for: timedelta = cursor.fetchone()[0]
    return open_for
