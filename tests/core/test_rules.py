"""What people write for a date, and which day it is."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules import (
    EXAMPLES,
    BeforeRule,
    BreakRule,
    BreakSpan,
    CalendarError,
    DateRule,
    RuleError,
    Side,
    TermCalendar,
    WallRule,
    Weekday,
    parse_rule,
    resolve,
)

NEW_YORK = "America/New_York"
SPRING_BREAK = BreakSpan("Spring break", date(2027, 3, 15), date(2027, 3, 21))
HOLIDAYS = BreakSpan("Holidays", date(2027, 4, 5), date(2027, 4, 18))
PLAIN = TermCalendar(date(2027, 2, 1), NEW_YORK)
WITH_BREAKS = TermCalendar(date(2027, 2, 1), NEW_YORK, (HOLIDAYS, SPRING_BREAK))

minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
weekdays = st.sampled_from(Weekday)
weeks = st.integers(1, 99)
names = st.text(st.characters(exclude_characters='"“”„', exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=40)
rules = st.one_of(
    st.builds(WallRule, week=weeks, weekday=weekdays, at=minutes),
    st.builds(BeforeRule, weeks=weeks, weekday=weekdays, at=minutes),
    st.builds(BreakRule, name=names, week=st.none() | weeks, weekday=weekdays, at=minutes),
    st.builds(DateRule, on=st.dates(date(2000, 1, 1), date(2199, 12, 31)), at=minutes),
)


def day_of(text, calendar=WITH_BREAKS):
    return parse_rule(text).date_in(calendar)


# --- reading and writing ------------------------------------------------------------------------------------------


@given(rules)
def test_a_rule_is_read_back_from_its_own_text(rule):
    assert parse_rule(str(rule)) == rule


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_we_print_are_canonical(text):
    assert str(parse_rule(text)) == text


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("  Week 3,SUNDAY ,  23:59 ", "week 3, Sunday, 23:59"),
        ("week3, sunday, 9:00", "week 3, Sunday, 09:00"),
        ("1 Weeks Before Week 1, monday, 09:00", "1 week before week 1, Monday, 09:00"),
        ("break “Spring  break” WEEK 1, wednesday, 12:00", 'break "Spring break" week 1, Wednesday, 12:00'),
        ('break "Winter, and rest", Friday, 12:00', 'break "Winter, and rest", Friday, 12:00'),
        ("2027-3-7,23:59", "2027-03-07, 23:59"),
        ("week 3,\n  Sunday, 23:59", "week 3, Sunday, 23:59"),
    ],
)
def test_capitals_and_spaces_do_not_matter(written, canonical):
    assert str(parse_rule(written)) == canonical


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        (
            "week 3, Sonday, 23:59",
            "“week 3, Sonday, 23:59”: Sonday is not a day of the week; write week 3, Sunday, 23:59.",
        ),
        ("week 3, Restday, 23:59", "write one of Monday to Sunday."),
        ("week 3, Sun, 23:59", "Sun is not a day of the week; write week 3, Sunday, 23:59."),
        ("week 3, S, 23:59", "write one of Monday to Sunday."),
        ("week 3, Sunday", "after the week come a weekday and a time, set off by commas: write week 3, Sunday, 23:59."),
        ("week 3 Sunday 23:59", "set off by commas: write week 3, Sunday, 23:59."),
        ("week 3", "write week 3, Sunday, 23:59."),
        ("week three, Sunday, 23:59", "that is no rule; write one like week 3, Sunday, 23:59"),
        ("week 0, Monday, 09:00", "for a week before the start write 1 week before week 1, Monday, 09:00."),
        ("week -1, Monday, 09:00", "for a week before the start write 2 weeks before week 1, Monday, 09:00."),
        ("0 weeks before week 1, Monday, 09:00", "that is week 1 itself; write week 1, Monday, 09:00."),
        ("2 weeks before week 5, Monday, 09:00", "write week 3, Monday, 09:00."),
        ("week 100, Monday, 09:00", "Teaching weeks are counted from 1 to 99."),
        ("week 123456789, Monday, 09:00", "too many"),
        ("week 3, Sunday, 24:00", "write 23:59 for the end of that day, or 00:00 of the next day."),
        ("week 3, Sunday, 25:10", "25:10 is not a time of day; the last is 23:59."),
        ("week 3, Sunday, 23:60", "23:60 is not a time of day; the last is 23:59."),
        ("week 3, Sunday, 11:59 pm", "11:59 pm is not a time of day; write hours and minutes"),
        ("week 3, Sunday, 23:59:30", "23:59:30 is not a time of day; write hours and minutes"),
        ("2027-02-30, 12:00", "“2027-02-30, 12:00”: that date does not exist: February 2027 has 28 days."),
        ("2027-00-10, 12:00", "there is no month 0; a date is written year-month-day"),
        ("2027-13-10, 12:00", "there is no month 13"),
        ("0000-01-10, 12:00", "the year 0000 is surely a slip"),
        ("0227-03-07, 12:00", "the year 0227 is surely a slip"),
        ("2027-03-07, Sunday, 12:00", "after a date comes only the time: write 2027-03-07, 23:59."),
        ("2027-03-07", "after a date comes only the time: write 2027-03-07, 23:59."),
        ("7.3.2027, 12:00", "write one like"),
        ("break Spring break, Monday, 12:00", "put the name of the break in quotation marks"),
        ('break "", Monday, 12:00', "Name the break in quotation marks"),
        ('break "Spring break" day 2, Monday, 12:00', "after the name of the break comes its week or a comma"),
        ('break "Spring break" week 0, Monday, 12:00', "The weeks of a break are counted from 1."),
        ("   ", "Write a rule, such as week 3, Sunday, 23:59."),
    ],
)
def test_what_cannot_be_read_is_answered_with_what_to_write(written, answer):
    with pytest.raises(RuleError) as refused:
        parse_rule(written)

    assert answer in str(refused.value)


@given(st.text(max_size=60) | st.from_regex(r"(week|break|2027-)[ \d\w\",:-]{0,30}"))
def test_any_text_is_a_rule_or_is_refused_in_words(text):
    try:
        rule = parse_rule(text)
    except RuleError:
        return

    assert parse_rule(str(rule)) == rule


def test_seconds_are_not_part_of_a_rule():
    with pytest.raises(RuleError, match="a minute of the day"):
        WallRule(week=1, weekday=Weekday.SUNDAY, at=time(23, 59, 59))


# --- teaching weeks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("starts_on", [date(2027, 2, 1), date(2027, 2, 3), date(2027, 2, 7)])
def test_week_one_holds_the_start_date_whatever_its_weekday(starts_on):
    calendar = TermCalendar(starts_on, NEW_YORK)

    assert calendar.monday_of(1) == date(2027, 2, 1)
    assert day_of("week 1, Sunday, 23:59", calendar) == date(2027, 2, 7)
    assert day_of("week 1, Monday, 09:00", calendar) == date(2027, 2, 1)


def test_break_weeks_are_not_counted():
    assert day_of("week 6, Monday, 09:00") == date(2027, 3, 8)
    assert day_of("week 7, Monday, 09:00") == date(2027, 3, 22)
    assert day_of("week 8, Sunday, 09:00") == date(2027, 4, 4)
    assert day_of("week 9, Monday, 09:00") == date(2027, 4, 19)


def test_breaks_one_right_after_the_other_are_both_left_out():
    second = BreakSpan("More of it", date(2027, 3, 22), date(2027, 3, 28))
    calendar = TermCalendar(date(2027, 2, 1), NEW_YORK, (second, SPRING_BREAK))

    assert calendar.monday_of(7) == date(2027, 3, 29)


def test_a_day_before_the_start_or_in_a_break_is_in_no_teaching_week():
    assert WITH_BREAKS.week_of(date(2027, 1, 31)) is None
    assert WITH_BREAKS.week_of(date(2027, 2, 1)) == 1
    assert WITH_BREAKS.week_of(date(2027, 3, 14)) == 6
    assert WITH_BREAKS.week_of(date(2027, 3, 15)) is None
    assert WITH_BREAKS.week_of(date(2027, 3, 21)) is None
    assert WITH_BREAKS.week_of(date(2027, 3, 22)) == 7


@given(st.integers(1, 99), st.integers(0, 6))
def test_every_day_of_a_teaching_week_knows_its_number(week, weekday):
    assert WITH_BREAKS.week_of(WITH_BREAKS.monday_of(week) + timedelta(days=weekday)) == week


def test_a_rule_may_lie_before_week_one():
    assert day_of("2 weeks before week 1, Monday, 09:00") == date(2027, 1, 18)


def test_a_rule_may_lie_in_a_break_by_its_name():
    assert day_of('break "Spring break", Wednesday, 12:00') == date(2027, 3, 17)
    assert day_of('break "spring  BREAK" week 1, Wednesday, 12:00') == date(2027, 3, 17)
    assert day_of('break "Holidays" week 2, Monday, 12:00') == date(2027, 4, 12)


def test_an_absolute_date_ignores_the_calendar():
    assert day_of("2027-03-17, 12:00", PLAIN) == day_of("2027-03-17, 12:00", WITH_BREAKS) == date(2027, 3, 17)


@pytest.mark.parametrize(
    ("text", "calendar", "answer"),
    [
        ('break "Carnival", Monday, 12:00', PLAIN, "no break called “Carnival”; it has no breaks."),
        ('break "Carnival", Monday, 12:00', WITH_BREAKS, "its breaks are “Spring break”, “Holidays”."),
        ('break "Holidays", Monday, 12:00', WITH_BREAKS, 'say which: break "Holidays" week 1, Monday, 12:00.'),
        ('break "Holidays" week 3, Monday, 12:00', WITH_BREAKS, "“Holidays” is only 2 weeks long."),
        ('break "Spring break" week 2, Monday, 12:00', WITH_BREAKS, "“Spring break” is only one week long."),
    ],
)
def test_a_rule_in_a_break_that_is_not_there_is_refused(text, calendar, answer):
    with pytest.raises(RuleError) as refused:
        resolve(parse_rule(text), calendar, Side.DEADLINE)

    assert answer in str(refused.value)


def test_there_is_no_week_zero():
    with pytest.raises(CalendarError, match="counted from 1"):
        PLAIN.monday_of(0)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "answer"),
    [
        (date(2027, 3, 16), date(2027, 3, 21), "must cover whole weeks"),
        (date(2027, 3, 15), date(2027, 3, 20), "must cover whole weeks"),
        (date(2027, 3, 22), date(2027, 3, 21), "ends before it starts"),
    ],
)
def test_a_break_covers_whole_weeks(starts_on, ends_on, answer):
    with pytest.raises(CalendarError, match=answer):
        BreakSpan("Spring break", starts_on, ends_on)


@pytest.mark.parametrize(
    ("breaks", "answer"),
    [
        ([BreakSpan("Early", date(2027, 2, 1), date(2027, 2, 7))], "must start after week 1"),
        ([SPRING_BREAK, BreakSpan("Long", date(2027, 3, 8), date(2027, 3, 21))], "overlap"),
        ([SPRING_BREAK, BreakSpan("spring BREAK", date(2027, 4, 5), date(2027, 4, 11))], "the same name"),
    ],
)
def test_breaks_that_make_no_calendar_are_refused(breaks, answer):
    with pytest.raises(CalendarError, match=answer):
        TermCalendar(date(2027, 2, 3), NEW_YORK, tuple(breaks))


def test_an_unknown_zone_is_refused():
    with pytest.raises(CalendarError, match="“Mars/Olympus” is not a time zone; write a name such as"):
        TermCalendar(date(2027, 2, 1), "Mars/Olympus")
