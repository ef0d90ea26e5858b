"""A mail server that refuses, stalls and hangs up; and texts, names and addresses that are hard to write.

A sender that takes each answer of the server for an acceptance is run in test_broken_variants.py.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.models import User
from assignments.notices import reminders
from notifications import sender
from notifications.models import Notice
from notifications.notices import ACCOUNT_MAIL
from notifications.outbox import enqueue
from notifications.sealing import seal
from tests.lab.model import COMING
from tests.lab.world import WEEK_BEGINS, World, make_people

Status = Notice.Status
pytestmark = pytest.mark.django_db
FAULTS = {"451": 0.3, "452 after DATA": 0.1, "550": 0.06, "550 after DATA": 0.04, "drop": 0.05, "slow": 0.1}


def tell_each(people, now):
    """One mail to each, about nothing but a number; each at a domain of its own."""
    for number, person in enumerate(people):
        User.objects.filter(pk=person.pk).update(email=f"person@number{number}.example.org")
        request = ACCOUNT_MAIL.to(f"person@number{number}.example.org", occurrence=str(number))
        text = seal({"subject": f"Number {number}.", "text": "Nothing is lost."})
        enqueue(replace(request, sealed_mail=text, expires_at=now + timedelta(days=2)), now=now)


def send_until_settled(now, *, hours=30):
    """Look every minute by the clock that the sender is given; nothing is waited for."""
    for minute in range(hours * 60):
        sender.send_due(now=now + timedelta(minutes=minute))
        if not Notice.objects.open().exists():
            return


@pytest.mark.parametrize("seed", [27, 28])
def test_each_mail_is_accepted_once_or_visibly_given_up_whatever_the_server_says(start_mail_server, seed):
    people = make_people(80)
    mail_server = start_mail_server(FAULTS, seed=seed)
    tell_each(people, WEEK_BEGINS)

    send_until_settled(WEEK_BEGINS)

    fates = Counter(Notice.objects.values_list("status", flat=True))
    refused = mail_server.met["550"] + mail_server.met["550 after DATA"]
    assert fates == Counter({Status.FAILED: refused, Status.SENT: len(people) - refused})
    assert min(mail_server.met[fault] for fault in FAULTS) > 0
    # An acceptance that was not heard makes at most one copy each time, known by its Message-ID.
    got = Counter((mail["X-Envelope-To"], mail["Message-ID"]) for mail in mail_server.mails)
    assert {to for to, _ in got} >= set(Notice.objects.filter(status=Status.SENT).values_list("address", flat=True))
    assert len({to for to, _ in got}) == len(got)
    assert sum(got.values()) - len(got) <= mail_server.met["drop"]
    # Each that was given up says so in words.
    for row in Notice.objects.filter(status=Status.FAILED):
        assert row.explanation().startswith("Could not be delivered, because the mail server refused it")


def test_a_server_that_says_nothing_for_long_delays_the_mails_and_loses_none(start_mail_server, settings):
    settings.EMAIL_TIMEOUT = 0.3
    people = make_people(12)
    mail_server = start_mail_server({"hang": 0.2}, hang_for=2)
    tell_each(people, WEEK_BEGINS)

    send_until_settled(WEEK_BEGINS)

    assert mail_server.met["hang"] > 0
    assert set(Notice.objects.values_list("status", flat=True)) == {Status.SENT}
    assert set(Counter(mail["X-Envelope-To"] for mail in mail_server.mails).values()) == {1}


def test_poison_long_names_line_breaks_emoji_and_odd_domains_cost_one_dead_letter(mail_server, monkeypatch):
    """Of reminders of a real kind; one person's cannot be written at all."""
    world = World(12)
    people = [place.user for place in world.places.values()]
    odd = {0: "A" * 300, 1: "Ann\r\nBcc: all@example.org", 2: "Zoë 🎓 Ωmega", 3: "\u202egnirts", 4: '"Quoted", Name'}
    for number, name in odd.items():
        User.objects.filter(pk=people[number].pk).update(name=name[:200])
    User.objects.filter(pk=people[5].pk).update(email="eva@straße.example")
    real = reminders.describe_work

    def poisoned(notices, now):
        told = real(notices, now)
        for notice in notices:
            if notice.recipient_id == people[6].pk:
                raise ValueError("poison")
        return told

    monkeypatch.setitem(reminders.DEADLINE_COMING.__dict__, "describe", poisoned)
    moment = world.model.moments(WEEK_BEGINS + timedelta(days=8))[-1]
    world.go_on_to(moment - timedelta(minutes=5))
    world.go_on_to(moment)

    dead = Notice.objects.filter(status=Status.FAILED)
    assert {row.recipient_id for row in dead} == {people[6].pk}
    told = {row.recipient_id for row in Notice.objects.filter(kind=COMING, status=Status.SENT)}
    assert told == {person.pk for person in people} - {people[6].pk}
    assert not any("all@example.org" in mail["X-Envelope-To"] for mail in mail_server.mails)
