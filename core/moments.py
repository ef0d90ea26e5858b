"""Saying an instant so that nobody can mistake it: on the reader's clock, and on the program's where that differs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext, pgettext

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


@dataclass(frozen=True)
class Speech:
    """How one language says a day and adds the program's clock: names from Monday on and from January on."""

    weekdays: tuple[str, ...]
    weekdays_short: tuple[str, ...]
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    day: str
    day_short: str
    year: str
    year_short: str
    same_day: str
    other_day: str


def _short_month(number: int) -> str:
    # Django keeps them in small letters; whether a month has a capital is the language's affair.
    short = str(MONTHS_3[number])
    return short.capitalize() if str(MONTHS[number])[0].isupper() else short


@cache
def speech(language: str) -> Speech:
    """Looked up once for each language, because a list says hundreds of moments."""
    with translation.override(language):
        return Speech(
            weekdays=tuple(str(WEEKDAYS[number]) for number in range(7)),
            weekdays_short=tuple(str(WEEKDAYS_ABBR[number]) for number in range(7)),
            months=tuple(str(MONTHS[number]) for number in range(1, 13)),
            months_short=tuple(_short_month(number) for number in range(1, 13)),
            day=gettext("{weekday} {day} {month}"),
            day_short=pgettext("short", "{weekday} {day} {month}"),
            year=gettext("{words} {year}"),
            year_short=pgettext("short", "{words} {year}"),
            same_day=gettext(", that is {clock}"),
            other_day=gettext(", that is {day}, {clock}"),
        )


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
        said = _spoken()
        if is_same_day:
            return said.same_day.format(clock=clock)
        return said.other_day.format(day=_day(theirs, form, this_year), clock=clock)
    return f" ({clock})" if is_same_day else f" ({_spoken().weekdays_short[theirs.weekday()]} {clock})"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at:%H:%M} {say_zone(zone)}"


def _day(day: date, form: str, this_year: int) -> str:
    said, is_short = _spoken(), form == "short"
    weekdays, months = (said.weekdays_short, said.months_short) if is_short else (said.weekdays, said.months)
    words = (said.day_short if is_short else said.day).format(
        weekday=weekdays[day.weekday()], day=day.day, month=months[day.month - 1]
    )
    if day.year == this_year:
        return words
    return (said.year_short if is_short else said.year).format(words=words, year=day.year)


def _spoken() -> Speech:
    return speech(translation.get_language() or settings.LANGUAGE_CODE)
