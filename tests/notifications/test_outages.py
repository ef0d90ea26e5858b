"""The database goes away while a sender holds mails; tests/faults/test_engines_away.py stops a real one.

Seen failing with a sender that writes down what the mail server took only if that works at once (the mail went twice),
and with one that keeps its lease when it fails.
"""

from contextlib import closing
from datetime import timedelta

import psycopg2
import pytest
from django.db import OperationalError, connection

from notifications import sender
from notifications.claims import claim
from notifications.models import Notice
from tests.children import database_url

Status = Notice.Status
pytestmark = pytest.mark.django_db(transaction=True)
OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_what_the_mail_server_took_is_written_down_when_the_database_is_back(mail_server, tell, ada, dev, now):
    where = database_url()

    def end_all_connections(server):
        mail_server.at_data = None
        with closing(psycopg2.connect(where)) as other, other.cursor() as cursor:
            cursor.execute(OTHERS)

    tell(ada)
    tell(dev)
    mail_server.at_data = end_all_connections

    sender.send_due(now=now)

    assert [row.status for row in Notice.objects.all()] == [Status.SENT, Status.SENT]
    assert len(mail_server.mails) == 2


def test_what_a_sender_holds_when_the_database_goes_is_free_at_once(declare, mail_server, tell, ada, now):
    def ends_its_connection(notices, now):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    notice = tell(ada, kind=declare("fair.closes", still_wanted=ends_its_connection))

    with pytest.raises(OperationalError):
        sender.send_due(now=now)

    [[held]] = claim(now=now + timedelta(seconds=5), limit=10).mails
    assert held.pk == notice.pk
