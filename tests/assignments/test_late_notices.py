"""After a missed deadline: once in the morning after, once before the close, and only to those whom it helps.

Seen failing on broken versions: one that looked at everybody's deadline instead of the own one; one that did not ask
before sending whether it was handed in.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from assignments.notices.late import coming_closes, missed_deadlines
from assignments.services import grant_extension
from cohorts.models import Enrollment
from core.windows import hours
from notifications import planner, sender
from notifications.hours import morning_of
from notifications.kinds import Span
from notifications.models import Notice
from operations.profiles import change_zone
from tests import cast
from tests.cast import WEEK_3

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = ("assignments.still_taken", "assignments.closes_soon")


@pytest.fixture
def paper(module):
    """Due Sunday 21 February, 23:59 New York, that is Monday 10:29 Kolkata; taken until the Sunday after."""
    return cast.make_assignment(module, closes="week 4, Sunday, 23:59")


def run(since, until, zone="Asia/Kolkata"):
    """Plan and send at each morning of that zone; the planner looks back to where it was last."""
    planner.plan(now=since)
    day = since.astimezone(ZoneInfo(zone)).date()
    while (now := morning_of(day, ZoneInfo(zone))) <= until:
        if now >= since:
            planner.plan(now=now)
            sender.send_due(now=now)
        day += DAY


def told(enrollment, status=Notice.Status.SENT):
    rows = Notice.objects.filter(recipient=enrollment.user, kind__in=KINDS, status=status).order_by("send_at")
    return [f"{row.send_at.astimezone(enrollment.user.tz):%a %d %H:%M} {row.kind.rpartition('.')[2]}" for row in rows]


def test_it_is_told_in_the_morning_after_and_the_day_before_the_close(paper, amara, jack):
    run(paper.due_at - DAY, paper.closes_at + DAY)

    # Sunday's mail, because Monday's would leave Amara two hours and a half.
    assert told(amara) == ["Tue 23 09:00 still_taken", "Sun 28 09:00 closes_soon"]
    # On Jack's clocks it closes on Monday 15:59, so a day before is Sunday too.
    assert told(jack) == ["Tue 23 09:00 still_taken", "Sun 28 09:00 closes_soon"]


def test_where_the_night_lies_between_the_morning_is_mondays(paper, loa, section):
    ana = cast.enroll(cast.make_user("Ana Silva", zone="America/New_York"), loa, section=section)

    run(paper.due_at - DAY, paper.due_at + 2 * DAY, "America/New_York")

    assert told(ana) == ["Mon 22 08:00 still_taken"]


def test_the_mail_says_until_when_it_counts(paper, amara):
    run(paper.due_at, paper.due_at + 2 * DAY)

    (message,) = [one for one in mail.outbox if amara.user.email in one.to[0]]
    assert "is still taken until Monday 1 March, 10:29 Kolkata" in message.subject
    assert "was due Monday 22 February, 10:29 Kolkata" in message.body
    assert "marked late, until Monday 1 March, 10:29 Kolkata" in message.body


def test_who_has_handed_in_hears_nothing(paper, amara, give):
    give(amara, at=paper.due_at + HOUR)

    run(paper.due_at + HOUR, paper.closes_at)

    assert told(amara) == []


def test_who_hands_in_between_planning_and_sending_hears_nothing(paper, amara, give):
    nine = datetime(2027, 2, 23, 3, 30, tzinfo=UTC)
    planner.plan(now=nine - timedelta(minutes=5))
    give(amara, at=nine - timedelta(minutes=2))
    sender.send_due(now=nine)

    assert Notice.objects.get(kind=KINDS[0]).reason == "it was handed in"


def test_who_has_longer_hears_it_after_their_own_deadline(paper, amara, director):
    grant_extension(assignment=paper, enrollment=amara, by=hours(48), reason="x", actor=director, now=WEEK_3)

    run(paper.due_at, paper.due_at + 4 * DAY)

    assert told(amara) == ["Thu 25 09:00 still_taken"]


def test_an_extension_after_the_deadline_takes_the_mail_back(paper, amara, director):
    nine = datetime(2027, 2, 23, 3, 30, tzinfo=UTC)
    planner.plan(now=nine - timedelta(minutes=5))
    grant_extension(assignment=paper, enrollment=amara, by=hours(72), reason="x", actor=director, now=nine)
    sender.send_due(now=nine)

    assert Notice.objects.get(kind=KINDS[0]).reason == "the deadline was moved"


def test_when_it_has_closed_by_the_morning_nothing_is_told(module, amara):
    quick = cast.make_assignment(module, closes="week 4, Monday, 03:00")

    run(quick.due_at - DAY, quick.due_at + 3 * DAY)

    assert not Notice.objects.filter(kind__in=KINDS).exists()


def test_a_close_that_follows_soon_is_said_once(module, amara):
    soon = cast.make_assignment(module, closes="week 4, Tuesday, 23:59")

    run(soon.due_at - DAY, soon.closes_at + DAY)

    assert told(amara) == ["Tue 23 09:00 still_taken"]


@pytest.mark.parametrize("status", [Enrollment.Status.ON_LEAVE, Enrollment.Status.WITHDRAWN])
def test_only_the_active_hear_it(paper, amara, status):
    Enrollment.objects.filter(pk=amara.pk).update(status=status)

    run(paper.due_at, paper.due_at + 2 * DAY)

    assert not Notice.objects.filter(kind__in=KINDS).exists()


def test_a_revision_that_was_not_handed_in_by_its_date(paper, amara, give, fellow):
    first = give(amara)
    until = paper.due_at + 3 * DAY
    cast.make_feedback(first, fellow, result="please_revise", revise_until=until, at=WEEK_3)

    run(paper.due_at, until + 2 * DAY)

    assert told(amara) == ["Fri 26 09:00 still_taken"]
    assert "Your revision of “Reflection paper” was due Thursday 25 February" in mail.outbox[-1].body


def test_a_standstill_of_a_week_leaves_out_what_is_of_no_use_any_more(paper, amara):
    planner.plan(now=paper.due_at)
    run(paper.closes_at + HOUR, paper.closes_at + DAY)

    assert told(amara) == []


def test_who_flies_past_the_morning_is_told_on_arriving(paper, amara):
    """Tuesday 09:00 of Kolkata is Tuesday 14:30 of Sydney, whose morning is over."""
    now = datetime(2027, 2, 23, 2, 0, tzinfo=UTC)
    planner.plan(now=now)
    change_zone(user=amara.user, zone="Australia/Sydney", now=now)
    sender.send_due(now=now)

    assert Notice.objects.get(kind=KINDS[0], status=Notice.Status.SENT).recipient == amara.user


@pytest.mark.parametrize("much", [1, 3])
def test_finding_them_is_one_query_each_and_one_for_whose_morning_it_is(
    loa, module, section, much, django_assert_num_queries
):
    for number in range(much):
        cast.make_assignment(module, title=f"Paper {number}", closes="week 4, Sunday, 23:59")
        cast.enroll(cast.make_user(zone="Asia/Kolkata"), loa, section=section)
    nine = datetime(2027, 2, 23, 3, 30, tzinfo=UTC)
    span = Span(since=nine - HOUR, now=nine, until=nine)

    with django_assert_num_queries(3):
        found = [*missed_deadlines(span), *coming_closes(span)]
    assert len(found) == much * much
