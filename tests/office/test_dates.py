"""A date that others live by is changed on a page of its own: looked through first, and confirmed as it was shown."""

from datetime import date

import pytest

from assignments.models import Assignment, Draft, Extension
from audit.models import Entry
from modules.models import Module
from programs.models import Session
from tests import cast
from tests.cast import WEEK_3
from tests.office.forms import errors_of, fields_of, text_of


@pytest.fixture
def office(enter, director, time_machine):
    time_machine.move_to(WEEK_3, tick=False)
    return enter(director)


@pytest.fixture
def due_page(paper):
    return f"/office/assignments/assignment/{paper.pk}/dates/"


def test_the_change_page_itself_offers_no_field_that_moves_a_deadline(office, loa, module, paper):
    for page in (f"programs/session/{loa.pk}", f"modules/module/{module.pk}", f"assignments/assignment/{paper.pk}"):
        sent = fields_of(office.get(f"/office/{page}/change/"))
        assert not {"starts_on", "work_ends_on", "zone", "release_rule", "due_rule", "closes_rule", "due_at"} & set(
            sent
        )


def test_a_hand_made_rule_on_the_change_page_changes_nothing(office, paper):
    page = f"/office/assignments/assignment/{paper.pk}/change/"
    sent = fields_of(office.get(page)) | {"due_rule": "week 3, Thursday, 12:00", "due_at": "2027-02-18 12:00"}

    office.post(page, sent)

    assert str(Assignment.objects.get().due_rule) == "week 3, Sunday, 23:59"


def test_a_later_deadline_is_shown_before_it_is_written(office, due_page, paper, participant_in_kolkata):
    typed = fields_of(office.get(due_page)) | {"due": "week 4, Sunday, 23:59", "reason": "A strike"}

    shown = office.post(due_page, typed | {"preview": "Show"})
    assert "Sunday 28 February, 23:59 New York" in text_of(shown)
    assert str(Assignment.objects.get().due_rule) == "week 3, Sunday, 23:59"
    written = office.post(due_page, fields_of(shown) | {"save": "Change"})

    assert written.url == f"/office/assignments/assignment/{paper.pk}/change/"
    assert str(Assignment.objects.get().due_rule) == "week 4, Sunday, 23:59"
    assert Entry.objects.get(verb="moved the deadline").reason == "A strike"


def test_an_earlier_deadline_names_everybody_who_has_less_time(
    office, due_page, paper, participant_in_kolkata, participant_in_sydney
):
    Draft.objects.create(assignment=paper, enrollment=participant_in_sydney, text="Begun", revision=1, saved_at=WEEK_3)
    typed = fields_of(office.get(due_page)) | {"due": "week 3, Friday, 12:00"}

    shown = office.post(due_page, typed | {"preview": "Show"})

    text = text_of(shown)
    assert "Less time for 2 people" in text
    assert "Jack Nguyen has begun, keeps the old deadline" in text
    unconfirmed = office.post(due_page, fields_of(shown) | {"save": "Change", "confirmed": []})
    assert "less time than they were shown" in errors_of(unconfirmed)
    assert str(Assignment.objects.get().due_rule) == "week 3, Sunday, 23:59"

    office.post(due_page, fields_of(shown) | {"save": "Change"})

    assert str(Assignment.objects.get().due_rule) == "week 3, Friday, 12:00"
    assert Extension.objects.get().enrollment == participant_in_sydney


def test_what_would_lie_after_the_end_of_teaching_is_said_and_not_refused(
    office, loa, section, participant_in_kolkata, participant_in_sydney
):
    cast.make_meeting(loa, section=section, on=date(2027, 5, 13))
    page = f"/office/programs/session/{loa.pk}/dates/"
    typed = fields_of(office.get(page)) | {"starts_on": "2027-02-08"}

    shown = office.post(page, typed | {"preview": "Show"})

    text = text_of(shown)
    assert "What would lie after the end" in text
    assert "Section A: Section meeting Thursday 20 May" in text
    assert "the end of teaching 2 people" in text
    assert office.post(page, fields_of(shown) | {"save": "Change"}).status_code == 302


def test_what_was_typed_anew_after_looking_is_shown_once_more(office, due_page, participant_in_kolkata):
    typed = fields_of(office.get(due_page)) | {"due": "week 4, Sunday, 23:59"}
    shown = office.post(due_page, typed | {"preview": "Show"})

    again = office.post(due_page, fields_of(shown) | {"save": "Change", "due": "week 5, Sunday, 23:59"})

    assert again.status_code == 200
    assert "Sunday 7 March, 23:59 New York" in text_of(again)
    assert str(Assignment.objects.get().due_rule) == "week 3, Sunday, 23:59"


def test_a_rule_that_cannot_be_read_says_what_to_write_and_stays_as_typed(office, due_page):
    answer = office.post(due_page, {"due": "week 3, Sunnday, 23:59", "closes": "", "reason": ""})

    assert "write week 3, Sunday, 23:59" in errors_of(answer)
    assert 'value="week 3, Sunnday, 23:59"' in answer.content.decode()


def test_a_deadline_in_the_past_is_refused_as_a_whole(office, due_page):
    answer = office.post(due_page, {"due": "week 2, Sunday, 23:59", "closes": "", "preview": "Show"})

    assert "before its module opens" in errors_of(answer)
    assert "Change these dates" not in answer.content.decode()


def test_moving_the_start_shows_modules_deadlines_and_meetings(office, loa, paper, module):
    cast.make_module(loa, number=6)
    cast.make_meeting(loa, on=date(2027, 3, 11))
    page = f"/office/programs/session/{loa.pk}/dates/"
    typed = fields_of(office.get(page))
    assert typed["breaks"] == "Spring break: 2027-03-22 to 2027-03-28"

    breaks = "Reading week: 2027-02-22 to 2027-02-28\nSpring break: 2027-03-22 to 2027-03-28"
    shown = office.post(page, typed | {"breaks": breaks, "preview": "Show"})

    text = text_of(shown)
    assert "Module 6 opens" in text
    assert "Live class" in text
    office.post(page, fields_of(shown) | {"save": "Change"})
    assert [pause.name for pause in Session.objects.get().breaks.all()] == ["Reading week", "Spring break"]
    assert Module.objects.get(number=6).releases_at.date() == date(2027, 3, 15)


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        ("Spring break from 22 to 28 March", "write it like “Spring break: 2027-03-22 to 2027-03-28”"),
        ("Spring break: 2027-03-22 to 2027-02-30", "a date that does not exist"),
        ("Spring break: 2027-03-23 to 2027-03-29", "whole weeks"),
        ("A: 2027-03-22 to 2027-03-28\nB: 2027-03-22 to 2027-03-28", "overlap"),
    ],
)
def test_weeks_that_make_no_calendar_are_refused_in_words(office, loa, breaks, says):
    page = f"/office/programs/session/{loa.pk}/dates/"
    typed = fields_of(office.get(page)) | {"breaks": breaks}

    answer = office.post(page, typed | {"preview": "Show"})

    assert says in errors_of(answer)
    assert breaks.splitlines()[0] in answer.content.decode()


def test_dates_out_of_order_are_refused(office, loa):
    page = f"/office/programs/session/{loa.pk}/dates/"

    answer = office.post(page, fields_of(office.get(page)) | {"work_ends_on": "2027-02-03", "preview": "Show"})

    assert "The dates must follow" in errors_of(answer)


@pytest.mark.parametrize(
    "where", ["programs/session/{loa}", "modules/module/{module}", "assignments/assignment/{paper}"]
)
def test_a_coordinator_edits_no_dates(enter, coordinator, loa, module, paper, where):
    page = "/office/" + where.format(loa=loa.pk, module=module.pk, paper=paper.pk) + "/dates/"

    answer = enter(coordinator).post(page, {"due": "week 9, Sunday, 23:59", "save": "Change"}, follow=True)

    assert answer.status_code == 403 or answer.redirect_chain == [("/office/", 302)]
    assert str(Assignment.objects.get().due_rule) == "week 3, Sunday, 23:59"
