"""Asking for more time, and that work be taken after closing; answered once, told once."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.urls import reverse

from accounts.roles import Role
from assignments.desk.grants import looked_after
from assignments.models import Cover, Draft, Extension, ExtensionRequest
from assignments.services import (
    AlreadyAsked,
    AssignmentClosed,
    MayNotAsk,
    MayNotExtend,
    NotLater,
    NotYours,
    TooEarly,
    ask_for_time,
    decline_request,
    grant_request,
    withdraw_request,
)
from cohorts.models import Enrollment, SectionFellow
from core.moves import WrongState
from notifications import sender
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3

THURSDAY = date(2027, 2, 25)
END_OF_THURSDAY = datetime(2027, 2, 26, 4, 59, tzinfo=UTC)


@pytest.fixture
def ask(paper, amara):
    def _ask(place=amara, *, wished_on=THURSDAY, at=WEEK_3, assignment=paper, key=None, actor=None):
        return ask_for_time(
            assignment=assignment,
            enrollment=place,
            text="My daughter is ill.",
            wished_on=wished_on,
            key=key or uuid4(),
            actor=actor or place.user,
            now=at,
        )

    return _ask


def told():
    return {(notice.recipient, notice.kind.partition(".")[2]) for notice in Notice.objects.all()}


def test_a_question_goes_to_the_fellow_of_the_section(ask, fellow, head_fellow):
    request = ask()

    assert request.status == "open"
    assert told() == {(fellow, "time_asked")}


def test_without_a_fellow_it_goes_to_the_head_fellow_and_without_one_to_the_director(ask, loa, amara, jack, director):
    SectionFellow.objects.all().delete()
    ask()
    assert told() == {(director, "time_asked")}

    head = cast.make_user("Ruth Adeyemi")
    cast.appoint(head, Role.HEAD_TEACHING_FELLOW, session=loa)
    ask(jack)
    assert (head, "time_asked") in told()


def test_while_somebody_is_away_whoever_stands_in_is_asked_and_answers(
    ask, loa, section, fellow, director, amara, paper
):
    colleague = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, colleague, name="Section B")
    cover = Cover.objects.create(
        session=loa,
        away=fellow,
        starts_at=WEEK_3,
        message="Thabo reads your papers.",
        arranged_by=director,
        arranged_at=WEEK_3,
    )
    cover.colleagues.add(colleague)
    request = ask()
    assert told() == {(fellow, "time_asked")}
    with pytest.raises(MayNotExtend):
        decline_request(request=request, answer="No.", actor=colleague, now=WEEK_3)
    withdraw_request(request=request, actor=amara.user, now=WEEK_3)
    Notice.objects.all().delete()

    Cover.objects.update(began_at=WEEK_3)
    request = ask()

    assert told() == {(colleague, "time_asked")}
    assert list(looked_after(colleague, loa, WEEK_3)) == [amara]
    grant_request(request=request, until=END_OF_THURSDAY, actor=colleague, now=WEEK_3)
    assert paper.window_for(amara).due_at == END_OF_THURSDAY


def test_the_same_form_twice_asks_once_and_one_question_waits_at_a_time(ask):
    key = uuid4()
    assert ask(key=key) == ask(key=key)
    with pytest.raises(AlreadyAsked):
        ask()
    assert ExtensionRequest.objects.count() == Notice.objects.count() == 1


def test_what_cannot_be_asked_is_refused(ask, loa, amara, jack):
    with pytest.raises(TooEarly):
        ask(wished_on=date(2027, 2, 21))
    with pytest.raises(NotYours):
        ask(actor=jack.user)
    with pytest.raises(MayNotAsk):
        ask(assignment=cast.make_assignment(cast.make_module(loa, number=9)), wished_on=date(2027, 5, 1))
    Enrollment.objects.filter(pk=amara.pk).update(status=Enrollment.Status.WITHDRAWN)
    with pytest.raises(MayNotAsk):
        ask()


def test_granting_gives_the_time_and_tells_it_in_one_mail(ask, paper, amara, fellow):
    request = ask()
    mail.outbox.clear()

    extension = grant_request(request=request, until=END_OF_THURSDAY, answer="Take care.", actor=fellow, now=WEEK_3)

    assert paper.window_for(amara).due_at == END_OF_THURSDAY
    assert (request.status, request.extension) == ("granted", extension)
    assert [notice.kind for notice in Notice.objects.filter(recipient=amara.user)] == ["assignments.time_answered"]
    sender.send_due(now=WEEK_3)
    [answer] = [one for one in mail.outbox if amara.user.email in one.to[0]]
    assert "is now due Friday 26 February, 10:29 Kolkata" in answer.body
    assert "Milica Petrović writes: Take care." in answer.body
    # The question was answered before its mail went out.
    assert not [one for one in mail.outbox if fellow.email in one.to[0]]


def test_a_question_is_told_with_its_words(ask, fellow):
    ask()
    sender.send_due(now=WEEK_3)

    [question] = mail.outbox
    assert fellow.email in question.to[0]
    assert "Amara Rao asks for more time" in question.subject
    assert "My daughter is ill." in question.body


def test_declining_leaves_the_deadline_and_tells_why(ask, paper, amara, fellow):
    request = ask()

    decline_request(request=request, answer="Hand in what you have.", actor=fellow, now=WEEK_3)

    assert paper.window_for(amara).due_at == paper.due_at
    assert (amara.user, "time_answered") in told()
    sender.send_due(now=WEEK_3)
    assert any("Hand in what you have." in one.body for one in mail.outbox)


def test_a_question_is_answered_once(ask, fellow, director, amara):
    request = ask()
    stale = ExtensionRequest.objects.get(pk=request.pk)
    decline_request(request=request, answer="No.", actor=fellow, now=WEEK_3)

    with pytest.raises(WrongState):
        grant_request(request=stale, until=END_OF_THURSDAY, actor=director, now=WEEK_3)
    with pytest.raises(WrongState):
        withdraw_request(request=stale, actor=amara.user, now=WEEK_3)
    assert not Extension.objects.exists()


def test_whoever_took_it_back_may_ask_again(ask, amara, jack):
    request = ask()
    with pytest.raises(NotYours):
        withdraw_request(request=request, actor=jack.user, now=WEEK_3)
    withdraw_request(request=request, actor=amara.user, now=WEEK_3)

    assert ask().pk != request.pk


def test_only_who_may_extend_answers_and_only_later(ask, loa, paper, chair, fellow, director):
    elsewhere = cast.enroll(cast.make_user("Bo Lind"), loa, section=cast.make_section(loa, name="Section B"))
    request = ask(elsewhere)
    for stranger in (chair, fellow, elsewhere.user):
        with pytest.raises(MayNotExtend):
            grant_request(request=request, until=END_OF_THURSDAY, actor=stranger, now=WEEK_3)
        with pytest.raises(MayNotExtend):
            decline_request(request=request, answer="No.", actor=stranger, now=WEEK_3)
    with pytest.raises(NotLater):
        grant_request(request=request, until=paper.due_at, actor=director, now=WEEK_3)


# --- after closing ------------------------------------------------------------------------------------------------


def test_whoever_answers_a_question_sees_what_the_person_took_and_handed_in(
    ask, give, paper, amara, fellow, client, time_machine
):
    request = ask()
    time_machine.move_to(WEEK_3, tick=False)
    client.force_login(fellow)
    address = reverse("assignments:desk-request", args=[paper.session.slug, request.pk])
    assert "Not yet" in client.get(address).content.decode()

    cast.extend(paper, amara, by=timedelta(hours=48), granter=amara.user, taken=1)
    give(amara)
    give(amara, "Again.")

    page = " ".join(client.get(address).content.decode().split())
    assert f"48 hours more, taken by {amara.user}" in page
    assert "attempt 2" in page


@pytest.fixture
def closed_paper(module):
    """Due on Sunday of week 3, closed on Wednesday of week 4."""
    return cast.make_assignment(module, closes="week 4, Wednesday, 23:59", title="Skill practice")


def test_a_question_from_before_the_close_is_answered_by_what_holds_after_it(
    ask, closed_paper, amara, fellow, client, time_machine
):
    at = closed_paper.closes_at + timedelta(hours=5)
    request = ask(assignment=closed_paper, wished_on=date(2027, 2, 27), at=closed_paper.closes_at - timedelta(hours=5))
    time_machine.move_to(at, tick=False)
    client.force_login(fellow)
    page = client.get(reverse("assignments:desk-request", args=[closed_paper.session.slug, request.pk]))
    assert "Take it until then" in page.content.decode()

    grant_request(request=request, until=at + timedelta(days=2), actor=fellow, now=at)

    sender.send_due(now=at)
    [answer] = [one for one in mail.outbox if amara.user.email in one.to[0]]
    assert "is taken after all, until" in answer.body
    assert "is now due" not in answer.body


def test_after_closing_the_text_is_kept_and_granting_takes_it_late(closed_paper, ask, amara, fellow, give):
    at = closed_paper.closes_at + timedelta(hours=5)
    with pytest.raises(AssignmentClosed):
        give(amara, "What I wrote on the train.", at=at, assignment=closed_paper)
    assert Draft.objects.get().text == "What I wrote on the train."
    saturday = date(2027, 2, 27)

    request = ask(assignment=closed_paper, wished_on=saturday, at=at)
    assert request.is_after_close
    grant_request(request=request, until=datetime(2027, 2, 28, 4, 59, tzinfo=UTC), actor=fellow, now=at)

    window = closed_paper.window_for(amara)
    assert window.closes_at == datetime(2027, 2, 28, 4, 59, tzinfo=UTC)
    submission = give(amara, "What I wrote on the train.", at=at, assignment=closed_paper)
    assert submission.authors.get().late_by is not None


def test_beside_the_refusal_stands_the_form_to_ask_with(client, time_machine, closed_paper, amara):
    time_machine.move_to(closed_paper.closes_at + timedelta(hours=5), tick=False)
    client.force_login(amara.user)
    sent = {"text": "Late words.", "based_on": 0, "editor": str(uuid4()), "key": str(uuid4()), "writer": amara.user_id}

    refusal = client.post(reverse("assignments:paper-hand-in", args=[closed_paper.session.slug, closed_paper.pk]), sent)

    page = BeautifulSoup(refusal.content, "html.parser")
    assert refusal.status_code == 409
    assert "Ask your teaching fellow to accept it" in page.get_text()
    assert page.select_one('form[action$="/time/ask/"] textarea[name="text"]') is not None
    assert "Late words." in page.get_text()


# --- the pages ----------------------------------------------------------------------------------------------------


def test_asking_answering_and_reading_the_answer_by_forms(client, time_machine, loa, paper, amara, fellow):
    time_machine.move_to(WEEK_3, tick=False)
    client.force_login(amara.user)
    page = client.get(paper.get_absolute_url()).content.decode()
    assert "Ask for more time" in page
    assert "Take 48 more hours" not in page
    address = reverse("assignments:time-ask", args=[loa.slug, paper.pk])
    assert client.post(address, {"text": "", "wished_on": "", "key": str(uuid4())}).status_code == 422
    sent = {"text": "My daughter is ill.", "wished_on": "2027-02-25", "key": str(uuid4())}
    page = client.post(address, sent, follow=True).content.decode()
    assert "You asked for more time" in page

    client.force_login(fellow)
    desk = client.get(reverse("assignments:desk-time", args=[loa.slug])).content.decode()
    assert "My daughter is ill." in desk
    assert "1 asked" in client.get(reverse("assignments:desk-queue", args=[loa.slug])).content.decode()
    question = reverse("assignments:desk-request", args=[loa.slug, ExtensionRequest.objects.get().pk])
    answer = {"until_on": "2027-02-25", "until_at": "23:59", "answer": "Take care."}
    assert client.post(question, {"act": "decline", "answer": ""}).status_code == 422
    assert client.post(question, {"act": "grant", **answer}).status_code == 302

    client.force_login(amara.user)
    page = client.get(paper.get_absolute_url()).content.decode()
    assert "You were given more time" in page
    assert "Take care." in page
    assert "Friday 26 February, 10:29 Kolkata" in page


def test_a_question_is_taken_back_by_its_button(client, time_machine, ask, paper, amara, jack):
    time_machine.move_to(WEEK_3, tick=False)
    request = ask()
    address = reverse("assignments:request-withdraw", args=[paper.session.slug, paper.pk, request.pk])
    client.force_login(jack.user)
    assert client.post(address).status_code == 404
    client.force_login(amara.user)
    assert client.post(address).status_code == 302

    request.refresh_from_db()
    assert request.status == "withdrawn"
    assert "You asked for more time" not in client.get(paper.get_absolute_url()).content.decode()
