"""Deliberately broken versions, and that the laboratory finds each of them.

Here they are run: each is put into the product for one short story, and the laboratory has to say what is wrong. Those
that need processes, a broker or a database of their own stand in the docstrings of the tests that were seen to fail:
`tests/faults/test_crowds.py`, `tests/faults/test_nothing_is_lost.py`, `tests/faults/test_handing_in.py`.
"""

from datetime import timedelta

import pytest

from assignments.notices import reminders
from core import clock
from notifications import planner, sender, tasks
from notifications.models import Notice, Planning
from notifications.post import Fate, Outcome
from tests.lab import test_clocks
from tests.lab.test_clocks import OFF, days_under
from tests.lab.world import NEW_YORK, WEEK_BEGINS, World

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DUE = (("Project part", "week 8, Friday, 17:00"), ("Reflection paper", "week 8, Sunday, 23:59"))
AHEAD = WEEK_BEGINS + timedelta(days=9)


def story(mail_server):
    """Somebody hands in, gets more time, leaves, between planning and sending; nobody looks for a day and a half; a
    deadline comes to lie just after a reminder, and nobody looks until it has passed. What the laboratory finds."""
    world = World(4, due=DUE, zones=(NEW_YORK,))
    first = world.model.moments(AHEAD)[0]
    world.go_on_to(first - 5 * MINUTE)
    world.hand_in(0, 0)
    world.extend(1, 0, 24)
    world.set_status(2, "withdrawn")
    world.go_on_to(first, plans=False)
    world.move_deadline(1, world.works[1].due_at + 24 * HOUR)
    world.go_on_to(first + 36 * HOUR)
    last = world.model.moments(AHEAD)[-1]
    world.go_on_to(last - 5 * MINUTE)
    world.go_on_to(world.works[1].due_at + HOUR, plans=False)
    return world.violations(mail_server)


def test_the_story_is_told_as_the_model_says(mail_server):
    assert story(mail_server) == []


def asks_no_cause(patch):
    """Nobody asks right before sending whether it is still wanted."""
    patch.setattr(sender, "ask_wanted", lambda notices, now: {})


def knows_no_extension(patch):
    """Reminders are reckoned from the deadline that everybody has."""
    real = reminders.reminder

    def broken(kind, work, before, tz):
        work.own_due_at = work.due_at
        return real(kind, work, before, tz)

    patch.setattr(reminders, "reminder", broken)


def counts_hours(patch):
    """Exactly so many hours before, whatever hour of the night that is."""
    patch.setattr(reminders, "reminder_time", lambda due_at, before, tz: due_at - before)


def forgets_a_standstill(patch):
    """The planner looks from now on instead of from its last good run."""
    real = planner.plan

    def broken(*, now):
        Planning.objects.all().delete()
        return real(now=now)

    patch.setattr(planner, "FIRST_LOOK_BACK", timedelta(0))
    patch.setattr(planner, "plan", broken)


def sends_what_has_expired(patch):
    """What is past is told all the same."""
    real = sender.ask_wanted

    def broken(notices, now):
        refused = real(notices, now)
        return {pk: why for pk, why in refused.items() if why.status is not Notice.Status.EXPIRED}

    patch.setattr(sender, "ask_wanted", broken)


def records_nothing(patch):
    """That the mail server took it is not written down."""
    patch.setattr(sender, "_record_accepted", lambda *said: None)


def believes_everything(patch):
    """Whatever the mail server answers counts as an acceptance."""
    real = sender.Post.send

    def broken(self, message):
        real(self, message)
        return Outcome(Fate.ACCEPTED)

    patch.setattr(sender.Post, "send", broken)


VARIANTS = {
    "the cause is not asked again": (asks_no_cause, "not wanted"),
    "extensions are not known": (knows_no_extension, "missing"),
    "hours are counted instead of mornings": (counts_hours, "late"),
    "a standstill is forgotten": (forgets_a_standstill, "missing"),
    "what has expired is sent": (sends_what_has_expired, "not wanted"),
    "acceptances are not recorded": (records_nothing, "twice"),
    "every answer is an acceptance": (believes_everything, "said to be sent, and is not there"),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_laboratory_finds_it(name, start_mail_server, monkeypatch):
    break_it, found = VARIANTS[name]
    mail_server = start_mail_server({"451": 0.5} if break_it is believes_everything else None)
    break_it(monkeypatch)

    assert any(violation.startswith(found) for violation in story(mail_server))


def test_the_laboratory_finds_tasks_that_take_the_machines_clock(mail_server, monkeypatch):
    monkeypatch.setattr(tasks, "agreed_now", lambda: clock.now())

    found = days_under(OFF["an hour ahead"], mail_server, monkeypatch)

    assert any(violation.startswith("early") for violation in found)


def test_the_laboratory_finds_a_run_that_goes_on_by_the_machines_clock(mail_server, monkeypatch):
    def broken(start):
        began = clock.now()
        return lambda: start + (clock.now() - began)

    monkeypatch.setattr(clock, "going_on_from", broken)

    with pytest.raises(AssertionError):
        test_clocks.test_a_clock_that_is_set_while_a_run_sends_makes_nothing_early(
            "an hour ahead", mail_server, monkeypatch
        )
