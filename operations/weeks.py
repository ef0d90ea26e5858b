"""A session's weeks from dates that somebody wrote, and what is said when rules and dates do not fit together."""

from collections.abc import Sequence
from datetime import date, timedelta

from core.rules import BreakSpan, CalendarError, TermCalendar
from programs.models import Session

OUT_OF_ORDER = "The dates must follow each other: start, end of teaching, end of work, end of access."


class DatesDoNotFit(Exception):
    """The dates of a session and the rules of its curriculum contradict each other; `problems` says each of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def read_calendar(starts_on: date, zone: str, breaks: Sequence[BreakSpan]) -> TermCalendar:
    """Raises DatesDoNotFit."""
    try:
        return TermCalendar(starts_on=starts_on, zone=zone, breaks=tuple(breaks))
    except CalendarError as error:
        raise DatesDoNotFit([str(error)]) from None


def check_days(session: Session) -> list[str]:
    """What is wrong with the order of its days."""
    days = (session.starts_on, session.teaching_ends_on, session.work_ends_on, session.access_ends_on)
    if list(days) == sorted(days):
        return []
    return [OUT_OF_ORDER]


def last_day_of_teaching(calendar: TermCalendar, weeks: int) -> date:
    """The Sunday of the last teaching week."""
    return calendar.monday_of(weeks) + timedelta(days=6)
