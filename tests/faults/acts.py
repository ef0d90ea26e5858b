# ruff: noqa: E402 - Django is set up first
"""What the fault tests do to a running demo's data: `python -m tests.faults.acts ACT ARGUMENTS`."""

import os
import sys
import time
from dataclasses import replace

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup()

from django.db import InterfaceError, OperationalError, connection

from core import clock
from notifications import outbox
from notifications.models import Notice
from notifications.notices import ACCOUNT_MAIL
from notifications.sealing import seal


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


ACTS = {"tell": tell, "count_open": count_open, "count_all": count_all}

if __name__ == "__main__":
    ACTS[sys.argv[1]](*sys.argv[2:])
