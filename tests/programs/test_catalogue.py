from datetime import date, timedelta

import pytest
import time_machine

from core.rules import parse_rule
from programs.content import (
    AlignmentContent,
    CreditContent,
    ModuleContent,
    ProgramContent,
    plain_content,
)
from programs.models import Program, ProgramVersion, Session
from tests import cast
from tests.cast import WEEK_3

CONTENT = ProgramContent(
    slug="loa",
    code="LOA",
    title="Leadership, Organizing and Action: Leading Change",
    weeks=15,
    order="calendar",
    form=("Fifteen weeks online",),
    summary="How people organize to make *change*.",
    outcomes=("Tell a public narrative",),
    credits=(CreditContent(kind="chair", name="Marshall Ganz"), CreditContent(kind="director", name="Erica Lane")),
    office="loa-office@example.org",
    certificate_series=("Public Leadership",),
    ecq=(
        AlignmentContent(criterion="Results Driven", framework="Executive Core Qualifications", version="until 2025"),
    ),
    modules=(
        ModuleContent(
            key="overview", kind="orientation", title="Course Overview", release=parse_rule("week 1, Monday, 09:00")
        ),
        ModuleContent(
            key="narrative",
            kind="core",
            number=1,
            title="Public Narrative",
            release=parse_rule("week 1, Monday, 09:00"),
            sample=True,
        ),
    ),
)


@pytest.fixture(autouse=True)
def in_week_3():
    with time_machine.travel(WEEK_3, tick=False):
        yield


@pytest.fixture
def told(program):
    ProgramVersion.objects.create(
        program=program, number=2, content_hash="2", content=plain_content(CONTENT), source="", loaded_at=WEEK_3
    )
    return program


def offer(program, **fields):
    fields.setdefault("apply_url", "https://apply.example.org/loa")
    fields.setdefault("applications_close_on", date(2027, 6, 6))
    return cast.make_session(program, label="Fall 2027", starts_on=date(2027, 9, 6), **fields)


def page(client):
    return client.get("/programs/loa/").content.decode()


def test_a_visitor_reads_what_the_program_is_and_who_teaches_it(client, told):
    text = page(client)

    for words in (
        "Leading Change",
        "<em>change</em>",
        "Fifteen weeks online",
        "Tell a public narrative",
        "Course Overview",
        "Marshall Ganz",
        "Erica Lane",
        "Public Leadership",
        "Results Driven",
        "Sample",
    ):
        assert words in text


def test_apply_leads_to_the_address_of_the_session_until_the_deadlines_shown_minute_is_over(client, told):
    session = offer(told)

    with time_machine.travel(session.applications_close_at + timedelta(seconds=59), tick=False):
        assert 'href="https://apply.example.org/loa"' in page(client)
    with time_machine.travel(session.applications_close_at + timedelta(seconds=60), tick=False):
        text = page(client)
    assert "https://apply.example.org/loa" not in text
    assert "Applications for this session are closed" in text


def test_the_deadline_is_told_in_the_visitors_zone_and_in_the_sessions(client, told):
    offer(told)
    client.cookies["zone"] = "Asia/Kolkata"

    text = page(client)

    assert "Monday 7 June, 09:29 Kolkata" in text
    assert "Sunday 6 June, 23:59 New York" in text


def test_a_draft_or_cancelled_session_and_an_unlisted_program_are_nowhere(client, told):
    session = offer(told, status=Session.Status.DRAFT)
    assert "Fall 2027" not in page(client)

    Session.objects.filter(pk=session.pk).update(status=Session.Status.CANCELLED)
    assert "Fall 2027" not in page(client)

    Program.objects.update(is_listed=False)
    assert client.get("/programs/loa/").status_code == 404
    assert "Leading Change" not in client.get("/programs/").content.decode()


def test_a_fee_that_was_not_published_is_not_invented(client, told):
    offer(told)

    assert "not announced" in page(client)


def test_the_catalogue_costs_the_same_for_one_program_and_for_three(client, told, django_assert_num_queries):
    offer(told)
    with django_assert_num_queries(2):
        client.get("/programs/")

    for code in ("CPV", "PVT"):
        other = cast.make_program(code=code, title=code)
        ProgramVersion.objects.filter(program=other).update(content=plain_content(CONTENT))
        offer(other)
    with django_assert_num_queries(2):
        client.get("/programs/")
