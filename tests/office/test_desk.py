"""The office begins with what needs a hand; its pages ask the database as often for many rows as for one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from audit.services import record
from cohorts.models import Enrollment
from cohorts.notices import invitation
from jobs.models import Job
from notifications import outbox
from notifications.models import Notice, Return
from programs.models import Session
from tests import cast
from tests.cast import WEEK_3
from tests.office.forms import text_of


@pytest.fixture
def office(enter, director, time_machine):
    time_machine.move_to(WEEK_3, tick=False)
    return enter(director)


def test_the_desk_shows_only_own_sessions_with_their_figures(office, loa, outsider, section, participant_in_kolkata):
    cast.enroll(cast.make_user("Ana Silva"), loa, status=Enrollment.Status.INVITED, invited_at=WEEK_3, section=section)

    text = text_of(office.get("/office/"))

    assert "Leadership, Organizing and Action: Leading Change 2027 Running" in text
    assert "2 participants" in text.replace("participants 2", "2 participants")
    assert "Creating Public Value" not in text


def test_the_desk_says_when_nothing_needs_a_hand(office, loa, section, participant_in_kolkata):
    assert "Nothing needs a hand." in text_of(office.get("/office/"))


def test_the_desk_names_what_needs_a_hand(office, loa, program, section, paper, participant_in_kolkata):
    cast.enroll(cast.make_user("Ana Silva"), loa, status=Enrollment.Status.INVITED)
    cast.make_section(loa, name="Section B")
    cast.make_module(loa, number=4, is_ready=False)
    cast.make_submission(paper, participant_in_kolkata)
    cast.make_session(program, label="Spring-2027", starts_on=date(2027, 3, 1), status=Session.Status.DRAFT)
    participant_in_kolkata.invited_at = WEEK_3
    outbox.enqueue(invitation(participant_in_kolkata), now=WEEK_3)
    Notice.objects.update(status=Notice.Status.FAILED)

    text = text_of(office.get("/office/"))

    for words in (
        "1 person has not been invited yet",
        "1 participant is in no section",
        "1 section has no teaching fellow",
        "Module 4 opens within a week and is still in preparation",
        "1 paper has no reader yet",
        "1 mail could not be delivered",
        "Not published yet",
    ):
        assert words in text


def test_the_office_leads_to_the_inbox_and_says_how_much_is_new(office, director, loa, participant_in_kolkata):
    def said():
        links = BeautifulSoup(office.get("/office/").content, "html.parser").select("#user-tools a")
        return [" ".join(link.get_text().split()) for link in links if link["href"] == "/inbox/"]

    assert said() == ["Inbox"]
    participant_in_kolkata.invited_at = WEEK_3
    outbox.enqueue(invitation(participant_in_kolkata), now=WEEK_3)
    Notice.objects.update(recipient=director)

    assert said() == ["Inbox (1 new)"]


def test_a_coordinator_is_not_sent_to_the_curriculum(enter, coordinator, loa, time_machine):
    time_machine.move_to(WEEK_3, tick=False)
    cast.make_module(loa, number=4, is_ready=False)

    text = text_of(enter(coordinator).get("/office/"))

    assert "in preparation" not in text
    assert "Modules" not in text


def test_the_operator_sees_programs_without_a_director_and_no_figures_of_people(enter, operator, loa):
    text = text_of(enter(operator).get("/office/"))

    assert "Programs without a director Leadership" in text
    assert "participants" not in text.replace("Places of participants", "")


def test_the_desk_says_how_many_papers_are_past_their_promise_and_since_when(
    enter, office, coordinator, section, paper, participant_in_kolkata, participant_in_sydney, time_machine
):
    """Due Sunday 21 February 23:59 New York, promised seven days later."""
    for place in (participant_in_kolkata, participant_in_sydney):
        cast.make_submission(paper, place)
    cast.make_feedback(participant_in_sydney.submissions.get(), section.fellows.get().user)

    time_machine.move_to(datetime(2027, 3, 1, 4, 58, tzinfo=UTC), tick=False)
    assert "promised date" not in text_of(office.get("/office/"))
    time_machine.move_to(datetime(2027, 3, 2, 17, 0, tzinfo=UTC), tick=False)
    text = text_of(office.get("/office/"))

    assert "1 paper is past the promised date, the oldest since Sunday 28 February" in text
    assert "promised date" not in text_of(enter(coordinator).get("/office/")), "it opens no queue"


def test_the_desk_misses_sections_where_other_sessions_of_the_program_have_some(office, program, loa, section):
    coming = cast.make_session(program, label="Autumn", starts_on=date(2027, 9, 6))

    page = office.get("/office/")

    assert text_of(page).count("There are no sections yet") == 1
    assert f"/office/cohorts/section/?session__id__exact={coming.pk}" in page.content.decode()


def test_the_desk_names_how_many_peoples_mails_come_back(office, loa, participant_in_kolkata, participant_in_sydney):
    for day in (1, 2):
        Return.objects.create(
            person=participant_in_kolkata.user,
            address=participant_in_kolkata.user.email,
            message_id=f"<{day}>",
            sort=Return.Sort.UNKNOWN,
            mail_sent_at=WEEK_3,
            returned_at=WEEK_3,
        )
    Return.objects.create(
        person=participant_in_sydney.user,
        address="long-ago@example.org",
        message_id="<3>",
        sort=Return.Sort.UNKNOWN,
        mail_sent_at=WEEK_3,
        returned_at=WEEK_3,
    )

    page = office.get("/office/")

    assert "Mail to 1 person comes back" in text_of(page)
    assert f"/s/{loa.slug}/people/?show=mails" in page.content.decode()


def test_the_desk_misses_no_sections_where_the_program_has_none(office, program, loa):
    cast.make_session(program, label="Autumn", starts_on=date(2027, 9, 6))

    assert "no sections" not in text_of(office.get("/office/"))


def populate(program, number):
    """One more row of most kinds, in one more session."""
    session = cast.make_session(program, label=f"Run-{number}")
    fellow = cast.make_user(f"Fellow {number}")
    cast.appoint(fellow, Role.TEACHING_FELLOW, session=session)
    section = cast.make_section(session, fellow)
    enrollment = cast.enroll(cast.make_user(f"Person {number}"), session, section=section, invited_at=WEEK_3)
    cast.make_meeting(session, section=section)
    paper = cast.make_assignment(cast.make_module(session))
    cast.make_submission(paper, enrollment)
    cast.extend(paper, enrollment, granter=fellow, by=timedelta(days=1))
    outbox.enqueue(invitation(enrollment), now=WEEK_3)
    record(actor=fellow, verb="did", on=session, after={"label": "x"}, scope=session.scope, now=WEEK_3)
    Job.objects.create(kind="x", owner=program.appointments.get().user, created_at=WEEK_3)
    return enrollment


def queries_of(client, page):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(page)
    assert answer.status_code == 200, page
    return len(queries)


def test_lists_and_forms_ask_as_often_for_three_rows_as_for_one(office, program, director):
    kinds = [f"admin:{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]
    forms = [
        reverse(f"{kind}_add")
        for kind, model_admin in zip(kinds, admin.site._registry.values(), strict=True)
        if model_admin.has_add_permission(office.get("/office/").wsgi_request)
    ]
    pages = ["/office/", *(reverse(f"{kind}_changelist") for kind in kinds), *forms]
    populate(program, 1)
    for page in pages:
        office.get(page)
    once = {page: queries_of(office, page) for page in pages}
    populate(program, 2)
    populate(program, 3)

    thrice = {page: queries_of(office, page) for page in pages}

    assert {page: (once[page], thrice[page]) for page in pages if once[page] != thrice[page]} == {}
    assert max(thrice.values()) <= 20


def test_the_page_of_a_person_asks_as_often_for_many_mails_as_for_one(office, program, director):
    enrollment = populate(program, 1)
    page = reverse("admin:cohorts_enrollment_change", args=[enrollment.pk])
    office.get(page)
    few = queries_of(office, page)
    for day in range(5):
        enrollment.invited_at = WEEK_3 + timedelta(days=day + 1)
        outbox.enqueue(invitation(enrollment), now=WEEK_3)
    cast.enroll(enrollment.user, cast.make_session(program, label="Another"))

    assert queries_of(office, page) == few
