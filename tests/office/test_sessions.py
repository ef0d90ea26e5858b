"""Sessions are made from a version, published, cancelled and compared; programs are made and described."""

from datetime import date

import pytest

from accounts.roles import Role
from audit.models import Entry
from modules.models import Item
from programs.models import Appointment, Program, Session
from tests import cast
from tests.cast import WEEK_3
from tests.office.forms import errors_of, fields_of, text_of
from tests.operations.small_program import SMALL, spoiled
from tests.operations.test_sessions import load

NEW = "/office/programs/session/add/"


@pytest.fixture
def version(db):
    return load()


@pytest.fixture
def negotiator(version):
    user = cast.make_user("Nadia Benali", zone="Europe/Paris")
    cast.appoint(user, Role.DIRECTOR, program=version.program)
    return user


@pytest.fixture
def office(enter, negotiator, time_machine):
    time_machine.move_to(WEEK_3, tick=False)
    return enter(negotiator)


def typed(version, **fields):
    return {
        "version": version.pk,
        "label": "Fall 2027",
        "zone": "America/New_York",
        "starts_on": "2027-09-06",
        "work_ends_on": "2027-10-17",
        "access_ends_on": "2028-03-31",
        "fee_currency": "USD",
    } | fields


def test_a_session_is_made_with_its_own_curriculum(office, version):
    answer = office.post(NEW, typed(version, breaks="Pause: 2027-09-20 to 2027-09-26"))

    session = Session.objects.get()
    assert answer.url == "/office/programs/session/"
    assert (session.slug, session.status, session.modules.count()) == ("negotiating-fall-2027", "draft", 2)
    assert session.teaching_ends_on == date(2027, 10, 10)
    assert [entry.verb for entry in Entry.objects.about(session)] == ["made the session"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"work_ends_on": "2027-09-12"}, "must follow"),
        ({"starts_on": "2027-02-30"}, "Enter a valid date"),
        ({"breaks": "Pause"}, "cannot be read"),
    ],
)
def test_dates_that_do_not_fit_are_told_and_what_was_typed_stays(office, version, fields, says):
    answer = office.post(NEW, typed(version, **fields))

    assert says in errors_of(answer)
    assert 'value="Fall 2027"' in answer.content.decode()
    assert not Session.objects.exists()


def test_rules_that_do_not_fit_the_dates_are_told_one_by_one(office, version):
    answer = office.post(NEW, typed(version, work_ends_on="2027-09-19", teaching_ends_on="2027-09-18"))

    assert "after the last day on which work is taken" in errors_of(answer)
    assert not Session.objects.exists()


def test_the_same_label_again_is_refused_in_words(office, version):
    office.post(NEW, typed(version))

    answer = office.post(NEW, typed(version))

    assert "already has a session" in errors_of(answer)


def test_another_programs_version_is_neither_offered_nor_taken(office, version, loa):
    theirs = loa.version

    answer = office.post(NEW, typed(theirs))

    assert "not one of the available choices" in errors_of(answer)
    assert list(Session.objects.all()) == [loa]


def test_a_session_is_published_once_and_cancelled_with_a_reason(office, version):
    office.post(NEW, typed(version))
    session = Session.objects.get()
    page = f"/office/programs/session/{session.pk}"

    assert "catalogue" in text_of(office.get(f"{page}/act/publish/"))
    office.post(f"{page}/act/publish/")
    again = office.post(f"{page}/act/publish/")
    refused = office.post(f"{page}/act/cancel/", {"reason": ""})
    session.refresh_from_db()
    assert (session.status, again.status_code, refused.status_code) == ("published", 200, 200)
    assert "cannot become" in errors_of(again)

    office.post(f"{page}/act/cancel/", {"reason": "Too few people"})

    session.refresh_from_db()
    assert session.status == "cancelled"
    assert Entry.objects.get(verb="cancelled the session").reason == "Too few people"


def test_only_a_draft_is_deleted_and_the_others_say_why(office, version, negotiator):
    office.post(NEW, typed(version))
    session = Session.objects.get()
    page = f"/office/programs/session/{session.pk}/delete/"
    Session.objects.update(status=Session.Status.PUBLISHED)

    text = text_of(office.get(page))
    assert "only a draft can be deleted. Cancel it instead." in text
    office.post(page, {"post": "yes"})
    assert Session.objects.exists()

    Session.objects.update(status=Session.Status.DRAFT)
    assert "2 modules" in text_of(office.get(page))
    office.post(page, {"post": "yes"})
    assert not Session.objects.exists()


def test_a_session_with_people_stays_and_says_so_in_a_sentence(enter, director, loa, participant_in_kolkata):
    Session.objects.filter(pk=loa.pk).update(status=Session.Status.DRAFT)

    text = text_of(enter(director).get(f"/office/programs/session/{loa.pk}/delete/"))

    assert "This session cannot be deleted, because something hangs on it: 1 enrollments" in text


def test_a_coordinator_publishes_nothing(enter, coordinator, loa):
    Session.objects.filter(pk=loa.pk).update(status=Session.Status.DRAFT)

    assert enter(coordinator).post(f"/office/programs/session/{loa.pk}/act/publish/").status_code == 403
    assert "Publish" not in text_of(enter(coordinator).get(f"/office/programs/session/{loa.pk}/change/"))


def test_whoever_makes_a_program_directs_it(enter, director):
    enter(director).post(
        "/office/programs/program/add/",
        {
            "title": "A new one",
            "code": "NEW",
            "slug": "new",
            "office_email": "new@example.org",
            "position": 3,
            "credits-TOTAL_FORMS": 0,
            "credits-INITIAL_FORMS": 0,
        },
    )

    program = Program.objects.get(code="NEW")
    assert Appointment.objects.get(program=program).user == director


def test_the_operator_makes_a_program_for_others_to_direct(enter, operator):
    enter(operator).post(
        "/office/programs/program/add/",
        {
            "title": "A new one",
            "code": "NEW",
            "slug": "new",
            "office_email": "new@example.org",
            "position": 3,
            "credits-TOTAL_FORMS": 0,
            "credits-INITIAL_FORMS": 0,
        },
    )

    assert not Appointment.objects.exists()
    assert "A new one" in text_of(enter(operator).get("/office/"))


def test_a_newer_file_shows_its_differences_and_one_is_taken_over(office, version):
    office.post(NEW, typed(version))
    newer = load(spoiled("Read first", "Read this first", text=spoiled("A page.", "Two pages.")))
    session = Session.objects.get()
    page = f"/office/programs/session/{session.pk}/compare/{newer.pk}/"

    shown = office.get(page)
    assert "Read this first" in text_of(shown)
    assert "Two pages." in text_of(shown)
    nothing = office.post(page, {"reason": ""})
    key = next(one.key for one, field, _ in shown.context["lines"] if field == "title")
    office.post(page, {"chosen": [key], "reason": "Clearer"})

    item = Item.objects.get(key="read")
    assert "Tick what the session should take over" in errors_of(nothing)
    assert (item.title, item.body) == ("Read this first", "A page.")
    assert Entry.objects.get(verb="took over from the program file").reason == "Clearer"


def test_a_choice_that_is_older_than_the_session_is_refused(office, version):
    office.post(NEW, typed(version))
    newer = load(spoiled("Read first", "Read this first"))
    session = Session.objects.get()
    page = f"/office/programs/session/{session.pk}/compare/{newer.pk}/"
    key = office.get(page).context["lines"][0][0].key
    Item.objects.filter(key="read").update(title="Edited meanwhile")

    answer = office.post(page, {"chosen": [key]})

    assert "not one of the available choices" in errors_of(answer)
    assert Item.objects.get(key="read").title == "Edited meanwhile"


def test_a_version_of_another_program_is_no_page(office, version, loa):
    office.post(NEW, typed(version))
    session = Session.objects.get(version=version)

    assert office.get(f"/office/programs/session/{session.pk}/compare/{loa.version.pk}/").status_code == 404


def test_the_file_is_shown_as_text(office, version):
    answer = office.get(f"/office/programs/programversion/{version.pk}/change/")

    assert SMALL.splitlines()[0] in text_of(answer)


def test_the_order_of_modules_is_settled_once_people_can_see_them(office, version):
    office.post(NEW, typed(version))
    session = Session.objects.get()
    page = f"/office/programs/session/{session.pk}/change/"
    sent = fields_of(office.get(page))
    assert "order" in sent
    Session.objects.update(status=Session.Status.PUBLISHED)

    office.post(page, sent | {"order": "strict"})

    assert Session.objects.get().order == "calendar"
