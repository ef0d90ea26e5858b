"""One mail a day and quiet nights, whatever is told when: a model of a person's day beside the product's.

Hypothesis tells people things of each sort, at any hour and of use for shorter or longer, around a change of clocks;
somebody looks every hour. The model knows mornings, nights and days by the standard library alone. `BROKEN` are
versions of the product that it has to find.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from accounts.models import User
from notifications import claims, days, outbox, sender
from notifications.models import Lane, Notice
from tests.size import sized

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LEAST = 6 * HOUR
# On Sunday 14 March 2027 New York's clocks go forward; all three are whole hours from UTC, so that whoever looks every
# hour looks at each of their mornings.
BEGINS = datetime(2027, 3, 12, 12, tzinfo=UTC)
ZONES = ("America/New_York", "Europe/Belgrade", "Australia/Sydney")
people = st.integers(0, len(ZONES) - 1)
ahead, lasting = st.sampled_from((0, 1, 4, 9, 16, 25)), st.sampled_from((2, 9, 15, 22, 31, 50, 80))


def on_the_clock(day, wall, zone):
    return datetime.combine(day, wall, ZoneInfo(zone)).astimezone(UTC)


def morning(day, zone):
    """When the mail of that day goes."""
    return on_the_clock(day, time(8) if day.weekday() == 0 else time(9), zone)


def is_night(at, zone):
    return not time(7) <= at.astimezone(ZoneInfo(zone)).time() < time(21)


def night_ends(at, zone):
    wall = at.astimezone(ZoneInfo(zone))
    return on_the_clock(wall.date() + timedelta(days=wall.time() >= time(7)), time(7), zone)


class Days(RuleBasedStateMachine):
    """What three people are told. `kinds` is put here by the test: one for each lane."""

    @initialize()
    def begin(self):
        Notice.objects.all().delete()
        self.now, self.number = BEGINS, 0
        self.zones = {
            User.objects.create_user(f"person{n}@example.org", name=f"Person {n}", zone=zone).pk: zone
            for n, zone in enumerate(ZONES)
        }
        self.people = list(self.zones)
        # The days of their own on which each was sent an ordinary mail, and the mails that are known.
        self.days, self.seen = {person: set() for person in self.people}, set()

    @rule(person=people, ahead=ahead, lasts=lasting)
    def tell_something_ordinary(self, person, ahead, lasts):
        self.tell(Lane.REMINDER, person, ahead, lasts)

    @rule(person=people, ahead=ahead, lasts=lasting)
    def tell_an_event(self, person, ahead, lasts):
        self.tell(Lane.EVENT, person, ahead, lasts)

    @rule(person=people)
    def tell_at_once(self, person):
        self.tell(Lane.EVENT, person, 0, 5, at_once=True)

    @rule(person=people)
    def tell_of_the_account(self, person):
        self.tell(Lane.ACCOUNT, person, 0, 2)

    @rule(hours=st.integers(1, 14))
    def go_on(self, hours):
        for _ in range(hours):
            self.now += HOUR
            self.look()

    def tell(self, lane, person, ahead, lasts, **said):
        self.number += 1
        send_at = self.now + ahead * HOUR
        notice = self.kinds[lane].to(
            self.people[person],
            occurrence=str(self.number),
            send_at=send_at,
            expires_at=send_at + lasts * HOUR,
            context={"title": f"Thing {self.number}"},
            **said,
        )
        outbox.enqueue(notice, now=self.now)
        self.look()

    def look(self):
        sender.send_due(now=self.now)
        rows = list(Notice.objects.order_by("pk"))
        new = {}
        for row in rows:
            if row.status == Notice.Status.SENT and row.pk not in self.seen:
                new.setdefault(row.message_id, []).append(row)
        found = [*self.wrong_mails(new.values()), *self.left_waiting(rows)]
        assert found == []

    def wrong_mails(self, mails):
        for mail in mails:
            self.seen |= {row.pk for row in mail}
            first, zone = mail[0], self.zones[mail[0].recipient_id]
            today = self.now.astimezone(ZoneInfo(zone)).date()
            chance = self.now
            if first.lane == Lane.REMINDER:
                had = self.days[first.recipient_id]
                chance = self.next_days_mail(had, zone)
                had.add(today)
            elif first.lane == Lane.EVENT and not first.is_urgent and is_night(self.now, zone):
                chance = night_ends(self.now, zone)
            if chance > self.now and all(row.expires_at - chance >= LEAST for row in mail):
                yield f"could have waited until {chance}: {first.lane} in {zone} at {self.now}"

    def next_days_mail(self, had, zone):
        wall = self.now.astimezone(ZoneInfo(zone))
        if wall.date() in had or wall.time() >= time(21):
            return morning(wall.date() + timedelta(days=1), zone)
        return max(self.now, morning(wall.date(), zone))

    def left_waiting(self, rows):
        for row in rows:
            zone = self.zones[row.recipient_id]
            if row.status in (Notice.Status.EXPIRED, Notice.Status.FAILED):
                yield f"never told: {row.lane} in {zone}, to be told at {row.send_at}"
            elif row.status == Notice.Status.WAITING and row.send_at <= self.now:
                by = self.now
                if row.lane == Lane.REMINDER:
                    day = row.send_at.astimezone(ZoneInfo(zone)).date()
                    by = morning(day + timedelta(days=1), zone)
                elif row.lane == Lane.EVENT and not row.is_urgent and is_night(self.now, zone):
                    by = night_ends(self.now, zone)
                if by <= self.now:
                    yield f"late: {row.lane} in {zone}, to be told at {row.send_at}, waits at {self.now}"


@pytest.fixture
def play(declare):
    lanes = {Lane.REMINDER: "fair.closes", Lane.EVENT: "fair.opens", Lane.ACCOUNT: "fair.heard"}
    declared = {lane: declare(key, lane) for lane, key in lanes.items()}

    def _play(*, examples, steps=25):
        class Undone(Days):
            kinds = declared

            def __init__(self):
                super().__init__()
                self.undoing = transaction.atomic()
                self.undoing.__enter__()

            def teardown(self):
                transaction.set_rollback(True)
                self.undoing.__exit__(None, None, None)

        run_state_machine_as_test(
            Undone,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
                phases=(Phase.generate,),
            ),
        )

    return _play


def test_nobody_gets_two_ordinary_mails_on_a_day_or_one_at_night_and_nothing_waits_beyond_the_next_morning(play):
    play(examples=6)


@pytest.mark.faults
def test_nor_however_long_one_looks(play):
    play(examples=sized(60, 15), steps=50)


def counts_days_of_utc(patch):
    """The mail of the day is counted by days of UTC."""
    real = days.next_days_mail
    patch.setattr(days, "next_days_mail", lambda tz, last_at, now: real(ZoneInfo("UTC"), last_at, now))


def knows_no_day(patch):
    """Nobody remembers that a mail of the day went."""
    real = days.next_days_mail
    patch.setattr(days, "next_days_mail", lambda tz, last_at, now: real(tz, None, now))


def knows_no_night(patch):
    """Events go at any hour."""
    patch.setattr(days, "next_waking", lambda person, now: now)


def lets_all_wait(patch):
    """That something would be useless by then is not asked."""
    patch.setattr(days, "LEAST_LEFT", timedelta(days=-30))


def holds_everything_back(patch):
    """What waits for a morning waits for the one after it."""
    real = claims.put_off

    def broken(mail, mailed, now):
        until = real(mail, mailed, now)
        return until and until + timedelta(days=1)

    patch.setattr(claims, "put_off", broken)


BROKEN = {
    counts_days_of_utc: "could have waited|late",
    knows_no_day: "could have waited",
    knows_no_night: "could have waited",
    lets_all_wait: "never told",
    holds_everything_back: "late|never told",
}


@pytest.mark.parametrize("break_it", BROKEN)
def test_the_model_finds_it(play, break_it, monkeypatch):
    break_it(monkeypatch)

    with pytest.raises(AssertionError, match=BROKEN[break_it]):
        play(examples=20)
