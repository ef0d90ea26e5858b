from uuid import uuid4

import pytest
import time_machine
from django.core import mail

from notifications import sender
from notifications.models import Notice
from tests.cast import WEEK_3


@pytest.fixture(autouse=True)
def in_week_3():
    with time_machine.travel(WEEK_3, tick=False):
        yield


def question(**fields):
    return {"question": "Where is the link for tonight?", "key": str(uuid4()), "request_id": "abc123", **fields}


def test_a_participants_question_goes_to_the_office_of_the_session_with_what_it_needs(
    client, loa, participant_in_kolkata
):
    client.force_login(participant_in_kolkata.user)

    client.post("/help/", question(page=f"/s/{loa.slug}/meetings/"), headers={"User-Agent": "Firefox 200"})
    sender.send_due(now=WEEK_3)

    (letter,) = mail.outbox
    assert letter.to == [loa.answers_to]
    assert letter.reply_to == [participant_in_kolkata.user.email]
    for fact in ("tonight", "Firefox 200", "Asia/Kolkata", "abc123", f"/s/{loa.slug}/meetings/"):
        assert fact in letter.body


def test_a_visitor_at_the_sign_in_page_is_asked_for_an_address(client, db):
    refused = client.post("/help/", question(page="/accounts/login/"))
    assert refused.status_code == 422
    assert "Where is the link for tonight?" in refused.content.decode()

    sent = client.post("/help/", question(page="/accounts/login/", email="guest@example.org"), follow=True)

    assert sent.redirect_chain == [("/help/sent/", 302)]
    assert "Your question is on its way" in sent.content.decode()
    assert Notice.objects.get().context["email"] == "guest@example.org"


def test_the_same_question_posted_twice_is_one_mail(client, participant_in_kolkata):
    client.force_login(participant_in_kolkata.user)
    same = question(page="/")

    client.post("/help/", same)
    client.post("/help/", same)

    assert Notice.objects.count() == 1


def test_a_page_of_a_session_that_is_not_theirs_names_no_other_office(client, loa, outsider, settings):
    client.force_login(outsider.user)

    client.post("/help/", question(page=f"/s/{loa.slug}/meetings/"))

    notice = Notice.objects.get()
    assert (notice.address, notice.scope) == (settings.OFFICE_EMAIL, "")


def test_a_visitor_cannot_flood_the_office(client, db):
    for _ in range(6):
        client.post("/help/", question(email="guest@example.org"))

    answer = client.post("/help/", question(email="guest@example.org"))

    assert answer.status_code == 422
    assert Notice.objects.count() == 6


def test_after_asking_one_is_never_sent_to_another_site(client, participant_in_kolkata):
    client.force_login(participant_in_kolkata.user)

    answer = client.post("/help/", question(page="//evil.example.org/"))

    assert answer.headers["Location"] == "/"
