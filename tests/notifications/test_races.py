"""Several planners and senders at once, and one that is killed in the middle of its work."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connection, connections, transaction

from accounts.models import User
from cohorts.notices import invitation
from core import clock
from jobs.models import Heartbeat
from notifications import claims, gate, outbox, planner, sender, services
from notifications.claims import LEASE, claim
from notifications.models import Lane, Notice, Planning, Sending
from tests import cast
from tests.children import ROOT, database_url

Status = Notice.Status
pytestmark = pytest.mark.django_db(transaction=True)


def people(number):
    return User.objects.bulk_create(
        User(email=f"person{i}@example.org", name=f"Person {i}", zone="Asia/Kolkata") for i in range(number)
    )


def at_once(number, work):
    """Runs it in so many threads from the same moment; their results, or the first error."""
    gate = Barrier(number)

    def run(_):
        gate.wait(timeout=10)
        return closing(work)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def closing(work):
    try:
        return work()
    finally:
        connections.close_all()


def wait_until_one_waits_for_a_lock(working):
    """Or has ended without waiting."""
    give_up_at = time.monotonic() + 10
    while not working.done() and time.monotonic() < give_up_at:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
            if cursor.fetchone():
                return


def test_four_planners_at_once_write_every_reminder_once(declare, now):
    ids = [person.pk for person in people(200)]
    kind = declare(
        "fair.closes",
        Lane.REMINDER,
        candidates=lambda span: [kind.to(pk, send_at=now, expires_at=now + timedelta(hours=9)) for pk in ids],
    )

    at_once(4, lambda: planner.plan(now=now))

    assert Counter(Notice.objects.values_list("recipient_id", flat=True)) == Counter(ids)


def test_planners_that_do_not_wait_for_each_other_still_write_every_reminder_once(declare, now):
    kind = declare("fair.closes", Lane.REMINDER)
    requests = [kind.to(person.pk, send_at=now) for person in people(200)]

    at_once(4, lambda: planner.write_planned(requests, now=now))
    at_once(4, lambda: outbox.enqueue(requests, now=now))

    assert Notice.objects.count() == 200


@pytest.fixture
def tell_all(declare, now):
    """A kind of which everybody is told, just at the first look."""
    kind = declare(
        "fair.closes",
        Lane.REMINDER,
        candidates=lambda span: [kind.to(pk, send_at=now) for pk in User.objects.values_list("pk", flat=True)],
    )
    return kind


def test_whoever_is_just_being_enrolled_while_a_planner_looks_is_told_by_the_next(tell_all, now):
    """Seen failing while each planner looked from where the last one had looked to."""
    has_looked, is_written = Event(), Event()

    def enroll():
        with transaction.atomic():
            people(1)
            is_written.set()
            has_looked.wait(timeout=10)

    with ThreadPoolExecutor(1) as pool:
        enrolling = pool.submit(closing, enroll)
        is_written.wait(timeout=10)
        planner.plan(now=now)
        assert not Notice.objects.exists()
        has_looked.set()
        enrolling.result()
    planner.plan(now=now + timedelta(minutes=1))
    planner.plan(now=now + timedelta(minutes=2))

    assert Notice.objects.get().recipient == User.objects.get()


@pytest.mark.parametrize("longest", [timedelta(0), timedelta(minutes=15)])
def test_a_look_goes_back_as_far_as_a_transaction_has_been_open_and_not_for_ever(tell_all, monkeypatch, now, longest):
    monkeypatch.setattr(planner, "LONGEST_OPEN", longest)
    has_looked, is_open = Event(), Event()

    def keep_open():
        with transaction.atomic():
            User.objects.exists()
            is_open.set()
            has_looked.wait(timeout=10)

    with ThreadPoolExecutor(1) as pool:
        keeping = pool.submit(closing, keep_open)
        is_open.wait(timeout=10)
        planner.plan(now=now)
        has_looked.set()
        keeping.result()

    assert (Planning.objects.get().looks_from < now) is bool(longest)
    planner.plan(now=now)
    assert Planning.objects.get().looks_from == now


def test_what_an_operator_drops_is_not_planned_by_one_who_began_before(declare, now):
    """Seen failing while nobody waited: the planner noted afterwards from where the next one looks."""
    gate.look_where_we_are(now=now)
    Sending.objects.update(held_before=now)
    is_looking, may_end = Event(), Event()
    later = now + timedelta(minutes=1)

    def slowly(span):
        is_looking.set()
        may_end.wait(timeout=10)
        return []

    declare("fair.closes", candidates=slowly)
    with ThreadPoolExecutor(2) as pool:
        planning = pool.submit(closing, lambda: planner.plan(now=now))
        is_looking.wait(timeout=10)
        dropping = pool.submit(closing, lambda: services.drop_held(actor=None, now=later))
        wait_until_one_waits_for_a_lock(dropping)
        may_end.set()
        planning.result()
        dropping.result()

    assert Planning.objects.get().looks_from == later


def test_senders_at_once_send_every_mail_once_and_split_nobodys_reminders(declare, mail_server, now):
    kind = declare("fair.closes", Lane.REMINDER, subject="“{{ title }}” closes")
    crowd = people(60)
    outbox.enqueue(
        [
            kind.to(person.pk, occurrence=str(number), context={"title": "Fair"})
            for number in range(5)
            for person in crowd
        ],
        now=now,
    )

    sent = at_once(4, lambda: sender.send_due(now=now))

    assert sum(sent) == 60
    assert Counter(mail["X-Envelope-To"] for mail in mail_server.mails) == Counter(p.email for p in crowd)
    assert {mail["Subject"] for mail in mail_server.mails} == {"“Fair” closes, and 4 more"}
    assert set(Notice.objects.values_list("status", flat=True)) == {Status.SENT}


def test_a_planner_that_cancels_while_a_sender_sends_never_contradicts_it(declare, mail_server, now):
    """Whatever is recorded as not sent was not sent, and the other way round."""
    kind = declare("fair.opens", still_wanted=lambda notices, now: {})
    wanted = declare("fair.closes", subject="Fair")
    crowd = people(100)
    outbox.enqueue([(kind if number % 2 else wanted).to(p.pk) for number, p in enumerate(crowd)], now=now)

    def work():
        planner.cancel_unwanted(now=now)
        return sender.send_due(now=now)

    at_once(4, work)

    told = {mail["X-Envelope-To"] for mail in mail_server.mails}
    assert told == set(Notice.objects.filter(status=Status.SENT).values_list("recipient__email", flat=True))
    assert Notice.objects.filter(status=Status.CANCELLED).count() == 50
    assert len(mail_server.mails) == 50


def test_a_sender_whose_mail_server_is_slow_keeps_its_mails_and_sends_each_once(fair, mail_server, monkeypatch, now):
    monkeypatch.setattr(claims, "RENEWED_EVERY", timedelta(seconds=0.02))
    outbox.enqueue([fair.to(person.pk, context={"title": "Fair"}) for person in people(3)], now=now)
    taken = []

    def look():
        """Until the sender has renewed its lease; then another one looks, at the moment when the first would end."""
        give_up_at = time.monotonic() + 20
        while not Notice.objects.filter(next_try_at__gt=now + LEASE + timedelta(milliseconds=20)).exists():
            if time.monotonic() > give_up_at:
                break
        taken.extend(claim(now=now + LEASE, limit=10).mails)

    mail_server.at_data = lambda server: at_once(1, look)

    assert sender.send_due(now=now) == 3
    assert taken == []
    assert len(mail_server.mails) == 3


def test_a_sender_that_stood_still_for_longer_than_its_lease_leaves_the_rest_to_others(
    fair, mail_server, monkeypatch, now
):
    outbox.enqueue([fair.to(person.pk, context={"title": "Fair"}) for person in people(3)], now=now)
    taken = []

    steady = clock.steady

    def stand_still():
        monkeypatch.setattr(clock, "steady", lambda: steady() + LEASE + timedelta(seconds=1))
        taken.extend(claim(now=now + LEASE + timedelta(seconds=1), limit=10).mails)

    mail_server.at_data = lambda server: at_once(1, stand_still)

    sender.send_due(now=now)

    assert len(taken) == 3
    assert len(mail_server.mails) == 1


@pytest.fixture
def start(mail_server):
    """Starts a process of its own on the test's database and mail server; it ends with the test."""
    started = []

    def _start(*command):
        environment = os.environ | {
            "DATABASE_URL": database_url(),
            "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}",
            "ENVIRONMENT": "development",
            "KEEPS_MAIL_HOURS": "no",
        }
        started.append(subprocess.Popen([sys.executable, *command], env=environment, cwd=ROOT))
        return started[-1]

    yield _start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.faults
@pytest.mark.parametrize("doomed", [1, 12])
def test_a_sender_killed_between_acceptance_and_commit_makes_one_double_with_the_same_message_id(
    fair, mail_server, start, now, doomed
):
    crowd = people(20)
    outbox.enqueue([fair.to(person.pk, context={"title": "Fair"}) for person in crowd], now=now)
    victims = []

    def kill_at_the_doomed_mail(server):
        if len(mail_server.mails) == doomed and victims:
            os.kill(victims[0].pid, signal.SIGKILL)

    mail_server.at_data = kill_at_the_doomed_mail
    victims.append(start("-m", "tests.notifications.one_sender", now.isoformat()))
    assert victims[0].wait(timeout=60) == -signal.SIGKILL
    assert Notice.objects.filter(status=Status.SENT).count() == doomed - 1

    mail_server.at_data = None
    assert sender.send_due(now=now) == 0
    sender.send_due(now=now + LEASE + timedelta(minutes=1))

    assert set(Notice.objects.values_list("status", flat=True)) == {Status.SENT}
    assert {mail["X-Envelope-To"] for mail in mail_server.mails} == {person.email for person in crowd}
    assert len(mail_server.mails) == 21
    assert mail_server.doubles() == [mail_server.mails[doomed - 1]["Message-ID"]]


@pytest.mark.faults
def test_without_broker_and_beat_the_command_sends_until_it_is_told_to_stop(loa, mail_server, start):
    arrived = Event()
    mail_server.at_data = lambda server: arrived.set()
    process = start("manage.py", "notices", "--loop")
    for name in ("Amara Rao", "Jack Nguyen"):
        invite(cast.enroll(cast.make_user(name), loa, status="invited"))
        assert arrived.wait(timeout=60)
        arrived.clear()

    process.terminate()

    assert process.wait(timeout=30) == 0
    assert len(mail_server.mails) == 2
    assert Heartbeat.objects.filter(name="sender").exists()


def invite(enrollment):
    enrollment.invited_at = clock.now()
    enrollment.save()
    outbox.enqueue(invitation(enrollment), now=clock.now())
