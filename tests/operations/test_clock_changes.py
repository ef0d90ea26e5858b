"""A week before clocks change: whose meetings and deadlines move is told from when to when, and nobody else.

Seen failing on broken versions: one that took everything as moved, what lies before the change included; one
that named papers of modules that are not open.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from cohorts.models import Enrollment, Meeting
from notifications import planner, sender
from notifications.hours import morning_of
from notifications.kinds import Span
from notifications.models import Notice
from operations.clock_changes import clock_changes
from operations.profiles import change_zone
from tests import cast

KIND = "operations.clock_change"
DAY = timedelta(days=1)
# Monday 8 March, 08:00 in Kolkata; the clocks of New York change on Sunday 14 March.
MONDAY = datetime(2027, 3, 8, 2, 30, tzinfo=UTC)


@pytest.fixture
def classes(loa):
    """Live classes on Thursdays, 10:00 New York: one before the change, three after."""
    return [cast.make_meeting(loa, on=date(2027, 3, 11) + 7 * DAY * week, at=time(10, 0)) for week in range(4)]


def run(zone, first, last):
    """Plan and send at each morning of that zone."""
    tz = ZoneInfo(zone)
    planner.plan(now=morning_of(first - DAY, tz))
    for day in range((last - first).days + 1):
        now = morning_of(first + day * DAY, tz)
        planner.plan(now=now)
        sender.send_due(now=now)


def told(user):
    rows = Notice.objects.filter(recipient=user, kind=KIND, status=Notice.Status.SENT).order_by("send_at")
    return [f"{row.send_at.astimezone(user.tz):%a %d %b %H:%M}" for row in rows]


def last_mail(user):
    return [one for one in mail.outbox if user.email in one.to[0]][-1]


def test_a_class_by_new_yorks_clock_is_an_hour_earlier_in_kolkata(classes, participant_in_kolkata):
    amara = participant_in_kolkata.user

    run("Asia/Kolkata", date(2027, 3, 7), date(2027, 3, 9))

    assert told(amara) == ["Mon 08 Mar 08:00"]
    body = last_mail(amara).body
    assert "On Sunday 14 March the clocks change in New York." in body
    assert "Live class: 19:30 Kolkata (10:00 New York) instead of 20:30, for the first time Thu 18 Mar, 19:30" in body
    assert body.count("instead of 20:30") == 1
    # The class before is named only by the week ahead that stands in the same mail.
    assert "Thu 11 Mar" not in body


def test_where_both_change_each_change_is_told_with_what_it_moves(classes, section, fellow):
    run("Europe/Belgrade", date(2027, 3, 7), date(2027, 3, 9))
    assert "Live class: 15:00 Belgrade (10:00 New York) instead of 16:00, for the first time Thu 18 Mar" in (
        last_mail(fellow).body
    )
    # On 1 April all is as before.
    Meeting.objects.filter(on_date__lt=date(2027, 4, 1)).delete()

    run("Europe/Belgrade", date(2027, 3, 20), date(2027, 3, 23))

    assert told(fellow) == ["Mon 08 Mar 08:00", "Mon 22 Mar 08:00"]
    body = last_mail(fellow).body
    assert "On Sunday 28 March the clocks change in Belgrade." in body
    assert "Live class: 16:00 Belgrade (10:00 New York) instead of 15:00, for the first time Thu 1 Apr" in body


@pytest.mark.parametrize("zone", ["America/New_York", "America/Toronto", "America/Chicago"])
def test_whose_times_do_not_move_is_not_told(loa, classes, zone):
    cast.enroll(cast.make_user(zone=zone), loa)

    run(zone, date(2027, 3, 7), date(2027, 3, 9))

    assert not Notice.objects.filter(kind=KIND).exists()


def test_with_nothing_ahead_nobody_is_told(loa, participant_in_kolkata):
    cast.make_meeting(loa, on=date(2027, 3, 11), at=time(10, 0))

    run("Asia/Kolkata", date(2027, 3, 6), date(2027, 3, 9))

    assert not Notice.objects.filter(kind=KIND).exists()


def test_an_own_deadline_moves_and_what_is_not_open_is_not_named(loa, participant_in_kolkata, participant_in_sydney):
    module = cast.make_module(loa, number=5)
    paper = cast.make_assignment(module, due="week 6, Sunday, 23:59", title="The open paper")
    cast.make_assignment(cast.make_module(loa, number=7), title="The secret paper")
    cast.make_submission(paper, participant_in_sydney)

    run("Asia/Kolkata", date(2027, 3, 8), date(2027, 3, 8))

    body = last_mail(participant_in_kolkata.user).body
    assert "The open paper: 09:29 Kolkata" in body
    assert "instead of 10:29" in body
    assert "What is due in modules that are not open yet moves in the same way." in body
    assert "secret" not in body
    # Jack has handed it in; for him only what is not open moves.
    assert "The open paper" not in last_mail(participant_in_sydney.user).body


def test_a_meeting_of_another_section_does_not_count(loa, participant_in_kolkata):
    cast.make_meeting(loa, section=cast.make_section(loa, name="Section B"), on=date(2027, 3, 18), at=time(10, 0))

    run("Asia/Kolkata", date(2027, 3, 8), date(2027, 3, 8))

    assert not Notice.objects.filter(kind=KIND).exists()


@pytest.mark.parametrize("what", ["cancelled", "withdrawn", "moved house"])
def test_what_no_longer_holds_is_taken_back(classes, participant_in_kolkata, what):
    planner.plan(now=MONDAY - timedelta(minutes=5))
    assert Notice.objects.get(kind=KIND).status == Notice.Status.WAITING
    if what == "cancelled":
        Meeting.objects.update(status=Meeting.Status.CANCELLED)
    elif what == "withdrawn":
        Enrollment.objects.update(status=Enrollment.Status.WITHDRAWN)
    else:
        type(participant_in_kolkata.user).objects.filter(pk=participant_in_kolkata.user_id).update(
            zone="America/New_York"
        )
    sender.send_due(now=MONDAY)

    notice = Notice.objects.get(kind=KIND)
    reason = "lives by another clock" if what == "moved house" else "nothing of this person moves"
    assert (notice.status, reason in notice.reason) == (Notice.Status.CANCELLED, True)


def test_who_moves_house_in_the_week_before_is_told_at_once(classes, loa):
    place = cast.enroll(cast.make_user(zone="America/New_York"), loa)
    now = MONDAY + 2 * DAY
    planner.plan(now=now)
    change_zone(user=place.user, zone="Asia/Kolkata", now=now)
    sender.send_due(now=now)

    assert "instead of 20:30" in last_mail(place.user).body


@pytest.mark.parametrize("much", [1, 3])
def test_finding_them_costs_the_same_for_many(loa, section, much, django_assert_num_queries):
    for number in range(much):
        cast.enroll(cast.make_user(zone="Asia/Kolkata"), loa, section=section)
        cast.make_meeting(loa, section=section, on=date(2027, 3, 18) + number * DAY, at=time(10, 0))
    span = Span(since=MONDAY - timedelta(minutes=1), now=MONDAY, until=MONDAY)

    with django_assert_num_queries(8):
        assert len(list(clock_changes(span))) == much
