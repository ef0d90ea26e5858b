"""Modules, items and work are edited by hand; what people have seen or begun is not taken from them."""

import pytest

from assignments.models import Assignment, Criterion, Level
from audit.models import Entry
from modules.models import Item, ItemProgress, Module
from programs.models import Session
from tests import cast
from tests.cast import WEEK_3
from tests.office.forms import errors_of, fields_of, text_of

NEW_MODULE = {"key": "new", "kind": "core", "title": "A new one"}


@pytest.fixture
def office(enter, director, time_machine):
    time_machine.move_to(WEEK_3, tick=False)
    return enter(director)


def order(office, row, way):
    return office.post(f"/office/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/order/{way}/")


def test_a_new_module_comes_last_and_in_preparation(office, loa, module):
    answer = office.post(
        "/office/modules/module/add/",
        {
            "session": loa.pk,
            "key": "new",
            "kind": "core",
            "title": "A new one",
            "release_rule": "week 5, Monday, 09:00",
        },
    )

    made = Module.objects.get(key="new")
    assert answer.url == "/office/modules/module/"
    assert (made.position, made.is_ready, made.releases_at.isoformat()) == (4, False, "2027-03-01T14:00:00+00:00")
    assert [entry.verb for entry in Entry.objects.about(made)] == ["added"]


def test_a_new_module_does_not_open_on_the_spot(office, loa):
    answer = office.post(
        "/office/modules/module/add/",
        {
            "session": loa.pk,
            "key": "new",
            "kind": "core",
            "title": "A new one",
            "release_rule": "week 1, Monday, 09:00",
        },
    )

    assert "has already passed" in errors_of(answer)
    assert 'value="A new one"' in answer.content.decode()
    assert not Module.objects.exists()


def test_a_number_that_is_taken_is_refused_in_words(office, loa, module):
    other = cast.make_module(loa, number=4)
    page = f"/office/modules/module/{other.pk}/change/"

    answer = office.post(page, fields_of(office.get(page)) | {"number": 3})

    assert "There is a Module 3 already" in errors_of(answer)


def test_a_text_that_people_have_seen_says_that_it_changed(office, module, loa):
    later = cast.make_module(loa, number=5)
    for row in (module, later):
        page = f"/office/modules/module/{row.pk}/change/"
        office.post(page, fields_of(office.get(page)) | {"title": "Another title"})

    module.refresh_from_db()
    later.refresh_from_db()
    assert module.changed_at == WEEK_3
    assert later.changed_at is None


def test_a_changed_prompt_is_told_on_the_page_of_its_item(office, paper):
    page = f"/office/assignments/assignment/{paper.pk}/change/"

    office.post(page, fields_of(office.get(page)) | {"prompt": "Something else?"})

    paper.refresh_from_db()
    paper.item.refresh_from_db()
    assert (paper.prompt, paper.item.changed_at) == ("Something else?", WEEK_3)
    assert Entry.objects.about(paper).get().after == {"prompt": "Something else?"}


def test_a_module_is_set_ready_and_put_in_preparation_before_its_time_only(office, loa, module):
    later = cast.make_module(loa, number=6)

    office.post(f"/office/modules/module/{later.pk}/act/prepare/")
    refused = office.post(f"/office/modules/module/{module.pk}/act/prepare/")

    later.refresh_from_db()
    module.refresh_from_db()
    assert (later.is_ready, module.is_ready) == (False, True)
    assert "already open" in errors_of(refused)
    office.post(f"/office/modules/module/{later.pk}/act/ready/")
    later.refresh_from_db()
    assert later.is_ready


def test_rows_change_places_by_buttons(office, loa, module):
    first, second, third = (cast.make_item(module, title=title) for title in ("A", "B", "C"))

    order(office, third, "up")
    order(office, first, "up")
    order(office, second, "down")

    assert [item.title for item in module.items.order_by("position")] == ["A", "C", "B"]
    assert [entry.verb for entry in Entry.objects.about(third)] == ["moved up"]
    assert not Entry.objects.about(second).exists()


def test_the_buttons_stand_beside_the_rows_and_ask_by_post_only(office, module):
    item = cast.make_item(module, title="A")

    assert (
        f'formaction="/office/modules/item/{item.pk}/order/up/"'
        in office.get(f"/office/modules/module/{module.pk}/change/").content.decode()
    )
    assert office.get(f"/office/modules/item/{item.pk}/order/up/").status_code == 405


def test_criteria_change_places_too(office, paper):
    first, second = paper.criteria.all()

    order(office, second, "up")

    assert list(paper.criteria.order_by("position")) == [second, first]


@pytest.fixture
def strict(loa):
    """Modules 1 and 2 in strict order, both open for a person without any work to do."""
    Session.objects.filter(pk=loa.pk).update(order=Session.Order.STRICT)
    return cast.make_module(loa, number=1), cast.make_module(loa, number=2)


def add_work(office, module, **typed):
    """Fill in the page for new work and send it."""
    page = f"/office/assignments/assignment/add/?session={module.session_id}"
    filled = {"module": module.pk, "key": "late", "kind": "reflection", "prompt": "Why?"} | typed
    return office.post(page, fields_of(office.get(page)) | filled)


def test_work_that_would_close_an_open_module_is_refused(office, strict, participant_in_kolkata):
    answer = add_work(office, strict[0], title="Late idea", due_rule="week 9, Sunday, 23:59")

    assert "would close for them" in errors_of(answer)
    assert 'value="Late idea"' in answer.content.decode()
    assert not Item.objects.exists()


def test_the_same_work_in_a_later_module_is_taken(office, strict, participant_in_kolkata, loa):
    add_work(office, strict[1], title="Late idea", due_rule="week 9, Sunday, 23:59")

    made = Assignment.objects.get()
    assert (made.item.title, made.item.module, made.session) == ("Late idea", strict[1], loa)
    assert made.item.blocks_until == made.closes_at == loa.work_ends_at


def test_work_that_is_due_already_is_refused(office, module):
    answer = add_work(office, module, title="Too late", due_rule="week 3, Tuesday, 09:00")

    assert "has already passed" in errors_of(answer)


def test_an_item_keeps_its_module_and_a_meeting_of_its_own_session(office, module, outsider):
    item = cast.make_item(module, title="A")
    theirs = cast.make_meeting(outsider.session)
    page = f"/office/modules/item/{item.pk}/change/"

    answer = office.post(page, fields_of(office.get(page)) | {"meeting": theirs.pk})

    assert "not one of the available choices" in errors_of(answer)


def test_what_somebody_has_done_is_not_deleted_and_says_so(office, module, participant_in_kolkata):
    item = cast.make_item(module, title="Read first")
    ItemProgress.objects.create(item=item, enrollment=participant_in_kolkata, done_at=WEEK_3)

    for page in (f"/office/modules/item/{item.pk}/delete/", f"/office/modules/module/{module.pk}/delete/"):
        text = text_of(office.get(page))
        assert "one person has done something in it already" in text
        assert "Mark it as not required instead" in text
        office.post(page, {"post": "yes"})

    assert Item.objects.filter(pk=item.pk).exists()


def test_what_nobody_has_touched_is_deleted_with_what_is_in_it(office, module, paper):
    page = f"/office/modules/module/{module.pk}/delete/"

    assert "Along with it go" in text_of(office.get(page))
    office.post(page, {"post": "yes"})

    assert not Module.objects.exists()
    assert Entry.objects.filter(verb="deleted").exists()


def test_who_answers_stays_once_somebody_has_handed_in(office, paper, participant_in_kolkata):
    page = f"/office/assignments/assignment/{paper.pk}/change/"
    sent = fields_of(office.get(page))
    assert "answered_by" in sent
    cast.make_submission(paper, participant_in_kolkata)

    office.post(page, sent | {"answered_by": "on_handing_in"})

    paper.refresh_from_db()
    assert paper.answered_by == "teaching_fellow"


def test_levels_are_edited_on_the_page_of_their_criterion(office, paper):
    criterion = paper.criteria.first()
    page = f"/office/assignments/criterion/{criterion.pk}/change/"
    sent = fields_of(office.get(page)) | {"levels-0-title": "Hardly"}

    answer = office.post(page, sent)

    assert answer.status_code == 302, errors_of(answer)
    assert criterion.levels.order_by("position").first().title == "Hardly"
    paper.item.refresh_from_db()
    assert paper.item.changed_at == WEEK_3


def test_a_criterion_is_added_behind_the_others(office, paper):
    office.post(
        "/office/assignments/criterion/add/",
        {
            "assignment": paper.pk,
            "key": "new",
            "title": "New",
            "levels-TOTAL_FORMS": 1,
            "levels-INITIAL_FORMS": 0,
            "levels-0-position": 1,
            "levels-0-title": "Yes",
        },
    )

    made = Criterion.objects.get(key="new")
    assert made.position == 3
    assert Level.objects.get(criterion=made).title == "Yes"


def test_a_coordinator_sees_no_curriculum(enter, coordinator, module, paper):
    office = enter(coordinator)

    for page in ("modules/module/", "modules/item/", "assignments/assignment/", f"modules/module/{module.pk}/change/"):
        assert office.get("/office/" + page).status_code in (403, 302)
    assert order(office, paper.item, "up").status_code in (403, 302)


def test_a_form_names_the_clock_once_however_often_it_was_shown(office, loa, paper):
    for _ in range(3):
        text = text_of(office.get("/office/assignments/extension/add/"))

    assert text.count("(day in program time)") == 1
    assert text.count("(time in program time)") == 1
