from datetime import timedelta

import pytest
from django.urls import reverse

from audit.models import Entry
from modules.models import Module, ModuleOpening
from tests import cast
from tests.cast import WEEK_3


@pytest.fixture
def later(loa):
    return cast.make_module(loa, number=4)


def address(name, module):
    return reverse(f"dashboards:{name}", args=[module.session.slug, module.key])


def words(soup):
    return " ".join(soup.get_text(" ").split())


def choices(page):
    return [option.string for option in page.select("select[name=enrollment] option[value]:not([value=''])")]


def test_a_fellow_opens_a_module_for_somebody_of_the_own_section_with_a_reason(
    visit, loa, fellow, participant_in_kolkata, later
):
    cast.enroll(cast.make_user("Bea Lund"), loa, section=cast.make_section(loa, name="Section B"))
    page = visit(fellow, address("opening-add", later))
    assert choices(page) == ["Amara Rao · Section A"]

    data = {"enrollment": participant_in_kolkata.pk, "reason": "Travels in week 4"}
    assert visit(fellow, address("opening-add", later), method="post", data=data).location == later.get_absolute_url()

    opening = ModuleOpening.objects.get()
    assert (opening.enrollment, opening.opened_by, opening.opened_at) == (participant_in_kolkata, fellow, WEEK_3)
    assert Entry.objects.about(later).get().reason == "Travels in week 4"
    assert visit(participant_in_kolkata.user, later.get_absolute_url()).status == 200
    assert "Travels in week 4" in words(visit(fellow, address("opening-add", later)))


def test_without_a_reason_or_for_somebody_of_another_section_nothing_is_opened(
    visit, loa, fellow, participant_in_kolkata, later, outsider
):
    other = cast.enroll(cast.make_user("Bea Lund"), loa, section=cast.make_section(loa, name="Section B"))

    for enrollment, reason in ((participant_in_kolkata, " "), (other, "Travels"), (outsider, "Travels")):
        data = {"enrollment": enrollment.pk, "reason": reason}
        assert visit(fellow, address("opening-add", later), method="post", data=data).status == 422
    assert not ModuleOpening.objects.exists()


def test_what_is_open_already_is_said(visit, director, participant_in_kolkata, later):
    data = {"enrollment": participant_in_kolkata.pk, "reason": "Travels"}

    page = visit(director, address("opening-add", later), WEEK_3 + timedelta(days=7), method="post", data=data)

    assert page.status == 422
    assert "Module 4 is already open for Amara Rao." in words(page)


def test_participants_and_the_chair_open_nothing(visit, participant_in_kolkata, chair, coordinator, later):
    for person in (participant_in_kolkata.user, chair, coordinator):
        assert visit(person, address("opening-add", later)).status == 403
        assert visit(person, address("readiness-set", later), method="post", data={"ready": "no"}).status == 403
    assert Module.objects.get(pk=later.pk).is_ready


def test_a_director_puts_a_module_into_preparation_and_sets_it_ready(visit, director, later):
    page = visit(director, later.get_absolute_url())
    assert page.find("button", string="Put it back into preparation")

    for ready in ("no", "yes"):
        answer = visit(director, address("readiness-set", later), method="post", data={"ready": ready})
        assert answer.location == later.get_absolute_url()
        assert Module.objects.get(pk=later.pk).is_ready == (ready == "yes")
    assert Entry.objects.about(later).count() == 2


def test_what_has_been_seen_is_not_taken_back(visit, director, module):
    visit(director, address("readiness-set", module), method="post", data={"ready": "no"})

    assert Module.objects.get(pk=module.pk).is_ready
    assert not visit(director, module.get_absolute_url()).find("button", string="Put it back into preparation")


def test_a_director_of_another_program_finds_nothing(visit, later):
    stranger = cast.make_user("Elif Kaya")
    cast.appoint(stranger, "program director", program=cast.make_program(code="CPV", title="Creating Public Value"))

    assert visit(stranger, address("opening-add", later)).status == 404
