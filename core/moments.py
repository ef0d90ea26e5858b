"""Saying an instant so that nobody can mistake it: on the reader's clock, and on the program's where that differs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from core.zones import as_zone, say_zone

FORMS = ("long", "short", "time")


@dataclass(frozen=True)
class Moment:
    """An instant in words: `mine` on the reader's clock, `programs` on the program's, empty when it adds nothing."""

    instant: datetime
    mine: str
    programs: str

    def __str__(self) -> str:
        return self.mine + self.programs

    @property
    def machine(self) -> str:
        """For the `datetime` attribute: UTC."""
        return f"{self.instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def say_moment(
    instant: datetime | None,
    zone: str | ZoneInfo,
    program_zone: str | ZoneInfo | None = None,
    *,
    now: datetime,
    form: str = "long",
) -> str:
    """An instant in words, as page and mail say it; empty for None. Forms: long, short, time.

    "Monday 8 March, 10:29 Kolkata, that is Sunday 7 March, 23:59 New York"; the year stands only when it is not the
    reader's current one, and the program's clock only when it shows something else.
    """
    return "" if instant is None else str(word_moment(instant, zone, program_zone, now=now, form=form))


def word_moment(
    instant: datetime,
    zone: str | ZoneInfo,
    program_zone: str | ZoneInfo | None = None,
    *,
    now: datetime,
    form: str = "long",
) -> Moment:
    """The two halves of `say_moment`, for a page that marks them up."""
    if form not in FORMS:
        raise ValueError(f"“{form}” is not a form of a moment; there are {', '.join(FORMS)}.")
    reader = as_zone(zone)
    mine = instant.astimezone(reader)
    this_year = now.astimezone(reader).year
    words = _clock(mine, reader) if form == "time" else f"{_day(mine, form, this_year)}, {_clock(mine, reader)}"
    return Moment(instant, words, _program_time(mine, program_zone, form, this_year))


def say_day(day: date | None, *, now: datetime, zone: str | ZoneInfo | tzinfo = UTC) -> str:
    """A date that belongs to no clock, such as the start of a session: "Monday 1 February 2027"; empty for None."""
    if day is None:
        return ""
    reader = as_zone(zone) if isinstance(zone, str) else zone
    return _day(day, "long", now.astimezone(reader).year)


def _program_time(mine: datetime, program_zone: str | ZoneInfo | None, form: str, this_year: int) -> str:
    if program_zone is None:
        return ""
    program = as_zone(program_zone)
    theirs = mine.astimezone(program)
    if theirs.replace(tzinfo=None) == mine.replace(tzinfo=None):
        return ""
    clock = _clock(theirs, program)
    is_same_day = theirs.date() == mine.date()
    if form == "long":
        return f", that is {clock}" if is_same_day else f", that is {_day(theirs, form, this_year)}, {clock}"
    return f" ({clock})" if is_same_day else f" ({theirs:%a} {clock})"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at:%H:%M} {say_zone(zone)}"


def _day(day: date, form: str, this_year: int) -> str:
    year = "" if day.year == this_year else f" {day.year}"
    return f"{day:%a} {day.day} {day:%b}{year}" if form == "short" else f"{day:%A} {day.day} {day:%B}{year}"
