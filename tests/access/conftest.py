import pytest
import time_machine
from django.db import transaction

from tests.access.world import build_world
from tests.cast import WEEK_3


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Built once for a file, in a transaction that is never committed; each request's changes are taken back."""
    with django_db_blocker.unblock(), time_machine.travel(WEEK_3, tick=False), transaction.atomic():
        yield build_world()
        transaction.set_rollback(True)
