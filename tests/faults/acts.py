# ruff: noqa: E402 - Django is set up first
"""What the fault tests do to a running demo's data: `python -m tests.faults.acts ACT ARGUMENTS`."""

import json
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup()

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from assignments.models import Submission
from assignments.notices.events import RECEIPT
from core import clock
from notifications import outbox
from notifications.models import Notice
from notifications.notices import ACCOUNT_MAIL
from notifications.sealing import seal
from tests import cast


def tell(first, count):
    """Put mails into the outbox whose subjects are numbers, a transaction each, and print what was committed."""
    for number in range(int(first), int(first) + int(count)):
        request = ACCOUNT_MAIL.to(f"person{number}@example.org", occurrence=f"fault {number}")
        sealed_mail = seal({"subject": f"Number {number}.", "text": "Nothing is lost."})
        while True:
            try:
                outbox.enqueue(replace(request, sealed_mail=sealed_mail), now=clock.now())
                break
            except (OperationalError, InterfaceError):
                connection.close()
                time.sleep(0.2)
        print(number, flush=True)


def count_open():
    print(Notice.objects.open().count())


def count_all():
    print(Notice.objects.count())


def open_class(count):
    """A session in its third week with a paper that is open; print where each participant hands in, and as whom."""
    today = clock.now().date()
    session = cast.make_session(cast.make_program(), starts_on=today - timedelta(days=today.weekday(), weeks=2))
    section = cast.make_section(session, cast.make_user("Milica Petrović", zone="Europe/Belgrade"))
    module = cast.make_module(session, number=3, opens="week 2, Monday, 09:00")
    paper = cast.make_assignment(module, due="week 5, Sunday, 23:59")
    places = []
    for number in range(int(count)):
        enrollment = cast.enroll(cast.make_user(f"Writer {number}"), session, section=section)
        client = Client()
        client.force_login(enrollment.user)
        path = reverse("assignments:paper-hand-in", args=[session.slug, paper.pk])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        places.append({"user": enrollment.user.pk, "cookie": cookie, "path": path})
    print(json.dumps(places))


def papers():
    """The fingerprint of each text that was handed in, its receipt, and how many notices tell its writer of it."""
    told = Counter(Notice.objects.filter(kind=RECEIPT.key).values_list("object_id", "recipient"))
    written_by = Submission.objects.values_list("sha256", "receipt", "pk", "enrollment__user")
    print(json.dumps([[sha256, receipt, told[pk, user]] for sha256, receipt, pk, user in written_by]))


def check_invariants():
    """What the command says is broken; it says nothing else."""
    said = StringIO()
    try:
        call_command("check_invariants", stdout=said)
    except (CommandError, SystemExit) as broken:
        if str(broken) != "0":
            print(said.getvalue(), broken)


ACTS = {act.__name__: act for act in (tell, count_open, count_all, open_class, papers, check_invariants)}

if __name__ == "__main__":
    ACTS[sys.argv[1]](*sys.argv[2:])
