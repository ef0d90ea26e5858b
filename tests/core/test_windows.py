"""On time, late, closed; and later deadlines."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules import Side, instant_of
from core.windows import Phase, Window, WindowError, days, hours, latest

NEW_YORK = "America/New_York"


def in_new_york(*wall):
    at = datetime(*wall)
    return instant_of(at.date(), at.time(), NEW_YORK, Side.DEADLINE)


RELEASE = in_new_york(2027, 3, 8, 9, 0)
DUE = in_new_york(2027, 3, 13, 23, 59)
CLOSE = in_new_york(2027, 3, 20, 23, 59)
PAPER = Window(RELEASE, DUE, CLOSE, ("week 6",))
INSTANT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)

instants = st.datetimes(datetime(2027, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("now", "phase", "accepts"),
    [
        (RELEASE - INSTANT, Phase.BEFORE, False),
        (RELEASE, Phase.OPEN, True),
        (DUE, Phase.OPEN, True),
        (DUE + MINUTE - INSTANT, Phase.OPEN, True),
        (DUE + MINUTE, Phase.LATE, True),
        (CLOSE, Phase.LATE, True),
        (CLOSE + MINUTE - INSTANT, Phase.LATE, True),
        (CLOSE + MINUTE, Phase.CLOSED, False),
    ],
)
def test_the_shown_minute_still_counts(now, phase, accepts):
    assert PAPER.phase(now) is phase
    assert PAPER.accepts(now) is accepts


def test_work_that_closes_at_its_deadline_is_never_late():
    strict = Window(RELEASE, DUE, DUE)

    assert strict.phase(DUE + MINUTE - INSTANT) is Phase.OPEN
    assert strict.phase(DUE + MINUTE) is Phase.CLOSED


def test_what_is_not_said_does_not_bind():
    assert Window().phase(DUE) is Phase.OPEN
    assert Window(due_at=DUE).phase(CLOSE + timedelta(days=999)) is Phase.LATE
    assert Window(closes_at=CLOSE).phase(CLOSE) is Phase.OPEN
    assert Window(closes_at=CLOSE).phase(CLOSE + MINUTE) is Phase.CLOSED


@pytest.mark.parametrize(
    ("late_at", "lateness"),
    [
        (RELEASE, None),
        (DUE + MINUTE - INSTANT, None),
        (DUE + MINUTE, MINUTE),
        (DUE + hours(3), hours(3)),
    ],
)
def test_lateness_is_what_two_clocks_would_tell(late_at, lateness):
    assert PAPER.lateness(late_at) == lateness


def test_without_a_deadline_nothing_is_late():
    assert Window(RELEASE).lateness(CLOSE) is None


@given(instants, st.none() | instants, st.none() | instants)
def test_what_is_late_has_a_lateness_and_nothing_else_has(now, due_at, closes_at):
    try:
        window = Window(RELEASE, due_at, closes_at)
    except WindowError:
        return

    if window.phase(now) is Phase.LATE:
        assert window.lateness(now) >= MINUTE
    if window.phase(now) is Phase.OPEN:
        assert window.lateness(now) is None


@pytest.mark.parametrize(
    ("window", "answer"),
    [
        ((DUE, DUE, CLOSE), "deadline must come after the release"),
        ((RELEASE, CLOSE, DUE), "cannot close before its deadline"),
        ((DUE, None, RELEASE), "cannot close before it is released"),
    ],
)
def test_an_impossible_order_is_refused(window, answer):
    with pytest.raises(WindowError, match=answer):
        Window(*window)


def test_hours_are_elapsed_and_days_are_on_the_clock():
    # The clocks of New York go forward in the night after the deadline.
    by_hours, by_days = PAPER.extended_by(hours(48), "a"), PAPER.extended_by(days(2, NEW_YORK), "b")

    assert by_hours.due_at == in_new_york(2027, 3, 16, 0, 59)
    assert by_days.due_at == in_new_york(2027, 3, 15, 23, 59)
    assert DUE + days(2, NEW_YORK) == by_days.due_at


def test_an_extension_moves_the_close_by_as_much_and_says_why():
    extended = PAPER.extended_by(hours(48), "+ 48 h granted by Ada")

    assert extended.closes_at == CLOSE + hours(48)
    assert extended.releases_at == RELEASE
    assert extended.provenance == ("week 6", "+ 48 h granted by Ada")
    assert PAPER.extended_to(DUE + hours(5), "").closes_at == CLOSE + hours(5)


def test_days_move_the_close_to_the_same_time_of_day():
    extended = PAPER.extended_by(days(7, NEW_YORK), "a week")

    assert extended.closes_at == in_new_york(2027, 3, 27, 23, 59)


def test_an_extension_never_makes_a_deadline_earlier():
    assert PAPER.extended_to(DUE - hours(1), "earlier") == PAPER
    assert PAPER.extended_to(DUE, "the same") == PAPER
    assert PAPER.extended_by(hours(-1), "earlier") == PAPER


def test_what_has_no_deadline_cannot_be_extended():
    assert Window(RELEASE).extended_by(hours(48), "why") == Window(RELEASE)
    assert Window(RELEASE).extended_to(DUE, "why") == Window(RELEASE)


def test_of_several_extensions_the_latest_wins_and_they_do_not_add_up():
    two_days, one_day = PAPER.extended_by(hours(48), "two days"), PAPER.extended_by(hours(24), "one day")

    assert latest(PAPER, two_days, one_day) == latest(PAPER, one_day, two_days) == two_days
    assert latest(PAPER) == PAPER
    assert latest(PAPER, Window(RELEASE)) == Window(RELEASE)
    assert latest(Window(RELEASE), PAPER) == Window(RELEASE)


@given(instants, instants, st.lists(st.integers(-100, 2000)), st.lists(st.integers(0, 60)), instants)
def test_however_it_is_extended_the_window_keeps_its_order(due_at, other, by_hours, by_days, until):
    due_at, closes_at = sorted((due_at, other))
    base = Window(None, due_at, closes_at)
    window = base
    for count in by_hours:
        window = window.extended_by(hours(count), "hours")
    for count in by_days:
        window = window.extended_by(days(count, NEW_YORK), "days")
    window = window.extended_to(until, "until")

    assert base.due_at <= window.due_at <= window.closes_at
    assert window.closes_at >= base.closes_at


def test_days_never_close_before_they_are_due_in_the_hour_that_comes_twice():
    first = instant_of(datetime(2027, 11, 7).date(), datetime(2027, 11, 7, 1, 45).time(), NEW_YORK, Side.RELEASE)
    window = Window(None, first, first + timedelta(minutes=30)).extended_by(days(1, NEW_YORK), "a day")

    assert window.due_at <= window.closes_at
