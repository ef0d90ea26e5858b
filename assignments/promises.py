"""Until when an answer is promised: so many days after the deadline, or after a paper that came later, by the end of
that day in program time. What came by other ways counts from when it was entered: nobody could read it before. Days of
a break are not counted. `promised_at` says it in Python; `PromisedAt` (of a paper, with what was moved) and `PromiseIf`
(of one not handed in yet) say it in SQL, and a test holds them together.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from django.db.models import DateTimeField, Q

from core.rules import Side, TermCalendar, instant_of
from core.written import Written
from core.zones import as_zone

# A promise names a day, and is kept as long as that day lasts in program time.
END_OF_DAY = time(23, 59)


def promised_at(
    *,
    days: int | None,
    due_at: datetime,
    handed_in_at: datetime,
    calendar: TermCalendar,
    moved_to: Iterable[datetime] = (),
) -> datetime | None:
    """The instant by which feedback is there; None where nothing is promised.

    `due_at` is the person's own deadline as it stood; `handed_in_at` when it could first be read; `moved_to` are later
    dates that somebody has set.
    """
    promises = list(moved_to)
    if days is not None:
        day = max(due_at, handed_in_at).astimezone(as_zone(calendar.zone)).date()
        for _ in range(days):
            day = next_counted(day, calendar)
        promises.append(instant_of(day, END_OF_DAY, calendar.zone, Side.DEADLINE))
    return max(promises, default=None)


def is_past(promised_at: datetime | None, at: datetime) -> bool:
    """Whether a promise has passed: from its instant on, at which what is finished goes out by itself."""
    return promised_at is not None and promised_at <= at


def past(at: datetime, promise: str = "promised_by") -> Q:
    """The same in SQL, of rows that are annotated with their promise."""
    return Q(**{f"{promise}__lte": at})


def next_counted(day: date, calendar: TermCalendar) -> date:
    """The next day that lies in no break."""
    day += timedelta(days=1)
    for pause in calendar.breaks:
        if pause.starts_on <= day <= pause.ends_on:
            day = pause.ends_on + timedelta(days=1)
    return day


# From {begins_at}, {days} and {session}. Where the clocks skip the end of the day, PostgreSQL counts on into the next
# hour; the first instant after the gap is the beginning of that hour.
BY_RULE = """(SELECT CASE WHEN said.instant AT TIME ZONE term.zone = said.wall THEN said.instant
            ELSE date_trunc('hour', said.instant) END
        FROM programs_session AS term
        CROSS JOIN LATERAL (
            SELECT ({begins_at} AT TIME ZONE term.zone)::date AS first_day, {days}::integer AS wanted, COALESCE((
                SELECT sum(pause.ends_on - pause.starts_on + 1) FROM programs_break AS pause
                 WHERE pause.session_id = term.id), 0)::integer AS skipped) AS span
        CROSS JOIN LATERAL (
            SELECT span.first_day + number AS on_date FROM generate_series(0, span.wanted + span.skipped) AS number
             WHERE number = 0 OR NOT EXISTS (
                SELECT FROM programs_break AS pause WHERE pause.session_id = term.id
                   AND span.first_day + number BETWEEN pause.starts_on AND pause.ends_on)
             ORDER BY number OFFSET span.wanted LIMIT 1) AS day
        CROSS JOIN LATERAL (
            SELECT day.on_date + time '23:59' AS wall,
                   (day.on_date + time '23:59') AT TIME ZONE term.zone AS instant) AS said
       WHERE term.id = {session})"""


OF_PAPER = """SELECT GREATEST(
            (SELECT max(moved.promised_at) FROM assignments_movedpromise AS moved WHERE moved.submission_id = {paper}),
            (SELECT RULE FROM assignments_submission AS paper
               JOIN assignments_assignment AS work ON work.id = paper.assignment_id
               JOIN assignments_submissionauthor AS author
                 ON author.submission_id = paper.id AND author.enrollment_id = paper.enrollment_id
              WHERE paper.id = {paper} AND work.feedback_days IS NOT NULL))"""


class PromisedAt(Written):
    """Of a handed-in paper, by its key; NULL where nothing is promised."""

    output_field: ClassVar = DateTimeField()
    names = ("paper",)
    template = OF_PAPER.replace(
        "RULE",
        BY_RULE.replace("{begins_at}", "GREATEST(author.due_at, paper.handed_in_at, paper.entered_at)")
        .replace("{days}", "work.feedback_days")
        .replace("{session}", "work.session_id"),
    )


class PromiseIf(Written):
    """Of work that would be handed in at that moment, from its days (NULL: nothing is promised), the person's deadline
    and its session."""

    output_field: ClassVar = DateTimeField()
    names = ("days", "due_at", "at", "session")
    template = "SELECT CASE WHEN {days} IS NOT NULL THEN RULE END".replace(
        "RULE", BY_RULE.replace("{begins_at}", "GREATEST({due_at}, {at})")
    )
