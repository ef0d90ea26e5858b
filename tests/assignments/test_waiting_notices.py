"""What waits: to its reader each morning, and once to its writer when a promise has passed.

Seen failing on broken versions: a digest that counted finished answers; one that told participants of their peers'
papers; a promise that did not look at where it was moved to.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from assignments.models import MovedPromise, Reader, Submission
from assignments.services.concerns import raise_concern
from notifications import planner, sender
from notifications.hours import morning_of
from notifications.models import Notice
from operations.profiles import change_zone
from tests import cast
from tests.cast import WEEK_3

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WAITING, PASSED = "assignments.papers_waiting", "assignments.promise_passed"
# Thursday 18 February, 09:00 in Belgrade.
NINE = datetime(2027, 2, 18, 8, 0, tzinfo=UTC)


def run(since, until, zone="Europe/Belgrade"):
    """Plan and send at each morning of that zone; the planner looks back to where it was last."""
    planner.plan(now=since)
    day = since.astimezone(ZoneInfo(zone)).date()
    while (now := morning_of(day, ZoneInfo(zone))) <= until:
        if now >= since:
            planner.plan(now=now)
            sender.send_due(now=now)
        day += DAY


def told(user, kind=WAITING):
    rows = Notice.objects.filter(recipient=user, kind=kind, status=Notice.Status.SENT).order_by("send_at")
    return [f"{row.send_at.astimezone(user.tz):%a %d %H:%M}" for row in rows]


def mails_to(user):
    return [message for message in mail.outbox if user.email in message.to[0]]


def test_a_reader_is_told_each_morning_what_waits(paper, amara, jack, fellow, give):
    give(amara, at=WEEK_3)
    give(jack, at=WEEK_3 + HOUR)

    run(NINE - 3 * HOUR, NINE + 4 * DAY)

    assert told(fellow) == ["Thu 18 09:00", "Fri 19 09:00", "Sat 20 09:00", "Sun 21 09:00", "Mon 22 08:00"]
    body = mails_to(fellow)[0].body
    assert "2 papers wait for your answer in Leadership, Organizing and Action: Leading Change 2027" in body
    assert "the oldest since Wednesday 17 February, 18:00 Belgrade" in body
    assert "promised date" not in body
    assert "Amara" not in body


def test_it_says_what_is_promised_within_two_days_and_what_is_past(paper, amara, jack, fellow, give):
    give(amara)
    late = give(jack)
    MovedPromise.objects.create(
        submission=late, promised_at=datetime(2027, 3, 2, 4, 59, tzinfo=UTC), moved_by=fellow, moved_at=WEEK_3
    )

    # Feedback is promised by Sunday 28 February, 23:59 New York, for Jack's by Monday.
    run(datetime(2027, 3, 1, 7, 0, tzinfo=UTC), datetime(2027, 3, 1, 7, 0, tzinfo=UTC))

    body = mails_to(fellow)[-1].body
    assert "1 past the promised date." in body
    assert "1 promised within two days, the first by Tuesday 2 March, 05:59 Belgrade" in body


def test_who_has_nothing_waiting_is_not_told(paper, amara, fellow, give, section):
    paper_of_hers = give(amara)
    cast.make_feedback(paper_of_hers, fellow)

    run(NINE, NINE)

    assert told(fellow) == []


def test_what_is_finished_and_goes_out_by_itself_does_not_wait(paper, amara, fellow, give):
    cast.make_feedback(give(amara), fellow, status="held")

    run(NINE, NINE)

    assert told(fellow) == []


def test_who_answers_the_last_one_before_nine_is_not_told(paper, amara, fellow, give):
    waiting = give(amara)
    planner.plan(now=NINE - timedelta(minutes=5))
    cast.make_feedback(waiting, fellow)
    sender.send_due(now=NINE)

    assert Notice.objects.get(kind=WAITING).reason == "nothing waits for this person"


def test_participants_who_answer_peers_get_no_digest(paper, amara, jack, fellow, give):
    Reader.objects.all().delete()
    waiting = give(amara)
    Reader.objects.filter(submission=waiting).delete()
    Reader.objects.create(submission=waiting, user=jack.user, since=WEEK_3)

    run(NINE - DAY, NINE + DAY)

    assert told(jack.user) == told(fellow) == []


def test_each_session_is_told_of_by_itself(loa, program, paper, amara, fellow, give):
    give(amara)
    other = cast.make_session(program, label="other")
    there = cast.enroll(amara.user, other, section=cast.make_section(other, fellow))
    work = cast.make_assignment(cast.make_module(other, number=3))
    give(there, assignment=work)

    planner.plan(now=NINE)

    assert Notice.objects.filter(kind=WAITING, recipient=fellow).count() == 2


def test_yesterdays_digest_is_not_sent_today(paper, amara, fellow, give):
    give(amara)
    planner.plan(now=NINE)
    sender.send_due(now=NINE + 15 * HOUR)

    assert Notice.objects.get(kind=WAITING).status == Notice.Status.EXPIRED


def test_a_passed_promise_is_told_once_in_the_morning_after(paper, amara, give):
    give(amara)

    # Promised by Sunday 28 February, 23:59 New York: Monday 10:29 in Kolkata.
    run(datetime(2027, 2, 28, 0, 0, tzinfo=UTC), datetime(2027, 3, 5, 0, 0, tzinfo=UTC), "Asia/Kolkata")

    assert told(amara.user, PASSED) == ["Tue 02 09:00"]
    (message,) = mails_to(amara.user)[-1:]
    assert message.subject == "Feedback on “Reflection paper” is late"
    assert "was promised by Monday 1 March, 10:29 Kolkata" in message.body


def test_who_takes_a_zone_in_which_that_morning_is_past_is_told_at_once(paper, amara, give):
    """Tuesday 09:00 is still to come in Kolkata, and was an hour ago in Auckland."""
    give(amara)
    arrived_at = datetime(2027, 3, 1, 21, 0, tzinfo=UTC)
    planner.plan(now=arrived_at)

    for _ in range(2):
        change_zone(user=amara.user, zone="Pacific/Auckland", now=arrived_at)

    assert Notice.objects.get(kind=PASSED).send_at == arrived_at


@pytest.mark.parametrize("answered", [True, False])
def test_an_answer_or_a_later_promise_takes_it_back(paper, amara, fellow, give, answered):
    waiting = give(amara)
    nine = datetime(2027, 3, 2, 3, 30, tzinfo=UTC)
    planner.plan(now=nine - timedelta(minutes=5))
    if answered:
        cast.make_feedback(waiting, fellow, at=nine)
    else:
        MovedPromise.objects.create(
            submission=waiting, promised_at=nine + 3 * DAY, moved_by=fellow, moved_at=nine - 2 * DAY
        )
    sender.send_due(now=nine)

    notice = Notice.objects.get(kind=PASSED)
    assert notice.status == Notice.Status.CANCELLED
    assert ("nothing is late any more" if answered else "another day") in notice.reason


def test_without_a_promise_nothing_is_late(paper, amara, give):
    paper.feedback_days = None
    paper.save()
    give(amara)

    run(datetime(2027, 2, 28, 0, 0, tzinfo=UTC), datetime(2027, 3, 5, 0, 0, tzinfo=UTC), "Asia/Kolkata")

    assert Submission.objects.exists()
    assert told(amara.user, PASSED) == []


def test_no_promise_has_passed_while_a_paper_is_under_review(paper, amara, give, fellow):
    """Its writer is not told that feedback is late: no day holds meanwhile. Seen to fail without `comes_later`."""
    submission = give(amara, at=WEEK_3)
    raise_concern(submission=submission, note="Look at this.", actor=fellow, now=WEEK_3)

    run(WEEK_3, WEEK_3 + 21 * DAY, "Asia/Kolkata")

    assert told(amara.user, PASSED) == []
    assert not [message.subject for message in mails_to(amara.user) if "is late" in message.subject]
