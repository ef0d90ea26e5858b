"""A session's teaching weeks: which Monday is week 5, and which dates are in no teaching week."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from itertools import pairwise

from core.zones import zone_names

QUOTES = '"“”„'


class Weekday(IntEnum):
    """Numbered as `date.weekday()` numbers them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6

    def __str__(self) -> str:
        return self.name.capitalize()


class CalendarError(ValueError):
    """Dates that make no calendar of teaching weeks; the message says what to write instead."""


def monday_of_week_with(day: date) -> date:
    """The Monday of the week that holds this day."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class BreakSpan:
    """Whole weeks without teaching, Monday to Sunday, under a name that rules can use. Raises CalendarError."""

    name: str
    starts_on: date
    ends_on: date

    def __post_init__(self) -> None:
        if not self.name.strip() or any(mark in self.name for mark in QUOTES):
            raise CalendarError("A break needs a name without quotation marks, such as Spring break.")
        if self.starts_on.weekday() != Weekday.MONDAY or self.ends_on.weekday() != Weekday.SUNDAY:
            raise CalendarError(f"“{self.name}” must cover whole weeks: let it start on a Monday and end on a Sunday.")
        if self.ends_on < self.starts_on:
            raise CalendarError(f"“{self.name}” ends before it starts; exchange its two dates.")

    @property
    def length(self) -> timedelta:
        return self.ends_on - self.starts_on + timedelta(days=1)

    @property
    def weeks(self) -> int:
        return self.length.days // 7

    def is_called(self, name: str) -> bool:
        """Whether this is the break of that name, whatever its capitals and spaces."""
        return self.name.casefold().split() == name.casefold().split()


@dataclass(frozen=True)
class TermCalendar:
    """The weeks of one session in its own zone; week 1 is the Monday-to-Sunday week that holds `starts_on`.

    Weeks are counted without end: the calendar does not know when teaching stops. Raises CalendarError.
    """

    starts_on: date
    zone: str
    breaks: tuple[BreakSpan, ...] = ()

    def __post_init__(self) -> None:
        if self.zone not in zone_names():
            raise CalendarError(f"“{self.zone}” is not a time zone; write a name such as America/New_York.")
        object.__setattr__(self, "breaks", tuple(sorted(self.breaks, key=lambda span: span.starts_on)))
        for span in self.breaks:
            if span.starts_on <= monday_of_week_with(self.starts_on):
                raise CalendarError(f"“{span.name}” must start after week 1; move the break or the session's start.")
        for earlier, later in pairwise(self.breaks):
            if later.starts_on <= earlier.ends_on:
                raise CalendarError(f"“{earlier.name}” and “{later.name}” overlap; make them one break.")
        names = [" ".join(span.name.casefold().split()) for span in self.breaks]
        if len(set(names)) < len(names):
            raise CalendarError("Two breaks have the same name; give each its own, so that a rule can tell them apart.")

    def monday_of(self, week: int) -> date:
        """The Monday of that teaching week, counted from 1 and leaving out breaks. Raises CalendarError below 1."""
        if week < 1:
            raise CalendarError(f"There is no week {week}: teaching weeks are counted from 1.")
        monday = monday_of_week_with(self.starts_on) + timedelta(weeks=week - 1)
        for span in self.breaks:
            if span.starts_on <= monday:
                monday += span.length
        return monday

    def week_of(self, day: date) -> int | None:
        """The teaching week that holds this day; None before week 1 and in a break."""
        monday = monday_of_week_with(day)
        first = monday_of_week_with(self.starts_on)
        if monday < first or any(span.starts_on <= monday <= span.ends_on for span in self.breaks):
            return None
        gone = sum((span.length for span in self.breaks if span.ends_on < monday), timedelta())
        return (monday - first - gone).days // 7 + 1

    def break_called(self, name: str) -> BreakSpan | None:
        return next((span for span in self.breaks if span.is_called(name)), None)
