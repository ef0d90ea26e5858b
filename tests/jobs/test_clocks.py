"""One clock for all machines: the database's."""

from datetime import timedelta

import pytest

from core import clock
from jobs.clocks import LATELY, TOLERANCE, agreed_now, wrong_clocks
from jobs.models import WrongClock

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def set_machine(monkeypatch):
    """Puts the machine's clock so far ahead of the real time, and lets it go on."""
    right = clock.now

    def _set_machine(ahead):
        monkeypatch.setattr(clock, "now", lambda: right() + ahead)

    return _set_machine


@pytest.mark.parametrize("ahead", [HOUR, -HOUR, 24 * HOUR])
def test_a_task_works_by_the_databases_clock_and_says_once_that_the_machines_is_wrong(ahead, set_machine, caplog):
    right = agreed_now()
    set_machine(ahead)

    moments = [agreed_now() for _ in range(3)]

    assert all(right <= moment < right + HOUR / 60 for moment in moments)
    [row] = wrong_clocks(now=moments[-1])
    assert abs(row.ahead - ahead) <= SECOND
    assert row.seen_at == moments[-1]
    assert len([record for record in caplog.records if "seconds off the database's" in record.message]) == 1


@pytest.mark.parametrize("ahead", [timedelta(0), TOLERANCE - SECOND, SECOND - TOLERANCE])
def test_some_seconds_are_nothing_to_tell(ahead, set_machine, django_assert_num_queries):
    set_machine(ahead)

    with django_assert_num_queries(1):
        agreed_now()

    assert not WrongClock.objects.exists()


def test_a_machine_that_was_set_right_is_told_of_no_more_and_forgotten_in_time(set_machine):
    at = agreed_now()
    WrongClock.objects.create(machine="gone", ahead=HOUR, seen_at=at - 25 * HOUR)
    set_machine(HOUR)
    agreed_now()
    set_machine(timedelta(0))
    agreed_now()

    assert wrong_clocks(now=at + LATELY + SECOND) == []
    assert not WrongClock.objects.filter(machine="gone").exists()
