"""What became of each notice, in the words of people.

Seen failing on broken versions: with `say_told` asking nobody, the office read what one person wrote to another; with
`say_fate` not asking whether mails are paused, what waited for the operator “waited for its time”.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup

from assignments.notices import arrangement_changed
from assignments.services import ask_for_time
from cohorts.models import Enrollment
from cohorts.notices import invitation
from notifications import outbox, sender
from notifications.choices import switch_off
from notifications.models import Choice, Notice
from notifications.notices import ACCOUNT_MAIL
from notifications.sealing import seal
from notifications.services import pause_sending, resume_sending
from tests import cast
from tests.cast import WEEK_3

LIST = "/office/notifications/notice/"


@pytest.fixture
def refused(participant_in_kolkata):
    """An invitation that the mail server did not take."""
    participant_in_kolkata.invited_at = WEEK_3 - timedelta(hours=1)
    outbox.enqueue(invitation(participant_in_kolkata), now=WEEK_3)
    Notice.objects.update(
        status=Notice.Status.FAILED,
        reason="the mail server refused your address",
        smtp_code=550,
        smtp_text="No such user",
    )
    return Notice.objects.get()


def test_one_that_failed_is_told_in_words_and_not_by_its_key(refused, enter, director):
    """Seen to fail when its heading was “cohorts.invitation to 12 (failed)”."""
    address = f"/office/notifications/notice/{refused.pk}/change/"
    soup = BeautifulSoup(enter(director).get(address).content, "html.parser")

    assert soup.h1.get_text() == "Invitations, to Amara Rao: could not be delivered"
    said = " ".join(soup.select_one("#content-main").get_text(" ").split())
    assert "550 No such user" in said
    assert "Could not be delivered, because the mail server refused their address" in said
    assert "Smtp" not in said


@pytest.fixture
def read(enter, director, time_machine):
    """The words of a page of the office at a moment, as the director reads them."""

    def _read(path, *, user=director, at=WEEK_3):
        time_machine.move_to(at, tick=False)
        soup = BeautifulSoup(enter(user).get(path).content, "html.parser")
        return " ".join(soup.select_one("#content").get_text(" ").split())

    return _read


@pytest.fixture
def invited(participant_in_kolkata):
    """An invitation that is to go now."""
    participant_in_kolkata.invited_at = WEEK_3 - timedelta(hours=1)
    Enrollment.objects.filter(pk=participant_in_kolkata.pk).update(status="invited", accepted_at=None)
    outbox.enqueue(invitation(participant_in_kolkata), now=WEEK_3)
    return Notice.objects.get()


def change(notice):
    return f"{LIST}{notice.pk}/change/"


def test_the_office_reads_what_it_said_as_its_reader_does(invited, read, loa):
    assert "As it reads today" in read(change(invited))
    sender.send_due(now=WEEK_3)
    loa.program.title = "Another Name"
    loa.program.save()

    said = read(change(invited))

    assert "Invitations, to Amara Rao: accepted by the mail server" in said
    assert "Your place in Leadership, Organizing and Action" in said
    assert "is waiting for you" in said
    assert "Another Name" not in said.partition("What it says")[2]


def test_while_mails_are_paused_each_says_so_and_since_when(invited, read, operator, participant_in_kolkata):
    pause_sending(because="the links are wrong", actor=operator, now=WEEK_3 - timedelta(hours=3))
    sender.send_due(now=WEEK_3)
    person = f"/office/cohorts/enrollment/{participant_in_kolkata.pk}/change/"
    waits = "Waits: mails are paused since Wed 17 Feb, 09:00 New York . It goes when they go on."

    for path in (LIST, change(invited), person):
        assert waits in read(path)
        assert "Waits for its time" not in read(path)

    resume_sending(actor=operator, now=WEEK_3)
    assert "paused" not in read(LIST)


def test_what_is_still_to_come_waits_for_its_time_paused_or_not(invited, read, operator):
    pause_sending(because="the links are wrong", actor=operator, now=WEEK_3)
    Notice.objects.update(send_at=WEEK_3 + timedelta(hours=1))

    said = read(change(invited))

    assert "Waits for its time." in said
    assert "Nothing yet: it is written when its time comes." in said


def test_what_waits_for_a_morning_says_for_which(invited, read):
    Notice.objects.update(waits_until=WEEK_3 + timedelta(hours=21))

    assert "Waits for the mail of the day, Thu 18 Feb, 09:00 New York" in read(LIST)


def test_what_one_person_wrote_to_another_is_not_read_by_the_office(
    read, paper, participant_in_kolkata, fellow, operator
):
    ask_for_time(
        assignment=paper,
        enrollment=participant_in_kolkata,
        text="My daughter is ill.",
        wished_on=(paper.due_at + timedelta(days=4)).date(),
        key=uuid4(),
        actor=participant_in_kolkata.user,
        now=WEEK_3,
    )
    sender.send_due(now=WEEK_3)
    notice = Notice.objects.get()
    assert "daughter" in notice.told["html"]

    for kept in (notice.told, None):
        Notice.objects.update(told=kept)
        for path in (change(notice), LIST, f"{LIST}?q=daughter"):
            assert "daughter" not in read(path)
            assert "daughter" not in read(path, user=operator)
    assert "It is for its reader alone." in read(change(notice))


def test_a_mail_about_signing_in_shows_no_code_to_anybody(read, operator, participant_in_kolkata):
    mail = ACCOUNT_MAIL.to(participant_in_kolkata.user, occurrence="x", context={"mail": "login_code"})
    sealed = seal({"subject": "Your code", "text": "917 334", "code": "917 334"})
    outbox.enqueue(replace(mail, sealed_mail=sealed), now=WEEK_3)

    said = read(change(Notice.objects.get()), user=operator)

    assert "Login code, to Amara Rao" in said
    assert "917" not in said
    assert "It is not kept: it was about signing in." in said


def test_of_others_nobody_says_you(invited, read, participant_in_kolkata):
    Notice.objects.update(status="cancelled", reason="you switched “Your place” off", withheld="choice")

    for path in (LIST, change(invited), f"/office/cohorts/enrollment/{participant_in_kolkata.pk}/change/"):
        assert "Not sent, because they switched “Your place” off" in read(path)


def test_the_page_of_a_person_leads_to_each_notice_that_the_office_may_open(
    invited, enter, director, operator, participant_in_kolkata, time_machine
):
    time_machine.move_to(WEEK_3, tick=False)
    outbox.enqueue(ACCOUNT_MAIL.to(participant_in_kolkata.user, occurrence="x", context={"mail": "x"}), now=WEEK_3)
    person = f"/office/cohorts/enrollment/{participant_in_kolkata.pk}/change/"

    soup = BeautifulSoup(enter(director).get(person).content, "html.parser")

    links = [a["href"] for a in soup.select(f"a[href^='{LIST}']") if "change" in a["href"]]
    assert links == [change(invited)]
    assert enter(director).get(links[0]).status_code == 200


def test_mails_that_are_off_are_named_as_what_they_are(participant_in_kolkata, loa, read):
    kinds = [("assignments.still_taken", loa.scope), ("announcements.announced", loa.scope)]
    switch_off(person=participant_in_kolkata.user, topics=kinds, way=Choice.Way.PAGE, now=WEEK_3)

    said = read(f"/office/cohorts/enrollment/{participant_in_kolkata.pk}/change/")

    assert "Mails off Announcements, Late work that is still taken" in said
    assert "Reminders off" not in said


def test_each_is_named_as_its_reader_names_it_and_not_to_the_office_as_its_own(participant_in_kolkata, loa, read):
    """Seen failing when it was “Your arrangement for deadlines” to the director."""
    arrangement = cast.arrange(participant_in_kolkata, by=timedelta(hours=48))
    outbox.enqueue(arrangement_changed(arrangement), now=WEEK_3)

    person = f"/office/cohorts/enrollment/{participant_in_kolkata.pk}/change/"
    for path in (LIST, change(Notice.objects.get()), person):
        assert "Their arrangement for deadlines" in read(path)
        assert "Your arrangement" not in read(path)
