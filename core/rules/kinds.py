"""What was meant by a date: said in weeks, weekdays and wall time, and read as one line of text."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TypeAlias

from core.rules.calendar import QUOTES, TermCalendar, Weekday

LAST_WEEK = 99
YEARS = range(2000, 2200)


class RuleError(ValueError):
    """A rule that cannot be read or does not fit the session; the message says what to write instead."""


def _check_minute(at: time) -> None:
    if at.second or at.microsecond or at.tzinfo:
        raise RuleError("A rule names a minute of the day in the session's zone, such as 23:59.")


@dataclass(frozen=True, kw_only=True)
class WallRule:
    """In the nth teaching week (the first is 1, breaks not counted), on this weekday, at this time on the session's
    clocks."""

    week: int
    weekday: Weekday
    at: time

    def __post_init__(self) -> None:
        _check_minute(self.at)
        if not 1 <= self.week <= LAST_WEEK:
            raise RuleError(f"Teaching weeks are counted from 1 to {LAST_WEEK}.")

    def __str__(self) -> str:
        return f"week {self.week}, {self.weekday}, {self.at:%H:%M}"

    def date_in(self, calendar: TermCalendar) -> date:
        return calendar.monday_of(self.week) + timedelta(days=self.weekday)


@dataclass(frozen=True, kw_only=True)
class BeforeRule:
    """So many weeks before the week that holds the start date."""

    weeks: int
    weekday: Weekday
    at: time

    def __post_init__(self) -> None:
        _check_minute(self.at)
        if not 1 <= self.weeks <= LAST_WEEK:
            raise RuleError(f"Weeks before week 1 are counted from 1 to {LAST_WEEK}.")

    def __str__(self) -> str:
        return f"{self.weeks} {'week' if self.weeks == 1 else 'weeks'} before week 1, {self.weekday}, {self.at:%H:%M}"

    def date_in(self, calendar: TermCalendar) -> date:
        return calendar.monday_of(1) - timedelta(weeks=self.weeks) + timedelta(days=self.weekday)


@dataclass(frozen=True, kw_only=True)
class BreakRule:
    """In a named break; `week` counts inside it and may be left out when the break is one week long."""

    name: str
    week: int | None = None
    weekday: Weekday
    at: time

    def __post_init__(self) -> None:
        _check_minute(self.at)
        object.__setattr__(self, "name", " ".join(self.name.split()))
        if not self.name or any(mark in self.name for mark in QUOTES):
            raise RuleError('Name the break in quotation marks: break "Spring break", Wednesday, 12:00.')
        if self.week is not None and not 1 <= self.week <= LAST_WEEK:
            raise RuleError("The weeks of a break are counted from 1.")

    def __str__(self) -> str:
        week = "" if self.week is None else f" week {self.week}"
        return f'break "{self.name}"{week}, {self.weekday}, {self.at:%H:%M}'

    def date_in(self, calendar: TermCalendar) -> date:
        span = calendar.break_called(self.name)
        if span is None:
            known = ", ".join(f"“{one.name}”" for one in calendar.breaks)
            there = f"its breaks are {known}" if known else "it has no breaks"
            raise RuleError(f"“{self}”: the session has no break called “{self.name}”; {there}.")
        if self.week is None and span.weeks > 1:
            raise RuleError(
                f"“{self}”: “{span.name}” is {span.weeks} weeks long; say which: "
                f'break "{span.name}" week 1, {self.weekday}, {self.at:%H:%M}.'
            )
        if (self.week or 1) > span.weeks:
            long = "one week" if span.weeks == 1 else f"{span.weeks} weeks"
            raise RuleError(f"“{self}”: “{span.name}” is only {long} long.")
        return span.starts_on + timedelta(weeks=(self.week or 1) - 1, days=self.weekday)


@dataclass(frozen=True, kw_only=True)
class DateRule:
    """On one date, whatever the session's start: it does not move when the session does."""

    on: date
    at: time

    def __post_init__(self) -> None:
        _check_minute(self.at)
        if self.on.year not in YEARS:
            raise RuleError(f"A rule's year lies between {YEARS[0]} and {YEARS[-1]}.")

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d}, {self.at:%H:%M}"

    def date_in(self, calendar: TermCalendar) -> date:
        return self.on


Rule: TypeAlias = WallRule | BeforeRule | BreakRule | DateRule
RULE_KINDS = (WallRule, BeforeRule, BreakRule, DateRule)
