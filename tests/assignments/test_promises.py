"""Until when feedback is promised: Python and SQL, the page, the receipt, the mail and the lists."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assignments.models import Assignment, MovedPromise, Submission
from assignments.promises import PromisedAt, PromiseIf, promised_at
from core.rules import BreakSpan, TermCalendar
from core.zones import zone_names
from notifications import sender
from programs.models import Break, Session
from tests import cast
from tests.cast import WEEK_3

DUE = datetime(2027, 2, 22, 4, 59, tzinfo=UTC)  # Sunday of week 3, 23:59 New York
PROMISED = datetime(2027, 3, 1, 4, 59, tzinfo=UTC)  # a week later
BEFORE_BREAK = datetime(2027, 3, 18, 3, 59, tzinfo=UTC)  # Wednesday 17 March, 23:59 New York
BREAK = BreakSpan("Spring break", date(2027, 3, 22), date(2027, 3, 28))
NEW_YORK = TermCalendar(date(2027, 2, 1), "America/New_York", (BREAK,))


def promise(due_at=DUE, handed_in_at=WEEK_3, days=7, calendar=NEW_YORK, moved_to=()):
    return promised_at(days=days, due_at=due_at, handed_in_at=handed_in_at, calendar=calendar, moved_to=moved_to)


def test_it_is_so_many_days_after_the_deadline_however_early_the_paper():
    assert promise() == promise(handed_in_at=DUE) == PROMISED


def test_late_work_is_promised_from_the_day_it_came_to_the_end_of_a_day():
    """Handed in on Tuesday morning: until the end of the Tuesday after."""
    assert promise(handed_in_at=DUE + timedelta(days=1, hours=8)) == PROMISED + timedelta(days=2)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (4, datetime(2027, 3, 22, 3, 59, tzinfo=UTC)),  # Sunday before the break
        (5, datetime(2027, 3, 30, 3, 59, tzinfo=UTC)),  # Monday after it
        (7, datetime(2027, 4, 1, 3, 59, tzinfo=UTC)),
    ],
)
def test_days_of_a_break_are_not_counted(days, expected):
    assert promise(due_at=BEFORE_BREAK, days=days) == expected


def test_what_comes_in_a_break_is_promised_from_its_end():
    in_break = datetime(2027, 3, 24, 16, 0, tzinfo=UTC)

    assert promise(handed_in_at=in_break, days=1) == datetime(2027, 3, 30, 3, 59, tzinfo=UTC)


def test_without_days_nothing_is_promised_and_a_date_that_was_set_counts_only_when_it_is_later():
    later = PROMISED + timedelta(days=3)

    assert promise(days=None) is None
    assert promise(moved_to=[later]) == later
    assert promise(moved_to=[PROMISED - timedelta(days=1)]) == PROMISED


def in_sql(submission):
    """What every list says of a paper."""
    return Submission.objects.filter(pk=submission.pk).values_list(PromisedAt(F("pk")), flat=True).get()


def if_handed_in(assignment, at):
    due_at, session = assignment.due_at, assignment.session_id
    promise_if = PromiseIf("feedback_days", due_at, at, session)
    return Assignment.objects.filter(pk=assignment.pk).values_list(promise_if, flat=True).get()


moments = st.datetimes(datetime(2026, 6, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
mondays = st.integers(0, 110).map(lambda weeks: date(2026, 6, 8) + timedelta(weeks=weeks))
breaks = st.lists(st.tuples(mondays, st.integers(1, 3)), max_size=3, unique_by=lambda pause: pause[0])


def apart(pauses):
    """Breaks that do not touch, as spans."""
    spans = []
    for number, (monday, weeks) in enumerate(sorted(pauses)):
        if not spans or monday > spans[-1].ends_on:
            spans.append(BreakSpan(f"Break {number}", monday, monday + timedelta(weeks=weeks, days=-1)))
    return tuple(spans)


@cache
def zones_of_the_database():
    """Those whose clocks go alike here and in the database, whose rules may be older or newer than the pinned ones."""
    at = [datetime(2026, 5, 1, tzinfo=UTC) + timedelta(days=3 * number) for number in range(340)]
    alike = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        for name in sorted(zone_names() & {name for (name,) in cursor.fetchall()}):
            cursor.execute("SELECT array(SELECT one AT TIME ZONE %s FROM unnest(%s) AS one)", [name, at])
            if cursor.fetchone()[0] == [one.astimezone(ZoneInfo(name)).replace(tzinfo=None) for one in at]:
                alike.add(name)
    assert len(zone_names() - alike) < 40
    return alike


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    due_at=moments,
    handed_in_at=moments,
    days=st.none() | st.integers(0, 40),
    zone=st.sampled_from(sorted(zone_names() - {"Factory", "localtime"})),
    pauses=breaks,
    moved_by=st.lists(st.integers(1, 60), max_size=2),
)
def test_sql_says_what_python_says(participant_in_kolkata, paper, due_at, handed_in_at, days, zone, pauses, moved_by):
    assume(zone in zones_of_the_database())
    spans = apart(pauses)
    with transaction.atomic():
        Session.objects.filter(pk=paper.session_id).update(zone=zone)
        Break.objects.all().delete()
        for span in spans:
            Break.objects.create(session=paper.session, name=span.name, starts_on=span.starts_on, ends_on=span.ends_on)
        Assignment.objects.filter(pk=paper.pk).update(feedback_days=days)
        submission = cast.make_submission(paper, participant_in_kolkata, at=handed_in_at)
        moves = [handed_in_at + timedelta(days=count) for count in moved_by]
        for moved_to in moves:
            MovedPromise.objects.create(
                submission=submission,
                promised_at=moved_to,
                moved_by=participant_in_kolkata.user,
                moved_at=handed_in_at,
            )
        calendar = TermCalendar(date(2026, 5, 1), zone, spans)

        assert in_sql(submission) == promise(paper.due_at, handed_in_at, days, calendar, moves)
        paper.due_at = due_at
        assert if_handed_in(paper, handed_in_at) == promise(due_at, handed_in_at, days, calendar)
        transaction.set_rollback(True)


def test_sql_agrees_at_the_clock_changes_of_every_zone(paper):
    """Days on which clocks leap over the end of the day are the reason for the rounding in the SQL."""
    leaps = {"America/Nuuk": date(2027, 3, 27), "America/New_York": date(2027, 3, 14), "Asia/Beirut": date(2027, 3, 28)}
    for zone, day in leaps.items():
        Session.objects.filter(pk=paper.session_id).update(zone=zone)
        for before in range(4):
            handed_in_at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=before)
            for days in range(4):
                Assignment.objects.filter(pk=paper.pk).update(feedback_days=days)
                paper.due_at = handed_in_at
                Break.objects.all().delete()
                expected = promise(handed_in_at, handed_in_at, days, TermCalendar(date(2026, 5, 1), zone))
                assert if_handed_in(paper, handed_in_at) == expected, (zone, handed_in_at, days)


# Where it is said


@pytest.fixture
def read(client, monkeypatch):
    def _read(user, address, at=WEEK_3):
        monkeypatch.setattr("core.clock.now", lambda: at)
        client.force_login(user)
        return client.get(address).content.decode()

    return _read


@pytest.fixture
def address(paper):
    return f"/s/{paper.session.slug}/assignments/{paper.pk}/"


SAID = "Feedback by <time"
IN_TWO_CLOCKS = "Monday 1 March, 10:29 Kolkata"


def test_the_page_says_it_before_and_after_handing_in(read, give, amara, address):
    before = read(amara.user, address)
    give(amara)
    after = read(amara.user, address)

    for page in (before, after):
        assert page.count(SAID) == 1
        assert IN_TWO_CLOCKS in page


def test_whoever_is_late_reads_by_when_it_would_be_answered_today(read, amara, address):
    page = read(amara.user, address, at=DUE + timedelta(days=1, hours=8))

    assert "Wednesday 3 March, 10:29 Kolkata" in page
    assert "if you hand it in today" in page


def test_a_promise_that_was_not_kept_is_admitted(read, give, amara, address, fellow):
    submission = give(amara)
    late = read(amara.user, address, at=PROMISED + timedelta(minutes=1))
    cast.make_feedback(submission, fellow, at=PROMISED)
    answered = read(amara.user, address, at=PROMISED + timedelta(minutes=1))

    assert "Feedback was promised by" in late
    assert "promised" not in answered


def test_receipt_and_its_mail_say_it_too(read, give, amara, mailoutbox):
    submission = give(amara)

    assert IN_TWO_CLOCKS in read(amara.user, submission.get_absolute_url())
    sender.send_due(now=WEEK_3)
    assert f"A teaching fellow will answer it, by {IN_TWO_CLOCKS}" in mailoutbox[0].body


def test_a_later_deadline_of_ones_own_moves_the_promise_and_a_moved_promise_is_said(read, give, paper, amara, address):
    cast.extend(paper, amara, by=timedelta(days=2))
    assert "Wednesday 3 March, 10:29 Kolkata" in read(amara.user, address)

    submission = give(amara)
    later = PROMISED + timedelta(days=9)
    MovedPromise.objects.create(submission=submission, promised_at=later, moved_by=amara.user, moved_at=WEEK_3)
    assert "Wednesday 10 March, 10:29 Kolkata" in read(amara.user, address)


def test_nothing_is_promised_where_peers_answer_or_no_days_are_given(read, module, amara):
    for fields in ({"answered_by": "peers"}, {"answered_by": "on_handing_in"}, {"feedback_days": None}):
        other = cast.make_assignment(module, title=str(fields), **fields)
        assert "Feedback by" not in read(amara.user, f"/s/{other.session.slug}/assignments/{other.pk}/")
