"""How the database becomes empty again after a test that commits.

Django truncates all the hundred tables and writes every permission anew, which takes longer than most such tests. Here
only what holds something is emptied, and what every test expects to find stays.
"""

from functools import cache

from django.db import connection, transaction

STAYS = {"django_content_type", "auth_permission"}
MANY = 500
COUNT = f"SELECT '{{name}}', count(*) FROM (SELECT FROM {{name}} LIMIT {MANY}) AS few"  # noqa: S608 - a table of ours
DELETING = 8  # of `pg_trigger.tgtype`


def empty_what_is_filled(_test):
    """In the place of `TransactionTestCase._fixture_teardown`."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A page that a browser still shows may be saving at this very moment: what it writes is waited for, and counts.
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
