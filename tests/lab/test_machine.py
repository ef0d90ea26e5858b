"""Deadlines moved, removed and extended, a module hidden, people who leave, in any order around the sending.

Hypothesis looks for an order of acts after which somebody is told what the model does not say, or is not told what it
says, and shortens it. Which broken versions it finds stands in test_broken_variants.py.
"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.lab.mail_server import FaultyMailServer
from tests.lab.world import WEEK_BEGINS, World
from tests.size import sized

PEOPLE, THINGS = 3, 3
ZONES = ("America/New_York", "Asia/Jerusalem", "Europe/Belgrade")
REMOVED = THINGS - 1
DUE = (
    ("Project part", "week 8, Friday, 17:00"),
    ("Reflection paper", "week 8, Sunday, 23:59"),
    ("Peer log", "week 8, Saturday, 23:59"),
)
people, things = st.integers(0, PEOPLE - 1), st.integers(0, REMOVED - 1)
# From a moment at which something falls due: just before, at it, just after; or simply on.
AROUND = tuple(timedelta(seconds=seconds) for seconds in (-601, -600, -300, -60, -1, 0, 1, 60, 300, 900))


class Deadlines(RuleBasedStateMachine):
    """The class and its model, side by side. `mail_server` is put here by the test."""

    mail_server: FaultyMailServer

    @initialize()
    def begin(self):
        self.mail_server.mails.clear()
        self.world = World(PEOPLE, due=DUE, zones=ZONES, begins=WEEK_BEGINS + timedelta(days=2))

    @rule(around=st.sampled_from(AROUND))
    def go_on_to_a_moment(self, around):
        ahead = self.world.model.moments(self.world.now + timedelta(days=5))
        if ahead and ahead[0] + around > self.world.now:
            self.world.go_on_to(ahead[0] + around)

    @rule(hours=st.integers(1, 30))
    def go_on(self, hours):
        self.world.go_on_to(self.world.now + timedelta(hours=hours))

    @rule(person=people, thing=things)
    def hand_in(self, person, thing):
        if self.may_work(person, thing):
            self.world.hand_in(person, thing)

    @rule(person=people, thing=things)
    def write(self, person, thing):
        if self.may_work(person, thing):
            self.world.write(person, thing)

    @rule(person=people, thing=things, hours=st.sampled_from((6, 24, 48)))
    def extend(self, person, thing, hours):
        if self.world.model.people[person].takes_part:
            self.world.extend(person, thing, hours)

    @rule(person=people, thing=things)
    def revoke(self, person, thing):
        self.world.revoke(person, thing)

    @rule(thing=things, hours=st.integers(-30, 60))
    def move_deadline(self, thing, hours):
        self.world.move_deadline(thing, self.world.model.things[thing].due_at + timedelta(hours=hours))

    @precondition(lambda self: self.world.model.things[REMOVED].is_there)
    @rule()
    def remove(self):
        self.world.remove(REMOVED)

    @rule(is_hidden=st.booleans())
    def hide(self, is_hidden):
        self.world.hide(is_hidden=is_hidden)

    @rule(person=people, status=st.sampled_from(("withdrawn", "active", "on_leave")))
    def leave_or_return(self, person, status):
        self.world.set_status(person, status)

    @invariant()
    def the_models_set_and_no_other(self):
        if hasattr(self, "world"):
            assert self.world.violations(self.mail_server) == []

    def may_work(self, person, thing):
        model = self.world.model
        is_taken = self.world.now < model.own_due_at(person, thing) + timedelta(days=3)
        return model.people[person].takes_part and not model.things[thing].is_hidden and is_taken


def play(mail_server, *, examples, steps=25, phases=(Phase.generate,)):
    """Run the machine; each example in a transaction that is undone."""
    from django.db import transaction

    class Undone(Deadlines):
        def __init__(self):
            super().__init__()
            self.undoing = transaction.atomic()
            self.undoing.__enter__()

        def teardown(self):
            transaction.set_rollback(True)
            self.undoing.__exit__(None, None, None)

    Undone.mail_server = mail_server
    run_state_machine_as_test(
        Undone,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=phases,
        ),
    )


@pytest.mark.django_db
def test_whatever_happens_around_the_sending_the_models_set_is_told(mail_server):
    play(mail_server, examples=6)


@pytest.mark.faults
@pytest.mark.django_db
def test_whatever_happens_around_the_sending_the_models_set_is_told_however_long_one_looks(mail_server):
    play(mail_server, examples=sized(250, 15), steps=40, phases=(Phase.generate, Phase.shrink))
