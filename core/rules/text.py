"""Reading a rule from the text that stands in program files, in the database and in the office's forms."""

import re
from calendar import month_name, monthrange
from collections.abc import Callable
from datetime import date, time
from difflib import get_close_matches
from functools import lru_cache

from core.rules.calendar import Weekday
from core.rules.kinds import YEARS, BeforeRule, BreakRule, DateRule, Rule, RuleError, WallRule

EXAMPLES = (
    "week 3, Sunday, 23:59",
    "2 weeks before week 1, Monday, 09:00",
    'break "Spring break" week 1, Wednesday, 12:00',
    "2027-03-07, 23:59",
)
GRAMMAR = f"In the session's zone: {EXAMPLES[0]} · {EXAMPLES[1]} · {EXAMPLES[2]} · {EXAMPLES[3]}"

RULE = re.compile(r"""(?P<head>break\s*["“„](?P<name>[^"“”„]*)["“”](?P<tail>[^,]*)|[^,]*)(?P<rest>(?:,.*)?)""", re.I)
WEEK = re.compile(r"week\s*(?P<week>[-−]?\d+)", re.I)
BEFORE = re.compile(r"(?P<weeks>\d+)\s*weeks?\s+before\s+week\s*(?P<week>\d+)", re.I)
DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
CLOCK = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})")
DAYS = {str(day).casefold(): day for day in Weekday}


class _Refusal(Exception):
    """Why a part cannot be read, before the whole text is put in front."""


@lru_cache(maxsize=4096)
def parse_rule(text: str) -> Rule:
    """The rule that this text says; `str(rule)` is its canonical text. Raises RuleError.

    Capitals and spaces do not matter; everything else does.
    """
    said = " ".join(text.split())
    if not said:
        raise RuleError(f"Write a rule, such as {EXAMPLES[0]}.")
    try:
        return _read(said)
    except (_Refusal, RuleError) as why:
        raise RuleError(f"“{said}”: {why}") from None


def _read(said: str) -> Rule:
    split = RULE.fullmatch(said)
    if split is None:
        raise _Refusal(_unknown())
    head, rest = split["head"].strip(), [part.strip() for part in split["rest"].split(",")[1:]]
    if split["name"] is not None:
        return _read_break(split["name"], split["tail"].strip(), head, rest)
    readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], list[str]], Rule]], ...] = (
        (WEEK, _read_week),
        (BEFORE, _read_before),
        (DATE, _read_date),
    )
    for pattern, read in readers:
        if found := pattern.fullmatch(head):
            return read(found, rest)
    if begun := WEEK.match(head):
        raise _Refusal(_after_week(f"week {begun['week']}"))
    if head.casefold().startswith("break"):
        raise _Refusal(f"put the name of the break in quotation marks, such as {EXAMPLES[2]}.")
    raise _Refusal(_unknown())


def _unknown() -> str:
    return f"that is no rule; write one like {', or '.join(EXAMPLES)}."


def _after_week(head: str) -> str:
    return f"after the week come a weekday and a time, set off by commas: write {head}, Sunday, 23:59."


def _read_week(found: re.Match[str], rest: list[str]) -> Rule:
    week = _number(found["week"])
    if week < 1:
        weekday, at = _weekday_and_time(f"{1 - week} weeks before week 1", rest)
        before = BeforeRule(weeks=1 - week, weekday=weekday, at=at)
        raise _Refusal(f"weeks are counted from 1; for a week before the start write {before}.")
    weekday, at = _weekday_and_time(f"week {week}", rest)
    return WallRule(week=week, weekday=weekday, at=at)


def _read_before(found: re.Match[str], rest: list[str]) -> Rule:
    weeks, week = _number(found["weeks"]), _number(found["week"])
    weekday, at = _weekday_and_time(f"{found['weeks']} weeks before week 1", rest)
    if week != 1:
        instead = f"write {WallRule(week=week - weeks, weekday=weekday, at=at)}" if week > weeks else "name that week"
        raise _Refusal(f"only weeks before week 1 are counted backwards; {instead}.")
    if weeks == 0:
        raise _Refusal(f"that is week 1 itself; write {WallRule(week=1, weekday=weekday, at=at)}.")
    return BeforeRule(weeks=weeks, weekday=weekday, at=at)


def _read_break(name: str, tail: str, head: str, rest: list[str]) -> Rule:
    found = WEEK.fullmatch(tail) if tail else None
    if tail and found is None:
        raise _Refusal(f"after the name of the break comes its week or a comma, such as {EXAMPLES[2]}.")
    weekday, at = _weekday_and_time(head, rest)
    return BreakRule(name=name, week=_number(found["week"]) if found else None, weekday=weekday, at=at)


def _read_date(found: re.Match[str], rest: list[str]) -> Rule:
    if len(rest) != 1:
        raise _Refusal(f"after a date comes only the time: write {found[0]}, 23:59.")
    year, month, day = (int(found[part]) for part in ("year", "month", "day"))
    if not 1 <= month <= 12:
        raise _Refusal(f"there is no month {month}; a date is written year-month-day, such as 2027-03-07.")
    if year not in YEARS:
        raise _Refusal(f"the year {found['year']} is surely a slip; write one from {YEARS[0]} to {YEARS[-1]}.")
    if not 1 <= day <= monthrange(year, month)[1]:
        raise _Refusal(f"that date does not exist: {month_name[month]} {year} has {monthrange(year, month)[1]} days.")
    return DateRule(on=date(year, month, day), at=_time(rest[0]))


def _weekday_and_time(head: str, rest: list[str]) -> tuple[Weekday, time]:
    if len(rest) != 2:
        raise _Refusal(_after_week(head))
    day, clock = rest
    weekday = DAYS.get(day.casefold())
    if weekday is None:
        meant = _nearest_day(day.casefold())
        instead = f"write {head}, {meant}, {clock}" if meant is not None else "write one of Monday to Sunday"
        raise _Refusal(f"{day or 'nothing'} is not a day of the week; {instead}.")
    return weekday, _time(clock)


def _nearest_day(said: str) -> Weekday | None:
    """The day that a slip or a shortened name surely means."""
    begun = [day for name, day in DAYS.items() if len(said) > 1 and name.startswith(said.rstrip("."))]
    near = get_close_matches(said, DAYS, n=1, cutoff=0.8)
    if len(begun) == 1:
        return begun[0]
    return DAYS[near[0]] if near else None


def _time(said: str) -> time:
    found = CLOCK.fullmatch(said)
    if found is None:
        raise _Refusal(f"{said or 'nothing'} is not a time of day; write hours and minutes, such as 09:00 or 23:59.")
    hour, minute = int(found["hour"]), int(found["minute"])
    if (hour, minute) == (24, 0):
        raise _Refusal("24:00 is not a time of day; write 23:59 for the end of that day, or 00:00 of the next day.")
    if hour > 23 or minute > 59:
        raise _Refusal(f"{said} is not a time of day; the last is 23:59.")
    return time(hour, minute)


def _number(digits: str) -> int:
    """A number short enough to be meant, so that nobody makes us count a million weeks."""
    if len(digits) > 4:
        raise _Refusal(f"{digits[:12]} weeks are too many.")
    return int(digits.replace("−", "-"))
