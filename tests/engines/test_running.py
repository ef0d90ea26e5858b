import pytest
from django.core.cache import cache
from django.db import connection


@pytest.mark.django_db
def test_the_tests_run_on_postgresql_with_room_for_races():
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        assert int(cursor.fetchone()[0]) >= 300
    assert connection.vendor == "postgresql"


@pytest.mark.django_db
def test_the_cache_table_is_made_by_the_migrations():
    cache.set("greeting", "welcome")
    assert cache.get("greeting") == "welcome"
