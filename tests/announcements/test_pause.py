"""What writers read of an announcement while mails are paused.

Seen failing on the version that said “It goes out now” and “2 people told”, and no more.
"""

from datetime import timedelta

import pytest

from notifications import sender
from notifications.services import pause_sending, resume_sending
from tests.cast import WEEK_3

LIST = "/s/loa-2027/announcements/"
SINCE = "Wed 17 Feb, 09:00 New York"


@pytest.fixture
def paused(operator):
    pause_sending(because="the links are wrong", actor=operator, now=WEEK_3 - timedelta(hours=3))


def said(soup):
    return " ".join(soup.main.get_text(" ").split())


def test_the_preview_says_since_when_and_that_the_mail_follows(visit, draft, director, participant_in_kolkata, paused):
    row = draft(director)

    page = said(visit(director, f"{LIST}{row.pk}/preview/"))

    assert "Mails are paused Since Wednesday 17 February, 09:00 New York no mail goes out." in page
    assert "its mail follows when mails go on, if that is within 7 days" in page
    assert "wrong" not in page


def test_who_cannot_wait_reads_that_nobody_is_reached_at_once(visit, draft, director, participant_in_kolkata, paused):
    row = draft(director, is_urgent=True)

    page = said(visit(director, f"{LIST}{row.pk}/preview/"))

    assert "if that is within 1 day." in page
    assert "nobody is reached at once" in page


def test_what_was_sent_says_that_its_mails_wait_until_they_go(
    visit, draft, director, operator, participant_in_kolkata, participant_in_sydney, paused
):
    row = draft(director)
    address = f"{LIST}{row.pk}/"
    visit(director, f"{address}preview/", data={"revision": "1"})
    sender.send_due(now=WEEK_3)

    page = said(visit(director, address))

    assert "3 people told, 3 mails held back while mails are paused" in page
    assert "3 mails wait and go when mails go on." in page
    assert "held back" in said(visit(director, LIST))
    assert "paused" not in said(visit(participant_in_kolkata.user, address))

    resume_sending(actor=operator, now=WEEK_3)
    sender.send_due(now=WEEK_3)
    assert "paused" not in said(visit(director, address))


def test_confirming_it_does_not_say_that_it_goes_out_now(
    client, draft, director, participant_in_kolkata, paused, time_machine
):
    time_machine.move_to(WEEK_3, tick=False)
    row = draft(director)
    client.force_login(director)

    answer = client.post(f"{LIST}{row.pk}/preview/", {"revision": "1"}, follow=True).content.decode()

    assert "Its mails wait, because mails are paused." in answer
    assert "It goes out now." not in answer


def test_while_mails_go_nothing_is_said_of_a_pause(visit, draft, director, participant_in_kolkata):
    row = draft(director)
    assert "paused" not in said(visit(director, f"{LIST}{row.pk}/preview/"))
