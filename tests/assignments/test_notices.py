"""Receipts and answers at once, reminders in the morning of the person's own day, and only to those who need them."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail

from assignments.declared import Declared
from assignments.models import Assignment, Feedback
from assignments.notices import feedback_released
from assignments.services import grant_extension, revoke_extension
from cohorts.models import Enrollment
from core.windows import hours
from modules.services import open_module_for
from notifications import outbox, planner, sender
from notifications.models import Notice
from operations.profiles import change_zone
from tests import cast
from tests.cast import WEEK_3

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REMINDERS = ("assignments.deadline_coming", "assignments.draft_waiting")


@pytest.fixture
def run():
    """Plan and send from one moment to another: at both, and at eight and nine on the clocks of each participant
    between them. The planner looks back to where it was last, so whatever goes at another hour is found too."""

    def _run(since, until):
        zones = {place.user.tz for place in Enrollment.objects.select_related("user")}
        dates = [since.date() + number * DAY for number in range(-1, (until - since).days + 3)]
        hours = {datetime.combine(day, time(hour), zone) for zone in zones for day in dates for hour in (8, 9)}
        for now in sorted({since, until} | {hour.astimezone(UTC) for hour in hours if since < hour < until}):
            planner.plan(now=now)
            sender.send_due(now=now)

    return _run


def sent(enrollment, *kinds):
    """When reminders went out to this person, on their own clocks."""
    rows = Notice.objects.filter(recipient=enrollment.user, kind__in=kinds or REMINDERS, status=Notice.Status.SENT)
    return [
        f"{row.send_at.astimezone(enrollment.user.tz):%a %H:%M} {row.occurrence.split()[0]}"
        for row in rows.order_by("send_at")
    ]


def mails_to(enrollment):
    return [message for message in mail.outbox if enrollment.user.email in message.to[0]]


# --- deadlines ----------------------------------------------------------------------------------------------------


def test_the_deadline_is_told_three_days_and_one_day_before_at_nine_of_the_own_day(paper, amara, jack, run):
    """Due Sunday 23:59 New York: Monday 10:29 in Kolkata, Monday 15:59 in Sydney."""
    run(WEEK_3, paper.due_at + DAY)

    assert sent(amara) == ["Fri 09:00 72h", "Sun 09:00 24h"]
    assert sent(jack) == ["Fri 09:00 72h", "Sun 09:00 24h"]


def test_the_mail_says_the_deadline_in_the_words_of_the_page(paper, amara, run):
    run(WEEK_3, paper.due_at - 2 * DAY)

    (message,) = mails_to(amara)
    assert (
        message.subject
        == "“Reflection paper” is due Monday 22 February, 10:29 Kolkata, that is Sunday 21 February, 23:59 New York"
    )
    assert "Monday 22 February, 10:29 Kolkata, that is Sunday 21 February, 23:59 New York" in message.body
    assert paper.get_absolute_url() in message.body


def test_who_answers_the_paper_answers_the_mail(paper, amara, fellow, loa, run):
    homeless = cast.enroll(cast.make_user("Bo Lind", zone="America/New_York"), loa)

    run(WEEK_3, paper.due_at - DAY)

    assert all(fellow.email in str(message.reply_to) for message in mails_to(amara))
    assert all(loa.answers_to in str(message.reply_to) for message in mails_to(homeless))
    assert mails_to(homeless)


def test_who_has_handed_in_is_not_reminded(paper, amara, jack, give, run):
    give(amara)

    run(WEEK_3, paper.due_at + DAY)

    assert sent(amara) == []
    assert sent(jack) != []


def test_who_hands_in_after_it_was_planned_is_not_reminded(paper, amara, give):
    nine = datetime(2027, 2, 19, 3, 30, tzinfo=UTC)
    planner.plan(now=nine - timedelta(minutes=5))
    assert Notice.objects.filter(recipient=amara.user, kind="assignments.deadline_coming").count() == 1

    give(amara, at=nine - timedelta(minutes=2))
    sender.send_due(now=nine)

    notice = Notice.objects.get(kind="assignments.deadline_coming")
    assert (notice.status, notice.reason) == (Notice.Status.CANCELLED, "it was handed in")


@pytest.mark.parametrize("status", [status for status in Enrollment.Status if status != Enrollment.Status.ACTIVE])
def test_only_the_active_are_reminded(paper, amara, run, status):
    Enrollment.objects.filter(pk=amara.pk).update(status=status)

    run(WEEK_3, paper.due_at + DAY)

    assert not Notice.objects.exists()


def test_observers_are_not_reminded_of_work(paper, loa, run):
    cast.enroll(cast.make_user("Olu Ade", zone="Africa/Lagos"), loa, kind=Enrollment.Kind.OBSERVER)

    run(WEEK_3, paper.due_at + DAY)

    assert not Notice.objects.exists()


def test_nobody_is_reminded_of_what_is_not_open_for_them(program, section, run):
    """In strict order the second module stays closed until the work of the first is handed in."""
    strict = cast.make_session(program, label="strict", order="strict")
    cast.make_assignment(cast.make_module(strict, number=1), title="First")
    cast.make_assignment(
        cast.make_module(strict, number=2, opens="week 1, Tuesday, 09:00"), due="week 1, Sunday, 23:59"
    )
    person = cast.enroll(cast.make_user("Bo Lind", zone="America/New_York"), strict)

    run(datetime(2027, 2, 2, 15, tzinfo=UTC), datetime(2027, 2, 8, 15, tzinfo=UTC))

    assert {row.object_id for row in Notice.objects.filter(kind__in=REMINDERS)} == {
        Assignment.objects.get(item__title="First").pk
    }
    assert len(sent(person)) == 2


def test_a_module_opened_for_one_person_reminds_that_person_only(loa, amara, jack, director, run):
    module = cast.make_module(loa, number=4)
    early = cast.make_assignment(module, due="week 4, Tuesday, 23:59")
    open_module_for(module=module, enrollment=amara, reason="Travels", actor=director, now=WEEK_3)

    run(WEEK_3 + DAY, module.releases_at - HOUR)

    told = Notice.objects.filter(kind="assignments.deadline_coming", object_id=early.pk)
    assert {notice.recipient for notice in told} == {amara.user}


def test_an_extended_deadline_is_the_one_that_is_told(paper, amara, run):
    cast.extend(paper, amara, by=hours(48))

    run(WEEK_3, paper.due_at + 3 * DAY)

    assert sent(amara) == ["Sun 09:00 72h", "Tue 09:00 24h"]
    assert "Wednesday 24 February, 10:29 Kolkata" in mails_to(amara)[0].subject


def test_an_extension_after_planning_cancels_the_old_reminder(paper, amara, director, run):
    nine = datetime(2027, 2, 19, 3, 30, tzinfo=UTC)
    planner.plan(now=nine - timedelta(minutes=5))

    grant_extension(
        assignment=paper, enrollment=amara, by=hours(48), reason="x", actor=director, now=nine - timedelta(minutes=2)
    )
    sender.send_due(now=nine)

    notice = Notice.objects.get(recipient=amara.user, kind="assignments.deadline_coming")
    assert (notice.status, notice.reason) == (Notice.Status.CANCELLED, "the deadline was moved")


def test_who_flies_west_past_the_morning_of_a_reminder_is_reminded_on_arriving(paper, loa, run):
    """Due Monday 04:59 in London: the last reminder there is Sunday 09:00, in New York it was Saturday 09:00."""
    traveller = cast.enroll(cast.make_user("Clara Weiss", zone="Europe/London"), loa)
    landed_at = paper.due_at - 33 * HOUR
    run(WEEK_3, landed_at)
    assert sent(traveller) == ["Fri 09:00 72h"]

    change_zone(user=traveller.user, zone="America/New_York", now=landed_at)

    run(landed_at, paper.due_at + DAY)
    assert sent(traveller) == ["Fri 04:00 72h", "Sat 14:59 24h"]


def test_a_revision_is_reminded_of_by_its_own_date(paper, amara, give, fellow, run):
    until = paper.due_at + 10 * DAY
    cast.make_feedback(give(amara), fellow, result="please_revise", revise_until=until)

    run(paper.due_at, until + DAY)

    assert sent(amara) == ["Mon 08:00 72h", "Wed 09:00 24h"]
    assert "Your revision of “Reflection paper”" in mails_to(amara)[-1].body


def test_all_open_work_stands_in_one_mail(paper, module, amara, run):
    cast.make_assignment(module, title="Skill practice")

    run(WEEK_3, paper.due_at - 2 * DAY)

    (message,) = mails_to(amara)
    assert "Reflection paper" in message.body
    assert "Skill practice" in message.body


def test_after_a_standstill_nothing_is_told_that_is_past(paper, amara, run):
    planner.plan(now=WEEK_3)

    run(paper.due_at + HOUR, paper.due_at + DAY)

    assert sent(amara) == []


def test_planning_asks_a_constant_number_of_times(loa, section, paper, django_assert_max_num_queries):
    nine_in_new_york = datetime(2027, 2, 18, 13, 55, tzinfo=UTC)
    for number in range(12):
        cast.enroll(cast.make_user(f"Person {number}", zone="America/New_York"), loa, section=section)
    planner.plan(now=nine_in_new_york - HOUR)

    with django_assert_max_num_queries(120):
        planner.plan(now=nine_in_new_york)

    assert Notice.objects.filter(kind="assignments.deadline_coming").count() == 12


# --- drafts -------------------------------------------------------------------------------------------------------


def test_a_waiting_draft_is_told_on_the_day_itself_where_a_morning_leaves_six_hours(
    paper, amara, loa, section, write, run
):
    new_yorker = cast.enroll(cast.make_user("Bo Lind", zone="America/New_York"), loa, section=section)
    write(new_yorker)
    write(amara)

    run(WEEK_3, paper.due_at)

    assert sent(new_yorker) == ["Thu 09:00 72h", "Sat 09:00 24h", "Sun 09:00 6h"]
    assert "Your draft of “Reflection paper” is not handed in" in mails_to(new_yorker)[-1].subject
    # In Kolkata that morning is the one of the day before, whose mail says it already.
    assert sent(amara) == ["Fri 09:00 72h", "Sun 09:00 24h"]
    reminders = [message for message in mails_to(amara) if "is due" in message.subject]
    assert "Your draft is saved, but not handed in." in reminders[-1].body


@pytest.fixture
def new_yorker(loa, section):
    return cast.enroll(cast.make_user("Bo Lind", zone="America/New_York"), loa, section=section)


def test_a_draft_without_text_is_no_reason(paper, new_yorker, write, run):
    write(new_yorker, "I asked")
    write(new_yorker, "  \n", based_on=1)

    run(WEEK_3, paper.due_at + DAY)

    assert sent(new_yorker, "assignments.draft_waiting") == []


def test_who_wrote_on_after_handing_in_is_told_on_the_morning_that_is_left(paper, amara, write, give, run):
    """In Kolkata it is the morning of the reminder of the deadline, which does not go to who has handed in."""
    give(amara, "I asked")
    write(amara, "I asked ten", based_on=1)

    run(WEEK_3, paper.due_at + DAY)

    assert sent(amara) == ["Sun 09:00 6h"]


def test_a_draft_that_was_handed_in_is_no_reason_and_one_that_went_on_is(paper, new_yorker, write, give, run):
    give(new_yorker, "I asked")
    run(WEEK_3, paper.due_at - 2 * DAY)
    assert sent(new_yorker) == []

    write(new_yorker, "I asked ten", based_on=1)
    run(paper.due_at - 2 * DAY, paper.due_at + DAY)

    assert sent(new_yorker) == ["Sun 09:00 6h"]
    assert "what you wrote since you handed in is not handed in" in mails_to(new_yorker)[-1].body


# --- what happened ------------------------------------------------------------------------------------------------


def test_a_receipt_is_mailed_at_once_with_everything_but_the_text(paper, amara, give, fellow):
    submission = give(amara, "The canary of the paper")
    sender.send_due(now=WEEK_3)

    (message,) = mails_to(amara)
    assert message.subject == f"Handed in: “Reflection paper” ({submission.receipt})"
    for said in (
        submission.sha256,
        "Wednesday 17 February, 22:30 Kolkata",
        "12:00 New York",
        submission.get_absolute_url(),
    ):
        assert said in message.body
    assert "canary" not in message.body
    assert fellow.email in str(message.reply_to)


def test_a_receipt_says_what_came_with_it_and_never_the_words(paper, amara, give):
    give(amara, declared=Declared(quoting="unnamed", commitment="CANARY commitment"))

    sender.send_due(now=WEEK_3)

    (message,) = mails_to(amara)
    body = message.body
    assert "With it came: your commitment.\n" in body
    assert "It may be quoted in class, without your name." in body
    assert "CANARY" not in body + message.alternatives[0][0]


def test_the_receipt_of_a_paper_that_peers_answer_leads_to_the_office_and_names_no_peer(
    paper, amara, jack, give, loa, fellow
):
    Assignment.objects.filter(pk=paper.pk).update(answered_by=Assignment.AnsweredBy.PEERS)
    paper.refresh_from_db()
    give(jack)
    give(amara)

    sender.send_due(now=WEEK_3)

    (message,) = [message for message in mails_to(amara) if "Handed in" in message.subject]
    assert message.reply_to == [loa.answers_to]
    assert jack.user.email not in message.message().as_string()


def test_an_answer_by_a_peer_leads_to_the_office_and_one_by_a_fellow_to_the_fellow(
    paper, amara, jack, give, loa, fellow
):
    mine, theirs = give(amara), give(jack)
    for submission, author in ((mine, jack.user), (theirs, fellow)):
        outbox.enqueue(feedback_released(cast.make_feedback(submission, author)), now=WEEK_3)

    sender.send_due(now=WEEK_3)

    answers = [message for message in mail.outbox if "feedback" in message.subject]
    reply_to = {message.to[0]: str(message.reply_to) for message in answers}
    (to_amara,) = [line for to, line in reply_to.items() if amara.user.email in to]
    (to_jack,) = [line for to, line in reply_to.items() if jack.user.email in to]
    assert to_amara == str([loa.answers_to])
    assert fellow.email in to_jack


def test_a_receipt_says_how_late_it_was_and_that_it_was_taken(paper, amara, give):
    give(amara, at=paper.due_at + 3 * HOUR)
    sender.send_due(now=paper.due_at + 3 * HOUR)

    assert "Handed in 3 hours after the deadline; accepted." in mails_to(amara)[0].body


def test_a_receipt_reaches_somebody_on_leave_and_not_who_was_removed(paper, amara, jack, give):
    for person, status in ((amara, Enrollment.Status.ON_LEAVE), (jack, Enrollment.Status.REMOVED)):
        give(person)
        Enrollment.objects.filter(pk=person.pk).update(status=status)
    sender.send_due(now=WEEK_3)

    assert len(mails_to(amara)) == 1
    assert mails_to(jack) == []


def test_an_extension_and_its_end_are_told_with_both_dates(paper, amara, director):
    extension = grant_extension(
        assignment=paper, enrollment=amara, by=hours(48), reason="x", actor=director, now=WEEK_3
    )
    sender.send_due(now=WEEK_3)
    revoke_extension(extension=extension, actor=director, now=WEEK_3 + HOUR)
    sender.send_due(now=WEEK_3 + HOUR)

    granted, revoked = mails_to(amara)
    assert "is now due Wednesday 24 February, 10:29 Kolkata" in granted.subject
    assert "is now due Monday 22 February, 10:29 Kolkata" in revoked.subject
    assert "You have until Wednesday 24 February, 10:29 Kolkata" in granted.body
    assert "instead of Monday 22 February, 10:29 Kolkata" in granted.body
    assert f", granted by {director.name}." in granted.body
    assert "instead of Wednesday 24 February, 10:29 Kolkata" in revoked.body
    assert "granted by" not in revoked.body


def test_a_participant_is_told_of_a_paper_to_answer(paper, amara, jack, give):
    Assignment.objects.filter(pk=paper.pk).update(answered_by=Assignment.AnsweredBy.PEERS)
    paper.refresh_from_db()
    give(amara, "The canary of the paper")
    give(jack)
    sender.send_due(now=WEEK_3)

    (told,) = [message for message in mails_to(jack) if "for you to answer" in message.subject]
    assert "Amara Rao has handed in “Reflection paper”" in told.body
    assert "canary" not in told.body


def test_feedback_that_is_not_released_any_more_is_not_told(paper, amara, give, fellow):
    answer = cast.make_feedback(give(amara), fellow)
    outbox.enqueue(feedback_released(answer), now=WEEK_3)
    Feedback.objects.filter(pk=answer.pk).update(status="held", released_at=None, released_by=None)
    sender.send_due(now=WEEK_3)

    assert Notice.objects.get(kind="assignments.feedback_released").status == Notice.Status.CANCELLED


def test_released_feedback_is_told_without_its_words(paper, amara, give, fellow):
    answer = cast.make_feedback(give(amara), fellow, text="The canary of the answer")
    outbox.enqueue(feedback_released(answer), now=WEEK_3)
    sender.send_due(now=WEEK_3)

    message = next(message for message in mails_to(amara) if "feedback" in message.subject)
    assert message.subject == "Your feedback on “Reflection paper”"
    assert answer.get_absolute_url() in message.body
    assert "canary" not in message.body
    assert fellow.email in str(message.reply_to)
