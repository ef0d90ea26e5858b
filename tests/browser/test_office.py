"""The program office is Django's admin under the same strict policy and in the same look."""

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import expect

from audit.services import record
from tests import cast
from tests.cast import WEEK_3


@pytest.fixture
def full_office(loa, section, director, participant_in_kolkata, paper):
    """A row of most kinds, so that lists and forms show all their parts."""
    cast.make_meeting(loa)
    record(actor=director, verb="changed", on=loa, before={"label": "2026"}, after={"label": "2027"}, now=WEEK_3)
    return director


def office_pages():
    """Every list, every form to add, and the form and the history of one row of each kind."""
    site = admin.site
    for model, desk in site._registry.items():
        kind = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{kind}_changelist")
        if first := model._default_manager.order_by("pk").first():
            yield reverse(f"{kind}_change", args=[first.pk])
            if hasattr(desk, "history_view"):
                yield reverse(f"{kind}_history", args=[first.pk])
        yield reverse(f"{kind}_add")


def test_every_page_of_the_office_keeps_to_the_policy(page, live_server, sign_in, full_office, operator):
    sign_in(operator)

    opened = []
    for path in [reverse("admin:index"), *office_pages()]:
        answer = page.goto(f"{live_server.url}{path}")
        if answer.status == 200:
            opened.append(path)
        else:
            assert answer.status == 403, path

    assert len(opened) > 15


def test_the_pages_of_a_director_can_be_used_by_everybody(page, live_server, sign_in, full_office, check_access, loa):
    sign_in(full_office)

    paths = [
        reverse("admin:index"),
        reverse("admin:cohorts_enrollment_changelist"),
        reverse("admin:programs_session_change", args=[loa.pk]),
    ]
    for path in paths:
        assert page.goto(f"{live_server.url}{path}").status == 200
        check_access(page)


def test_the_ways_of_a_director_keep_to_the_policy_too(
    page, live_server, sign_in, full_office, check_access, loa, module, paper, participant_in_kolkata
):
    sign_in(full_office)

    place = f"/office/cohorts/enrollment/{participant_in_kolkata.pk}"
    for path in [
        f"{place}/change/",
        f"{place}/act/status/",
        f"/office/modules/module/{module.pk}/change/",
        f"/office/assignments/assignment/{paper.pk}/dates/",
        f"/office/programs/session/{loa.pk}/dates/",
        f"/office/programs/session/{loa.pk}/delete/",
        "/office/programs/session/add/",
        "/office/audit/entry/",
    ]:
        assert page.goto(f"{live_server.url}{path}").status == 200, path
        check_access(page)


def test_a_person_is_found_by_typing_while_an_extension_is_granted(
    page, live_server, sign_in, full_office, paper, participant_in_kolkata
):
    sign_in(full_office)
    page.goto(f"{live_server.url}/office/assignments/extension/add/")

    page.get_by_label("Assignment").select_option(value=str(paper.pk))
    page.locator(".field-enrollment .select2-selection").click()
    page.keyboard.type("Ama")
    page.get_by_role("option", name="Amara Rao").click()
    page.get_by_label("Days more").fill("2")
    page.get_by_label("Reason").fill("A family matter")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert participant_in_kolkata.extensions.get().later_days == 2


def test_an_order_button_moves_a_row_and_stays_on_the_page(page, live_server, sign_in, full_office, module, paper):
    cast.make_item(module, title="Read first")
    sign_in(full_office)
    page.goto(f"{live_server.url}/office/modules/module/{module.pk}/change/")

    page.get_by_role("button", name="Move Read first up").click()

    expect(page).to_have_url(f"{live_server.url}/office/modules/module/{module.pk}/change/")
    expect(page.locator("#items-title ~ form tbody tr").first).to_contain_text("Read first")


def test_the_office_offers_help_and_the_way_out(page, live_server, sign_in, full_office):
    sign_in(full_office)
    page.goto(f"{live_server.url}{reverse('admin:index')}")

    expect(page.get_by_role("link", name="Help")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{live_server.url}{reverse('account_login')}")
