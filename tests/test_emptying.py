"""After a test that commits nothing is left, whoever is still writing. Each seen failing without what it is about."""

from threading import Event, Thread

import pytest
from django.core.signals import request_finished, request_started
from django.db import connections

from programs.models import Program
from tests import cast
from tests.emptying import empty_what_is_filled
from tests.races import overlapping

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_being_written_while_the_database_is_emptied_goes_too():
    overlapping(cast.make_program, lambda: empty_what_is_filled(None))

    assert not Program.objects.exists()


def test_what_a_server_is_just_answering_is_waited_for():
    has_begun = Event()

    def answer():
        request_started.send(sender=None, environ={})
        has_begun.set()
        # As long as it takes to empty a database for which nobody waits.
        Event().wait(timeout=0.5)
        cast.make_program()
        request_finished.send(sender=None)
        connections.close_all()

    answering = Thread(target=answer)
    answering.start()
    has_begun.wait(timeout=10)
    empty_what_is_filled(None)
    answering.join()

    assert not Program.objects.exists()
