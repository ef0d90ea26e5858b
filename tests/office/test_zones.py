"""No date in the office stands without the zone whose clock it is read on."""

import re
from datetime import date

import pytest
from bs4 import BeautifulSoup

from programs.models import Session
from tests import cast


@pytest.fixture
def office(enter, director):
    director.zone = "Europe/London"
    director.save()
    return enter(director)


def labels(answer):
    soup = BeautifulSoup(answer.content, "html.parser")
    return {
        label.get_text(" ", strip=True).rstrip(":"): soup.find(id=label["for"])
        for label in soup.select("label[for]")
        if soup.find(id=label["for"]) is not None
    }


@pytest.mark.parametrize(
    "where",
    [
        "programs/session/{session}/change/",
        "programs/session/{session}/dates/",
        "cohorts/meeting/{meeting}/act/move/",
        "modules/module/{module}/dates/",
        "assignments/assignment/{paper}/dates/",
    ],
)
def test_every_field_for_a_date_or_a_rule_names_new_york(office, loa, paper, module, where):
    meeting = cast.make_meeting(loa, on=date(2027, 12, 1))
    answer = office.get("/office/" + where.format(session=loa.pk, meeting=meeting.pk, module=module.pk, paper=paper.pk))

    fields = labels(answer)
    dated = {
        label: field
        for label, field in fields.items()
        if field.get("type") in ("date", "time") or field.get("name") in ("opens", "due", "closes")
    }
    assert dated
    assert all("in New York" in label for label in dated), list(dated)


@pytest.mark.parametrize("where", ["programs/session/add/", "cohorts/meeting/add/", "modules/module/add/"])
def test_a_new_row_says_that_program_time_is_meant(office, loa, where):
    fields = labels(office.get("/office/" + where))

    dated = [label for label, field in fields.items() if field.get("type") in ("date", "time")]
    assert dated or "module" in where
    assert all("in program time" in label for label in dated)


def test_lists_and_pages_say_both_clocks(office, loa, module, paper):
    for page in (
        "modules/module/",
        f"modules/module/{module.pk}/change/",
        f"assignments/assignment/{paper.pk}/change/",
    ):
        text = BeautifulSoup(office.get("/office/" + page).content, "html.parser").get_text(" ", strip=True)
        assert re.search(r"London(\s*, that is | \(\d).*New York", text), page


def test_days_of_a_session_bear_its_zone(office, loa):
    text = BeautifulSoup(office.get("/office/programs/session/").content, "html.parser").get_text(" ", strip=True)

    assert "1 February 2027 (New York)" in text


def test_whoever_has_no_zone_reads_program_time(enter, director, loa, module):
    director.zone = ""
    director.save()

    text = BeautifulSoup(enter(director).get("/office/modules/module/").content, "html.parser").get_text(" ")

    assert "09:00 New York" in text
    assert Session.objects.get().zone == "America/New_York"
