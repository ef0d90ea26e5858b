"""Machines with wrong clocks beside a database with the right one: nothing early, nothing twice, nothing late.

Seen failing with tasks that take the machine's clock, and with a run that goes on by it; both are run in
test_broken_variants.py. What becomes of a wrong database stands in test_standstill.py.
"""

import os
import signal
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from core.windows import hours
from jobs.models import Heartbeat, WrongClock
from notifications import sender, tasks
from notifications.models import Notice
from notifications.notices import ACCOUNT_MAIL
from notifications.outbox import enqueue
from notifications.sealing import seal
from tests.lab.clocks import WorldOfTwoClocks, database_showing
from tests.lab.model import doubles
from tests.lab.world import NEW_YORK, WEEK_BEGINS
from tests.size import sized

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OFF = {"an hour ahead": hours(1), "an hour behind": -hours(1), "a day ahead": hours(24)}
CROWD = sized(200, 40)


def days_under(off, mail_server, patch):
    """Three days in which somebody looks a minute before each moment and at it; what the laboratory finds."""
    world = WorldOfTwoClocks(4, zones=(NEW_YORK,), off=off, patch=patch)
    for moment in world.model.moments(WEEK_BEGINS + timedelta(days=3)):
        world.go_on_to(moment - MINUTE)
        world.go_on_to(moment)
    assert world.model.told
    return world.violations(mail_server)


@pytest.mark.django_db
@pytest.mark.parametrize("off", OFF)
def test_where_the_machines_clock_is_wrong_each_is_told_by_the_databases(off, mail_server, monkeypatch):
    assert days_under(OFF[off], mail_server, monkeypatch) == []

    row = WrongClock.objects.get()
    assert abs(row.ahead - OFF[off]) < MINUTE
    assert abs(Heartbeat.objects.get(name="sender").at - row.seen_at) < MINUTE


@pytest.mark.django_db
@pytest.mark.parametrize("off", OFF)
def test_a_clock_that_is_set_while_a_run_sends_makes_nothing_early(off, mail_server, monkeypatch):
    world = WorldOfTwoClocks(2, zones=(NEW_YORK,), off=timedelta(0), patch=monkeypatch)
    first = world.model.moments(WEEK_BEGINS + timedelta(days=3))[0]
    world.go_on_to(first - 5 * MINUTE)
    mail_server.mails.clear()
    late = first + 30 * MINUTE
    Notice.objects.filter(recipient=world.places[1].user, send_at=first).update(send_at=late, next_try_at=late)
    mail_server.at_data = lambda server: monkeypatch.setattr(clock, "now", lambda: first + OFF[off])

    assert sender.send_due(now=first) == len(mail_server.mails) == 1

    sent = Notice.objects.filter(status=Notice.Status.SENT).latest("accepted_at")
    assert first <= sent.accepted_at < first + MINUTE


@pytest.mark.django_db
@pytest.mark.parametrize("off", OFF)
def test_what_a_web_server_with_a_wrong_clock_tells_comes_later_or_at_once_and_never_twice(
    off, mail_server, monkeypatch
):
    """As docs/time.md says: from one ahead so much later; from one behind at once, but a sign-in code has expired."""
    world = WorldOfTwoClocks(1, zones=(NEW_YORK,), off=timedelta(0), patch=monkeypatch)
    mail_server.mails.clear()
    began, world.now = world.now, world.now + OFF[off]
    world.hand_in(0, 3)
    code = ACCOUNT_MAIL.to("new@example.org", context={"mail": "login_code"})
    sealed = seal({"subject": "Your code", "text": "AB-12", "code": "AB-12"})
    enqueue(replace(code, sealed_mail=sealed), now=world.now)

    def told_at(instant):
        world.go_on_to(instant)
        tasks.send_account_notices()
        return {word for mail in mail_server.mails for word in ("Handed in", "Your code") if word in mail["Subject"]}

    assert told_at(began + SECOND) == ({"Handed in"} if off == "an hour behind" else set())
    if off != "an hour behind":
        assert told_at(began + OFF[off] - MINUTE) == set()
        assert told_at(began + OFF[off] + SECOND) == {"Handed in", "Your code"}
        told_at(began + OFF[off] + MINUTE)
    assert list(doubles(mail_server.mails)) == []


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("off", OFF)
def test_two_machines_of_which_one_has_a_wrong_clock_tell_each_once_and_on_time(off, crowd, mail_server, processes):
    """`manage.py notices --loop` on both, over the moment of a reminder."""
    places, _, moment = crowd(CROWD)
    came_at = []
    mail_server.faults, mail_server.slow_for = {"slow": 1.0}, 0.01
    with database_showing(moment - 8 * SECOND) as ahead:
        mail_server.at_data = lambda server: came_at.append(timezone.now() + ahead)
        loops = [processes.start("loop", ahead=(ahead + wrong).total_seconds()) for wrong in (OFF[off], timedelta(0))]
        give_up_at = time.monotonic() + 120
        while len(mail_server.mails) < CROWD and time.monotonic() < give_up_at:
            time.sleep(0.2)
        # Time for some that would come twice.
        time.sleep(3)
        for pid in loops:
            os.kill(pid, signal.SIGTERM)
        assert [processes.wait(pid) for pid in loops] == [0, 0]

    told = Counter(mail["X-Envelope-To"] for mail in mail_server.mails)
    assert told == Counter(place.user.email for place in places)
    assert min(came_at) >= moment
    # A sender looks every two seconds; the rest is for a machine that does other things too.
    assert min(came_at) < moment + 20 * SECOND
    assert set(Notice.objects.values_list("status", flat=True)) == {Notice.Status.SENT}
    assert abs(WrongClock.objects.get().ahead - OFF[off]) < MINUTE
