from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core import mail

from cohorts.services import MeetingOver, cancel_meeting, change_link, move_meeting, schedule_meetings
from cohorts.services.meetings import MeetingInThePast
from notifications import planner, sender
from notifications.models import Notice
from operations.profiles import change_zone
from tests import cast
from tests.cast import WEEK_3


@pytest.fixture
def meeting(loa, section):
    """Thursday 18 February 2027, 19:00 New York: Friday 05:30 in Kolkata, 11:00 in Sydney."""
    return cast.make_meeting(loa, section=section)


def test_a_weekly_meeting_keeps_its_wall_time_across_the_change_of_clocks_and_leaves_out_the_break(loa, section):
    meetings = schedule_meetings(
        session=loa,
        section=section,
        title="Section meeting",
        on_date=date(2027, 3, 11),
        at_time=time(19, 0),
        times=3,
        actor=None,
        now=WEEK_3,
    )

    assert [meeting.on_date for meeting in meetings] == [date(2027, 3, 11), date(2027, 3, 18), date(2027, 4, 1)]
    assert [meeting.starts_at.hour for meeting in meetings] == [0, 23, 23]
    assert len({meeting.series for meeting in meetings}) == 1


def test_join_is_offered_from_a_quarter_of_an_hour_before_until_the_end(meeting):
    begins, ends = meeting.starts_at, meeting.ends_at

    assert not meeting.can_be_joined(begins - timedelta(minutes=15, seconds=1))
    assert meeting.can_be_joined(begins - timedelta(minutes=15))
    assert meeting.can_be_joined(ends - timedelta(seconds=1))
    assert not meeting.can_be_joined(ends)


def test_members_are_told_of_a_moved_meeting_once_and_others_are_not(
    meeting, participant_in_kolkata, outsider, fellow, director
):
    elsewhere = cast.enroll(cast.make_user("Ben Cole"), meeting.session)

    for _ in range(2):
        move_meeting(meeting=meeting, on_date=meeting.on_date, at_time=time(20, 0), actor=director, now=WEEK_3)

    told = set(Notice.objects.values_list("recipient_id", flat=True))
    assert told == {participant_in_kolkata.user_id, fellow.pk}
    assert elsewhere.user_id not in told
    assert Notice.objects.count() == 2


def test_a_meeting_that_is_over_is_not_moved(meeting, director):
    with pytest.raises(MeetingOver):
        move_meeting(meeting=meeting, on_date=date(2027, 3, 1), at_time=time(9), actor=director, now=meeting.ends_at)


def test_a_meeting_is_not_moved_into_the_past(meeting, director):
    with pytest.raises(MeetingInThePast):
        move_meeting(meeting=meeting, on_date=date(2027, 2, 1), at_time=time(9), actor=director, now=WEEK_3)

    meeting.refresh_from_db()
    assert (meeting.on_date, meeting.sequence) == (date(2027, 2, 18), 0)


def test_the_reminder_comes_at_nine_of_each_members_own_day_before(meeting, participant_in_kolkata, fellow):
    planner.plan(now=datetime(2027, 2, 18, 3, 25, tzinfo=UTC))

    notice = Notice.objects.get(recipient=participant_in_kolkata.user)
    assert notice.send_at == datetime(2027, 2, 18, 3, 30, tzinfo=UTC)  # Thursday 09:00 Kolkata, it begins on Friday


def test_who_takes_a_zone_in_which_that_morning_is_past_is_reminded_at_once(meeting, participant_in_kolkata):
    """It begins on Thursday by the clocks of New York, so its morning there was Wednesday's."""
    arrived_at = datetime(2027, 2, 17, 20, 0, tzinfo=UTC)

    for _ in range(2):
        change_zone(user=participant_in_kolkata.user, zone="America/New_York", now=arrived_at)

    assert Notice.objects.get(recipient=participant_in_kolkata.user).send_at == arrived_at
    sender.send_due(now=arrived_at)
    assert [message.subject.partition(":")[0] for message in mail.outbox] == [meeting.title]


def test_nobody_is_reminded_of_a_meeting_that_was_cancelled_after_the_reminder_was_planned(
    meeting, participant_in_kolkata, director
):
    planner.plan(now=datetime(2027, 2, 18, 3, 25, tzinfo=UTC))
    cancel_meeting(meeting=meeting, actor=director, now=datetime(2027, 2, 18, 3, 26, tzinfo=UTC))

    sender.send_due(now=datetime(2027, 2, 18, 3, 30, tzinfo=UTC))

    to_amara = [message for message in mail.outbox if participant_in_kolkata.user.email in message.to[0]]
    assert [message.subject for message in to_amara] == ["Section meeting does not take place"]


def test_the_mail_of_a_moved_meeting_says_both_times_in_both_zones(meeting, participant_in_kolkata, director):
    move_meeting(meeting=meeting, on_date=date(2027, 3, 18), at_time=time(19, 0), actor=director, now=WEEK_3)

    sender.send_due(now=WEEK_3)

    text = next(message.body for message in mail.outbox if participant_in_kolkata.user.email in message.to[0])
    assert "Friday 19 March, 04:30 Kolkata" in text
    assert "Thursday 18 March, 19:00 New York" in text
    assert "Friday 19 February, 05:30 Kolkata" in text


def test_a_changed_link_is_in_the_reminder_that_was_already_planned(meeting, participant_in_kolkata, director):
    planner.plan(now=datetime(2027, 2, 18, 3, 25, tzinfo=UTC))
    change_link(meeting=meeting, link="https://meet.example.org/other", actor=director, now=WEEK_3)

    sender.send_due(now=datetime(2027, 2, 18, 3, 30, tzinfo=UTC))

    assert any("https://meet.example.org/other" in message.body for message in mail.outbox)
