import pytest

from cohorts.models import Enrollment
from tests import cast


def bar(page):
    return {link.string: link.get("aria-current") for link in page.select(".session-nav a")}


@pytest.fixture
def observer(loa):
    return cast.enroll(cast.make_user("Bea Lund"), loa, kind=Enrollment.Kind.OBSERVER)


def test_the_bar_shows_each_role_its_pages(
    visit, loa, section, participant_in_kolkata, observer, fellow, coordinator, director
):
    def names(person):
        return list(bar(visit(person, f"/s/{loa.slug}/")))

    everybody = ["This week", "Modules", "Assignments", "People", "Meetings", "Announcements"]
    assert names(observer.user) == names(coordinator) == everybody
    assert names(participant_in_kolkata.user) == [*everybody, "Coaching"]
    assert names(fellow) == [
        "This week",
        "Modules",
        "Assignments",
        "Desk",
        "People",
        "Meetings",
        "Announcements",
        "Coaching",
    ]
    assert names(director) == ["This week", "Modules", "Assignments", "Queues", "People", "Meetings", "Announcements"]


def test_the_bar_marks_the_page_and_the_part_it_belongs_to(visit, loa, module, participant_in_kolkata):
    amara = participant_in_kolkata.user
    item = cast.make_item(module)

    def marked(path):
        return {name: mark for name, mark in bar(visit(amara, path)).items() if mark}

    assert marked(f"/s/{loa.slug}/") == {"This week": "page"}
    assert marked(f"/s/{loa.slug}/modules/") == {"Modules": "page"}
    assert marked(f"/s/{loa.slug}/modules/{module.key}/") == {"Modules": "true"}
    assert marked(f"/s/{loa.slug}/modules/{module.key}/{item.key}/") == {"Modules": "true"}
    assert marked(f"/s/{loa.slug}/meetings/") == {"Meetings": "page"}


def test_of_pages_inside_each_other_the_closest_is_marked(visit, loa, head_fellow):
    def marked(path):
        return {name: mark for name, mark in bar(visit(head_fellow, path)).items() if mark}

    assert marked(f"/s/{loa.slug}/desk/") == {"Desk": "page"}
    assert marked(f"/s/{loa.slug}/desk/all/") == {"Queues": "page"}
    assert marked(f"/s/{loa.slug}/desk/second/") == {"Desk": "true"}


def test_who_withdrew_finds_the_own_papers_only(visit, loa, paper, give, participant_in_kolkata):
    give(participant_in_kolkata)
    Enrollment.objects.update(status="withdrawn")

    page = visit(participant_in_kolkata.user, f"/s/{loa.slug}/assignments/")

    assert page.status == 200
    assert list(bar(page)) == ["Assignments"]


def test_every_address_in_the_bar_opens(
    visit, loa, section, participant_in_kolkata, fellow, head_fellow, chair, director
):
    for person in (participant_in_kolkata.user, fellow, head_fellow, chair, director):
        for link in visit(person, f"/s/{loa.slug}/").select(".session-nav a"):
            assert visit(person, link["href"]).status == 200, (person, link["href"])
