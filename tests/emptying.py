"""How the database becomes empty again after a test that commits.

Django truncates all the hundred tables and writes every permission anew, which takes longer than most such tests. Here
only what holds something is emptied, and what every test expects to find stays.
"""

from functools import cache
from threading import Condition, Thread, current_thread, main_thread

from django.core.signals import request_finished, request_started
from django.db import connection, transaction

STAYS = {"django_content_type", "auth_permission"}
MANY = 500
COUNT = f"SELECT '{{name}}', count(*) FROM (SELECT FROM {{name}} LIMIT {MANY}) AS few"  # noqa: S608 - a table of ours
DELETING = 8  # of `pg_trigger.tgtype`
# Longer than any request takes that a page has sent just before it was closed.
PATIENCE = 5


class UnderWay:
    """The requests that the server of a browser test is answering, by its threads."""

    def __init__(self) -> None:
        self.threads: set[Thread] = set()
        self.changed = Condition()
        request_started.connect(self.begin)
        request_finished.connect(self.end)

    def begin(self, **_):
        """The test's own client answers in the test's thread, and has ended when the test ends."""
        if current_thread() is not main_thread():
            with self.changed:
                self.threads.add(current_thread())

    def end(self, **_):
        with self.changed:
            self.threads.discard(current_thread())
            self.changed.notify_all()

    def wait(self):
        """Until all of them are answered, or nobody answers any more."""
        with self.changed:
            self.changed.wait_for(lambda: not any(one.is_alive() for one in self.threads), timeout=PATIENCE)
            self.threads.clear()


under_way = UnderWay()


def empty_what_is_filled(_test):
    """In the place of `TransactionTestCase._fixture_teardown`."""
    # A page that was just closed may have been saving: what it asked for has read what would be gone when it writes.
    under_way.wait()
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever else is writing at this very moment is waited for, and what they write counts.
        cursor.execute(f"LOCK TABLE {', '.join(_tables())} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(" UNION ALL ".join(COUNT.format(name=name) for name in _tables()))
        rows = {name: number for name, number in cursor.fetchall() if number}
        # Many rows, and those that may never be deleted, go with their table and with what refers to it.
        whole = {name for name, number in rows.items() if number == MANY} | (rows.keys() & _guarded())
        if whole:
            cursor.execute(f"TRUNCATE {', '.join(sorted(whole))} CASCADE")
        for name in sorted(rows.keys() - whole):
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 - a table of ours


@cache
def _tables():
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(found) - STAYS)


@cache
def _guarded():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype & %s > 0",
            [DELETING],
        )
        return {name for (name,) in cursor.fetchall()}
