"""Clocks that a test sets: the database's, and that of the machine beside it.

The database's is set within the database: before `clock_timestamp()` of PostgreSQL stands one of the laboratory's own,
so that nothing of the product is replaced. A machine's is set in `core.clock`, the only place that reads it.
"""

from contextlib import contextmanager

from django.db import connection

from core import clock
from notifications import tasks
from tests.lab.world import World

PATH = "lab, public, pg_catalog"


def database_shows(instant):
    """From now on, and it goes on from there; for this connection, and undone with its transaction."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS lab")
        cursor.execute(
            "CREATE OR REPLACE FUNCTION lab.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS"
            " $$ SELECT %s::timestamptz + (pg_catalog.clock_timestamp() - %s::timestamptz) $$",
            [instant, _reading(cursor)],
        )
        cursor.execute(f"SET search_path = {PATH}")


@contextmanager
def database_showing(instant):
    """For all that connect while the block runs; gives how far ahead of the real time that is."""
    with connection.cursor() as cursor:
        real = _reading(cursor)
    database_shows(instant)
    _alter(f"SET search_path = {PATH}")
    try:
        yield instant - real
    finally:
        _alter("RESET search_path")
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")
            cursor.execute("DROP SCHEMA lab CASCADE")


def _reading(cursor):
    cursor.execute("SELECT pg_catalog.clock_timestamp()")
    return cursor.fetchone()[0]


def _alter(what):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {connection.ops.quote_name(connection.settings_dict['NAME'])} {what}")


class WorldOfTwoClocks(World):
    """A class whose database shows the right time, and whose machine is `off`; planner and senders are the tasks."""

    def __init__(self, *said, off, patch, **told):
        self._off, self._patch, self._came_at = off, patch, {}
        super().__init__(*said, **told)

    def go_on_to(self, instant, *, plans=True):
        self.now = instant
        database_shows(instant)
        self._patch.setattr(clock, "now", lambda: instant + self._off)
        if plans:
            tasks.plan_notices()
        tasks.send_notices()
        for key in super().accepted():
            self._came_at.setdefault(key, instant)
        self.model.look(instant)

    def accepted(self):
        """By the right clock, whatever the rows say."""
        return dict(self._came_at)
