from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from audit.models import Entry
from cohorts.models import Enrollment
from tests import cast
from tests.cast import WEEK_3

Status = Enrollment.Status


def words(soup):
    return " ".join(soup.get_text(" ").split())


def take(enrollment):
    return reverse("dashboards:place-accept", args=[enrollment.pk])


@pytest.fixture
def amara(participant_in_kolkata):
    return participant_in_kolkata


@pytest.fixture
def invited(loa):
    return cast.enroll(cast.make_user("Ana Silva", zone="Europe/Lisbon"), loa, status=Status.INVITED)


def enroll_elsewhere(user, *, code="CPV", starts_on=date(2027, 2, 1), **fields):
    return cast.enroll(user, cast.make_session(cast.make_program(code=code, title=code), starts_on=starts_on), **fields)


def test_a_visitor_is_led_to_the_catalogue(visit, db):
    assert visit(None, "/").location == reverse("programs:catalogue")


def test_who_is_in_one_session_is_led_to_its_week(visit, amara, loa):
    assert visit(amara.user, "/").location == f"/s/{loa.slug}/"


def test_a_session_that_has_not_begun_or_is_on_leave_is_the_one_place_too(visit, amara, loa):
    assert visit(amara.user, "/", cast.ENROLLED).location == f"/s/{loa.slug}/"
    Enrollment.objects.update(status=Status.ON_LEAVE)
    assert visit(amara.user, "/").location == f"/s/{loa.slug}/"


def test_a_session_of_last_year_does_not_stand_in_the_way_and_can_be_found(visit, amara, loa):
    past = enroll_elsewhere(amara.user, starts_on=date(2026, 8, 3), status=Status.COMPLETED)

    assert visit(amara.user, "/").location == f"/s/{loa.slug}/"
    page = visit(amara.user, "/?all")
    assert page.find("a", href=f"/s/{past.session.slug}/")
    assert "Completed" in words(page)


def test_several_sessions_have_a_card_each_those_that_run_first(visit, amara, loa):
    coming = enroll_elsewhere(amara.user, code="CPV", starts_on=date(2027, 3, 1))
    running = enroll_elsewhere(amara.user, code="NEG", starts_on=date(2027, 1, 25))

    cards = visit(amara.user, "/").select(".place")

    assert [card.h2.a["href"] for card in cards] == [
        f"/s/{running.session.slug}/",
        f"/s/{loa.slug}/",
        f"/s/{coming.session.slug}/",
    ]
    assert "Begins Monday 1 March" in words(cards[2])


def test_an_invited_person_takes_the_place(visit, invited, loa):
    card = visit(invited.user, "/").select_one(".place")
    assert "A place is kept for you." in words(card)
    assert card.form["action"] == take(invited)
    assert not card.find("a", href=lambda address: address.startswith("/s/"))

    assert visit(invited.user, take(invited), method="post").location == f"/s/{loa.slug}/"

    invited.refresh_from_db()
    assert (invited.status, invited.accepted_at) == (Status.ACTIVE, WEEK_3)
    assert Entry.objects.about(invited).get().actor == invited.user


def test_the_first_steps_come_before_the_place(visit, invited):
    User.objects.filter(pk=invited.user_id).update(first_steps_at=None)

    assert visit(invited.user, take(invited), method="post").location == reverse("dashboards:first-steps")
    assert Enrollment.objects.get(pk=invited.pk).status == Status.INVITED


def test_a_place_is_taken_once_and_by_its_own_person_only(visit, invited, amara):
    assert visit(amara.user, take(invited), method="post").status == 404
    assert visit(None, take(invited), method="post").location.startswith("/accounts/login/")
    assert visit(invited.user, take(invited)).status == 405
    assert Enrollment.objects.get(pk=invited.pk).status == Status.INVITED

    visit(invited.user, take(invited), method="post")
    assert visit(invited.user, take(invited), WEEK_3 + timedelta(hours=1), method="post").location == "/"
    assert Enrollment.objects.get(pk=invited.pk).accepted_at == WEEK_3


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.DEFERRED, "Your place is deferred."),
        (Status.WITHDRAWN, "Your papers and the feedback on them stay readable until"),
    ],
)
def test_a_place_that_is_left_says_what_remains(visit, amara, loa, status, said):
    Enrollment.objects.update(status=status)

    page = visit(amara.user, "/")

    assert said in words(page)
    assert not page.find("a", href=f"/s/{loa.slug}/")
    assert bool(page.find("a", href=f"/s/{loa.slug}/assignments/")) == (status == Status.WITHDRAWN)


def test_a_removed_person_and_a_draft_session_are_as_if_there_were_none(visit, amara, loa):
    Enrollment.objects.update(status=Status.REMOVED)
    assert "You are in no program yet" in words(visit(amara.user, "/"))

    Enrollment.objects.update(status=Status.INVITED)
    type(loa).objects.filter(pk=loa.pk).update(status="draft")
    assert "You are in no program yet" in words(visit(amara.user, "/"))


def test_staff_find_the_sessions_they_teach_or_run(visit, loa, section, fellow, director, outsider):
    for person in (fellow, director):
        page = visit(person, "/?all")
        assert [link["href"] for link in page.select(".rows-title a")] == [f"/s/{loa.slug}/"]
        assert outsider.session.slug not in str(page)


def test_staff_of_one_session_are_led_to_where_they_work(visit, loa, section, fellow, head_fellow, chair, coordinator):
    helper = cast.make_user("Ines Prado")
    cast.appoint(helper, Role.CHAIR_ASSISTANT, session=loa)
    leads_to = {
        fellow: f"/s/{loa.slug}/desk/",
        head_fellow: f"/s/{loa.slug}/desk/all/",
        chair: f"/s/{loa.slug}/desk/all/",
        helper: f"/s/{loa.slug}/people/",
        coordinator: "/office/",
    }

    assert {person: visit(person, "/").location for person in leads_to} == leads_to


def test_the_director_of_one_program_is_led_to_the_office_whatever_its_sessions(visit, program, loa, director, fellow):
    following = cast.make_session(program, label="2028", starts_on=date(2028, 2, 7))

    assert visit(director, "/").location == "/office/"
    for session in (loa, following):
        cast.make_section(session, fellow)
    assert len(visit(fellow, "/").select(".rows-title a")) == 2


def test_the_director_of_two_programs_chooses(visit, loa, director, outsider):
    cast.appoint(director, Role.DIRECTOR, program=outsider.session.program)

    assert len(visit(director, "/").select(".rows-title a")) == 2


def test_the_operator_is_led_to_health_and_office(visit, loa, operator):
    page = visit(operator, "/")

    assert "You are in no program yet" not in words(page)
    assert [link["href"] for link in page.select(".page-actions a")] == ["/health/", "/office/"]


def test_who_teaches_one_session_and_learns_in_another_chooses(visit, loa, section, fellow):
    learns = enroll_elsewhere(fellow)

    page = visit(fellow, "/")

    assert page.select_one(".place h2 a")["href"] == f"/s/{learns.session.slug}/"
    assert page.select_one(".rows-title a")["href"] == f"/s/{loa.slug}/"


def test_the_page_costs_the_same_for_one_and_for_three(costs, amara):
    """Sign-in, person, places, sessions taught, announcements."""
    for code in ("CPV", "NEG", "MED"):
        enroll_elsewhere(amara.user, code=code)
        costs(5, amara.user, "/")
