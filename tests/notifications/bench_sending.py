"""500 reminders of a real kind to the demo's mail server: `pytest tests/notifications/bench_sending.py -s`."""

from datetime import date, datetime, time, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from cohorts.models import Enrollment
from notifications import planner
from notifications.measuring import measure_sending
from notifications.models import Notice
from tests import cast

NINE = datetime(2027, 2, 17, 9, 0, tzinfo=ZoneInfo("America/New_York"))
# The sender looks every two seconds, so that much of the five is not its own.
SECONDS = 3


@pytest.mark.django_db(transaction=True)
def test_five_hundred_reminders_are_with_the_mail_server_within_five_seconds(loa, mail_sink):
    people = User.objects.bulk_create(
        User(email=f"person{n}@example.org", name=f"Person {n}", zone="America/New_York") for n in range(500)
    )
    Enrollment.objects.bulk_create(
        Enrollment(user=person, session=loa, status="active", enrolled_at=cast.ENROLLED) for person in people
    )
    cast.make_meeting(loa, on=date(2027, 2, 18), at=time(19, 0), starts_at=NINE + timedelta(hours=34), minutes=60)
    planner.plan(now=NINE - timedelta(minutes=5))
    assert Notice.objects.filter(status="waiting").count() == 500

    began = process_time()
    measured = measure_sending(send_at=NINE)
    used = process_time() - began

    print(f"\n{measured.notices} reminders, {measured.mails} mails: {measured.seconds:.2f} s, {used:.2f} s CPU")
    assert len(list(mail_sink.glob("*.eml"))) == measured.mails == 500
    assert measured.seconds <= SECONDS
