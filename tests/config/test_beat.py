"""Beat, whose schedule Celery reckons by the machine's clock.

Seen failing with Celery's own scheduler: set back by an hour it woke nobody, and without a worker all it woke waited.
"""

from collections import Counter
from datetime import timedelta

import pytest
import time_machine

from config.beat import MOST_LOOKS_WAITING, BeatingScheduler
from config.celery import app
from core import clock
from tests.cast import WEEK_3

EVERY_TWO_SECONDS, EVERY_MINUTE = "notifications.tasks.send_notices", "notifications.tasks.plan_notices"


@pytest.fixture
def woken(db, monkeypatch):
    """Whom beat has woken, instead of asking a broker."""
    names = []
    monkeypatch.setattr(
        BeatingScheduler, "apply_async", lambda self, entry, producer=None, advance=True: names.append(entry.task)
    )
    return names


@pytest.fixture
def waiting(monkeypatch):
    """How many messages wait in each queue, or what the broker answers instead."""
    counts = {}

    class Client:
        def llen(self, queue):
            answer = counts.get(queue, 0)
            if isinstance(answer, Exception):
                raise answer
            return answer

    class Producer:
        channel = type("Channel", (), {"client": Client()})

    monkeypatch.setattr(BeatingScheduler, "producer", Producer())
    return counts


def go(scheduler):
    """Until it wants to sleep."""
    while scheduler.tick() == 0:
        pass


@pytest.mark.parametrize("jump", [-timedelta(hours=1), timedelta(hours=1), -timedelta(days=1)])
def test_a_clock_that_is_set_lets_nobody_sleep(woken, waiting, jump):
    with time_machine.travel(WEEK_3, tick=False) as machine:
        scheduler = BeatingScheduler(app=app)
        machine.shift(2)
        go(scheduler)
        assert EVERY_TWO_SECONDS in woken
        woken.clear()

        machine.shift(jump)
        go(scheduler)
        machine.shift(2)
        go(scheduler)

        assert EVERY_TWO_SECONDS in woken


def test_while_no_worker_comes_a_few_looks_wait_and_the_rare_ones_have_their_room(woken, waiting, monkeypatch):
    with time_machine.travel(WEEK_3, tick=False) as machine:
        monkeypatch.setattr(clock, "steady", lambda: clock.now() - WEEK_3)
        scheduler = BeatingScheduler(app=app)
        waiting["celery"] = 20
        machine.shift(61)
        go(scheduler)

    assert EVERY_TWO_SECONDS not in woken
    assert EVERY_MINUTE in woken
    # Another queue is another worker's.
    assert "jobs.tasks.run_jobs" in woken


def test_however_long_no_worker_comes_a_few_looks_of_each_wait(waiting, db, monkeypatch):
    """Seen failing while each had room by its period: after a night six hundred waited, a hundred of them planners."""
    names = Counter()

    def publish(self, entry, producer=None, advance=True):
        names[entry.name] += 1
        queue = "jobs" if "jobs" in entry.options.get("queue", "") or entry.task == "jobs.tasks.run_jobs" else "celery"
        waiting[queue] = waiting.get(queue, 0) + 1

    monkeypatch.setattr(BeatingScheduler, "apply_async", publish)
    with time_machine.travel(WEEK_3, tick=False) as machine:
        monkeypatch.setattr(clock, "steady", lambda: clock.now() - WEEK_3)
        scheduler = BeatingScheduler(app=app)
        for _ in range(24 * 60):
            machine.shift(60)
            go(scheduler)

    assert set(names) == set(app.conf.beat_schedule)
    assert max(names.values()) <= 2 * MOST_LOOKS_WAITING


def test_a_broker_that_cannot_be_asked_ends_nothing(woken, waiting):
    with time_machine.travel(WEEK_3, tick=False) as machine:
        scheduler = BeatingScheduler(app=app)
        waiting["celery"] = ConnectionRefusedError()
        machine.shift(2)
        go(scheduler)

    assert EVERY_TWO_SECONDS in woken
