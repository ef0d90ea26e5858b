"""What people come for, from the first click to the mail, in a real browser on the real site."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from assignments.models import Assignment, Feedback, Submission
from assignments.services import hand_in
from assignments.services.feedback import Answer, release_feedback, save_feedback
from cohorts.models import Enrollment
from core import clock
from notifications import planner, sender
from programs.models import Session
from tests import cast
from tests.browser.conftest import resize
from tests.cast import WEEK_3

TEXT = "I asked ten neighbours what they would give up for it, and learnt to wait before I speak."
SOON = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def in_week_3():
    """The site lives in week 3; its clock goes on."""
    with time_machine.travel(WEEK_3) as travelled:
        yield travelled


@pytest.fixture
def amara(participant_in_kolkata):
    return participant_in_kolkata


def address(name, paper, *more):
    return reverse(f"assignments:{name}", args=[paper.session.slug, paper.pk, *more])


def send_mails():
    """What the worker does every two seconds."""
    mail.outbox.clear()
    sender.send_due(now=clock.now() + SOON)
    return mail.outbox


def only_mail_to(user):
    [message] = [message for message in send_mails() if user.email in message.to[0]]
    return message


# --- the visitor --------------------------------------------------------------------------------------------------


def test_a_visitor_finds_a_session_and_the_way_to_apply(page, live_server, program, check_access):
    cast.make_session(
        program,
        label="2028",
        starts_on=date(2028, 1, 31),
        applications_close_on=date(2027, 11, 30),
        apply_url="https://apply.example.org/loa",
    )
    page.goto(f"{live_server.url}/")
    page.goto(f"{live_server.url}/programs/")
    page.get_by_role("link", name=program.title).first.click()

    expect(page.get_by_role("heading", name="2028")).to_be_visible()
    expect(page.get_by_role("link", name="Apply to 2028")).to_have_attribute("href", "https://apply.example.org/loa")
    check_access(page)


# --- the participant ----------------------------------------------------------------------------------------------


def test_a_participant_writes_hands_in_and_gets_the_receipt_by_mail(page, live_server, sign_in, amara, paper):
    sign_in(amara.user)
    page.goto(live_server.url + paper.get_absolute_url())
    page.get_by_label("Your text").fill(TEXT)
    expect(page.locator("[data-saved]")).to_have_text(re.compile("^Saved"), timeout=15_000)

    page.reload()
    expect(page.locator("#id_text")).to_have_value(TEXT)
    page.get_by_role("button", name="Hand in").click()

    expect(page.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()
    [submission] = Submission.objects.all()
    expect(page.locator(".receipt-number")).to_have_text(submission.receipt)
    assert submission.text == TEXT
    assert submission.receipt in only_mail_to(amara.user).body


def test_handing_in_twice_by_the_back_button_gives_the_same_receipt(page, live_server, sign_in, amara, paper):
    sign_in(amara.user)
    page.goto(live_server.url + paper.get_absolute_url())
    page.get_by_label("Your text").fill(TEXT)
    page.get_by_role("button", name="Hand in").dblclick()
    expect(page.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()

    assert Submission.objects.count() == 1


def test_a_paper_is_handed_in_with_the_keyboard_alone(page, live_server, sign_in, amara, paper):
    sign_in(amara.user)
    page.goto(live_server.url + paper.get_absolute_url())

    box = "#id_text, .rich-box [contenteditable]"
    press_until(page, "Tab", lambda: page.evaluate("box => document.activeElement.matches(box)", box))
    page.keyboard.type(TEXT)
    press_until(page, "Tab", lambda: page.evaluate("document.activeElement.textContent") == "Hand in")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()
    assert Submission.objects.get().text == TEXT


def press_until(page, key, is_there, *, most=60):
    for _ in range(most):
        if is_there():
            return
        page.keyboard.press(key)
    pytest.fail(f"{key} never came there; it is at {focused(page)}")


def focused(page):
    return page.evaluate("document.activeElement.id")


def test_reading_and_handing_in_need_no_script(browser, browser_context_args, live_server, amara, paper):
    EmailAddress.objects.create(user=amara.user, email=amara.user.email, primary=True, verified=True)
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}{reverse('account_login')}?next={paper.get_absolute_url()}")
    page.get_by_label("E-mail address").fill(amara.user.email)
    page.get_by_label("Password").fill("a long pass phrase")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text(paper.prompt)).to_be_visible()
    expect(page.get_by_text("It is saved as you write")).to_be_hidden()

    page.get_by_label("Your text").fill(TEXT)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#id_text")).to_have_value(TEXT)
    page.get_by_role("button", name="Hand in").click()

    expect(page.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()
    context.close()


def test_a_participant_reads_the_feedback_that_a_mail_told_of(
    page, live_server, sign_in, amara, paper, fellow, check_access
):
    submission = hand_in(assignment=paper, enrollment=amara, text=TEXT, key=uuid4(), actor=amara.user, now=clock.now())
    answer = save_feedback(submission=submission, answer=whole_answer(paper), based_on=0, actor=fellow, now=clock.now())
    sign_in(amara.user)
    where = live_server.url + address("feedback-read", paper, 1)
    assert page.goto(where).status == 404
    send_mails()

    release_feedback(feedback=answer, actor=fellow, now=clock.now())
    told = only_mail_to(amara.user)
    page.goto(re.search(r"http://\S+/feedback/1/", told.body)[0].replace("http://localhost:8000", live_server.url))

    expect(page.get_by_text("You name your people.")).to_be_visible()
    expect(page.get_by_text("Ask one who disagreed.")).to_be_visible()
    check_access(page)


def whole_answer(paper):
    levels = {criterion.pk: criterion.levels.last().pk for criterion in paper.criteria.all()}
    return Answer(
        text="You name your people.",
        next_step="Ask one who disagreed.",
        result=Feedback.Result.COMPLETE,
        levels=levels,
    )


def test_the_pages_of_writing_can_be_used_by_everybody(page, live_server, sign_in, amara, paper, check_access):
    sign_in(amara.user)
    page.goto(live_server.url + paper.get_absolute_url())
    check_access(page)
    page.get_by_label("Your text").fill(TEXT)
    page.get_by_role("button", name="Hand in").click()
    check_access(page)
    page.goto(live_server.url + reverse("assignments:assignment-list", args=[paper.session.slug]))
    check_access(page)


# --- the clocks ---------------------------------------------------------------------------------------------------

# The deadline on Sunday, 23:59 New York, around each clock change, and what the clocks elsewhere show on Monday.
ELSEWHERE = ("Asia/Kolkata", "Asia/Kathmandu", "Europe/Belgrade", "Australia/Sydney")
CLOCKS = [
    ("week 5", "7 March", "8 March", ("10:29", "10:44", "05:59", "15:59")),
    ("week 6", "14 March", "15 March", ("09:29", "09:44", "04:59", "14:59")),
    ('break "Spring break"', "28 March", "29 March", ("09:29", "09:44", "05:59", "14:59")),
    ("week 8", "4 April", "5 April", ("09:29", "09:44", "05:59", "13:59")),
]


@pytest.mark.parametrize(("week", "sunday", "monday", "clocks"), CLOCKS)
def test_page_and_mail_tell_a_deadline_on_the_clock_of_each_reader(
    page, live_server, sign_in, in_week_3, loa, section, week, sunday, monday, clocks
):
    paper = cast.make_assignment(cast.make_module(loa, number=5), due=f"{week}, Sunday, 23:59")
    told = {}
    in_week_3.move_to(paper.due_at - timedelta(hours=40))
    planner.plan(now=clock.now())
    for number, (zone, clock_shows) in enumerate(zip(ELSEWHERE, clocks, strict=True)):
        reader = cast.enroll(cast.make_user(f"Reader {number}", zone=zone), loa, section=section)
        mine, programs = f"Monday {monday}, {clock_shows} {zone.split('/')[1]}", f"Sunday {sunday}, 23:59 New York"
        told[reader.user] = f"{mine}, that is {programs}"

        sign_in(reader.user)
        page.goto(live_server.url + paper.get_absolute_url())
        expect(page.locator(".due-line")).to_contain_text(mine)
        expect(page.locator(".due-line")).to_contain_text(programs)

    in_week_3.move_to(paper.due_at - timedelta(hours=6))
    planner.plan(now=clock.now())
    mails = send_mails()
    for reader, words in told.items():
        [reminder] = [message for message in mails if reader.email in message.to[0]]
        assert words in reminder.body


# --- the office ---------------------------------------------------------------------------------------------------


def test_a_director_sees_the_own_program_only(page, live_server, sign_in, director, loa, outsider):
    sign_in(director)
    page.goto(live_server.url + reverse("admin:programs_session_changelist"))

    expect(page.get_by_role("link", name=loa.label).first).to_be_visible()
    assert outsider.session.program.title not in page.content()
    other = reverse("admin:programs_session_change", args=[outsider.session.pk])
    page.goto(live_server.url + other)
    assert outsider.session.program.title not in page.content()


def test_a_director_sends_an_invitation(page, live_server, sign_in, director, loa):
    invited = cast.enroll(cast.make_user("New Person", zone=""), loa, status=Enrollment.Status.INVITED)
    sign_in(director)
    page.goto(live_server.url + reverse("cohorts:people-list", args=[loa.slug]))
    page.get_by_label("Choose New Person").check()
    page.get_by_role("button", name="Send the invitation to those chosen").click()

    expect(page.get_by_text("on its way")).to_be_visible()
    assert loa.program.title in only_mail_to(invited.user).body
    page.reload()
    expect(page.get_by_role("row", name=re.compile("New Person"))).to_contain_text("sent")


def test_a_director_moves_a_deadline_with_everybody_it_touches_shown_before(
    page, live_server, sign_in, director, amara, participant_in_sydney, paper
):
    sign_in(director)
    page.goto(live_server.url + reverse("admin:assignments_assignment_dates", args=[paper.pk]))
    page.get_by_label(re.compile("^Due")).fill("week 3, Friday, 23:59")
    page.get_by_role("button", name="Show what changes").click()

    losses = page.get_by_role("region", name="Who has less time than they were shown")
    expect(losses).to_contain_text(amara.user.name)
    expect(losses).to_contain_text(participant_in_sydney.user.name)
    assert Assignment.objects.get(pk=paper.pk).due_at == paper.due_at

    page.get_by_label(re.compile("reason", re.IGNORECASE)).fill("The live class moved.")
    page.get_by_role("button", name="I have looked through the list: change these dates").click()
    expect(page.get_by_text("The live class moved.").or_(page.locator(".messagelist, .success")).first).to_be_visible()
    assert Assignment.objects.get(pk=paper.pk).due_at == paper.due_at - timedelta(days=2)


def test_a_coordinator_loads_a_roster(page, live_server, sign_in, coordinator, loa, section):
    sign_in(coordinator)
    page.goto(live_server.url + reverse("cohorts:people-list", args=[loa.slug]))
    page.get_by_role("link", name="Load a roster").click()
    rows = "email,name,section\nnew.one@example.org,New One,Section A\nnew.two@example.org,New Two,Section A\n"
    page.get_by_label("Roster, a CSV file").set_input_files(
        {"name": "roster.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    page.get_by_role("button", name="Look at what it does").click()
    expect(page.get_by_text("2 new, 0 updated")).to_be_visible()
    assert not Enrollment.objects.filter(session=loa).exists()
    page.get_by_role("button", name="Write these 2 lines").click()

    expect(page.get_by_text("2 enrolled, 0 updated")).to_be_visible()
    assert Session.objects.get(pk=loa.pk).enrollments.count() == 2


# --- small windows ------------------------------------------------------------------------------------------------


def test_on_a_phone_a_paper_is_written_and_handed_in(page, live_server, sign_in, amara, paper):
    resize(page, 390)
    sign_in(amara.user)
    page.goto(live_server.url + paper.get_absolute_url())
    page.get_by_label("Your text").fill(TEXT)
    page.get_by_role("button", name="Hand in").click()

    expect(page.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
