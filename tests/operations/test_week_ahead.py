"""Monday 08:00 of the own clock: what is due, opens and meets this week; without any of it nothing is sent.

Seen failing on broken versions: a week by the program's Monday; one that named work of modules that are not open.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core import mail

from assignments.services import grant_extension
from coaching.models import Booking, Slot
from cohorts.models import Enrollment
from core.windows import hours
from notifications import planner, sender
from notifications.kinds import Span
from notifications.models import Notice
from operations.profiles import change_zone
from operations.week_ahead import weeks_ahead
from tests import cast
from tests.cast import WEEK_3

KIND = "operations.week_ahead"
DAY = timedelta(days=1)
# Monday 22 February, 08:00 in Kolkata.
MONDAY = datetime(2027, 2, 22, 2, 30, tzinfo=UTC)


def run(now=MONDAY):
    planner.plan(now=now - timedelta(minutes=5))
    sender.send_due(now=now)


def mails_to(user):
    return [one for one in mail.outbox if user.email in one.to[0]]


def told():
    return Notice.objects.filter(kind=KIND)


def test_it_says_what_is_due_what_opens_and_what_meets(loa, section, paper, participant_in_kolkata, fellow):
    amara = participant_in_kolkata
    cast.make_module(loa, number=4)
    cast.make_meeting(loa, section=section, on=date(2027, 2, 25), at=time(10, 0))
    cast.make_meeting(loa, on=date(2027, 3, 1), at=time(10, 0), title="The class of next week")
    slot = Slot.objects.create(session=loa, coach=fellow, on_date=date(2027, 2, 24), at_time=time(9, 0))
    Booking.objects.create(
        slot=slot, enrollment=amara, starts_at=slot.starts_at, ends_at=slot.ends_at, booked_at=WEEK_3
    )

    run()

    (message,) = mails_to(amara.user)
    # The paper of last week is due on Monday morning in Kolkata.
    assert "Due: “Reflection paper”, Monday 22 February, 10:29 Kolkata" in message.body
    assert "Opens: Module 4 · The topic of week 4, Monday 22 February, 19:30 Kolkata" in message.body
    assert "Section meeting: Thursday 25 February, 20:30 Kolkata" in message.body
    assert "Coaching: Wednesday 24 February, 19:30 Kolkata" in message.body
    assert "next week" not in message.body


def test_it_goes_on_mondays_only_at_eight(paper, participant_in_kolkata):
    now = MONDAY - 4 * DAY
    while now <= MONDAY + 3 * DAY:
        planner.plan(now=now)
        now += DAY

    assert [row.send_at for row in told()] == [MONDAY]


def test_nothing_to_say_is_not_said(loa, participant_in_kolkata):
    run()

    assert not told().exists()


def test_the_own_deadline_counts(paper, participant_in_kolkata, director):
    grant_extension(
        assignment=paper, enrollment=participant_in_kolkata, by=hours(24 * 7), reason="x", actor=director, now=WEEK_3
    )
    run()
    assert not told().exists()

    run(MONDAY + 7 * DAY)
    assert "Monday 1 March, 10:29 Kolkata" in mails_to(participant_in_kolkata.user)[0].body


def test_what_was_handed_in_or_is_not_open_is_not_named(loa, paper, participant_in_kolkata):
    cast.make_submission(paper, participant_in_kolkata)
    cast.make_assignment(cast.make_module(loa, number=4), title="The secret paper")

    run()

    (message,) = mails_to(participant_in_kolkata.user)
    assert "Reflection paper" not in message.body
    assert "secret" not in message.body


@pytest.mark.parametrize("is_due", [False, True])
def test_in_a_break_people_are_left_alone_unless_something_is_due(loa, module, participant_in_kolkata, is_due):
    """The break is the week of 22 March."""
    cast.make_meeting(loa, on=date(2027, 3, 24), at=time(10, 0))
    if is_due:
        cast.make_assignment(module, due="2027-03-25, 12:00")

    run(datetime(2027, 3, 22, 2, 30, tzinfo=UTC))

    assert told().exists() is is_due


def test_who_handed_in_meanwhile_is_not_told_of_it(paper, participant_in_kolkata):
    planner.plan(now=MONDAY - timedelta(minutes=5))
    cast.make_submission(paper, participant_in_kolkata)
    sender.send_due(now=MONDAY)

    assert told().get().reason == "there is nothing to say of the week any more"


@pytest.mark.parametrize("status", [Enrollment.Status.ON_LEAVE, Enrollment.Status.WITHDRAWN])
def test_only_the_active_are_told(paper, participant_in_kolkata, status):
    Enrollment.objects.update(status=status)

    run()

    assert not told().exists()


def test_sent_late_it_says_what_is_left(loa, paper, participant_in_kolkata):
    cast.make_module(loa, number=4)
    planner.plan(now=MONDAY)

    sender.send_due(now=MONDAY + timedelta(hours=6))

    (message,) = mails_to(participant_in_kolkata.user)
    assert "Reflection paper" not in message.body
    assert "Opens: Module 4" in message.body


def test_who_flies_past_monday_morning_is_told_on_arriving(paper, participant_in_kolkata):
    now = MONDAY - timedelta(hours=2)
    planner.plan(now=now)
    change_zone(user=participant_in_kolkata.user, zone="Australia/Sydney", now=now)
    sender.send_due(now=now)

    assert "Due: “Reflection paper”" in mails_to(participant_in_kolkata.user)[0].body


@pytest.mark.parametrize("much", [1, 3])
def test_finding_them_costs_the_same_for_many(loa, module, section, much, django_assert_num_queries):
    for number in range(much):
        cast.enroll(cast.make_user(zone="Asia/Kolkata"), loa, section=section)
        cast.make_assignment(module, title=f"Paper {number}")
    span = Span(since=MONDAY - timedelta(minutes=1), now=MONDAY, until=MONDAY)

    with django_assert_num_queries(8):
        assert len(list(weeks_ahead(span))) == much
