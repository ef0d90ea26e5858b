"""After a test that commits nothing is left, whoever is still writing. Seen failing without the lock."""

import pytest

from programs.models import Program
from tests import cast
from tests.emptying import empty_what_is_filled
from tests.races import overlapping

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_being_written_while_the_database_is_emptied_goes_too():
    overlapping(cast.make_program, lambda: empty_what_is_filled(None))

    assert not Program.objects.exists()
