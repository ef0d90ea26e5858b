"""From This week through the module to something done, in a real browser."""

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import expect

from tests import cast
from tests.cast import WEEK_3


@pytest.fixture(autouse=True)
def in_week_3():
    """The site lives in week 3; its clock goes on."""
    with time_machine.travel(WEEK_3) as travelled:
        yield travelled


@pytest.fixture
def amara(participant_in_kolkata):
    return participant_in_kolkata


@pytest.fixture
def reading(module):
    return cast.make_item(module, title="Listening before speaking", body="Listen first.", minutes=20)


def test_a_participant_goes_from_this_week_through_the_module_to_a_finished_reading(
    page, live_server, sign_in, amara, paper, reading, check_access
):
    sign_in(amara.user)
    page.goto(f"{live_server.url}/")
    expect(page).to_have_url(live_server.url + reverse("dashboards:week", args=[paper.session.slug]))
    expect(page.get_by_role("link", name=paper.item.title).first).to_be_visible()
    check_access(page)

    page.goto(live_server.url + reverse("dashboards:module-detail", args=[paper.session.slug, reading.module.key]))
    check_access(page)
    page.get_by_role("link", name=reading.title, exact=True).click()
    expect(page.get_by_text("Listen first.")).to_be_visible()
    page.get_by_role("button", name="Mark as done").click()

    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    assert reading.progress.get().enrollment == amara


def test_the_week_and_the_module_are_read_and_ticked_without_script(
    browser, browser_context_args, live_server, sign_in_to, amara, paper, reading
):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    sign_in_to(context, amara.user)
    page = context.new_page()
    page.goto(live_server.url + reverse("dashboards:week", args=[paper.session.slug]))
    expect(page.get_by_role("link", name=paper.item.title).first).to_be_visible()
    page.goto(live_server.url + reverse("dashboards:module-detail", args=[paper.session.slug, reading.module.key]))
    page.get_by_role("button", name=f"Done: {reading.title}").click()

    expect(page.get_by_role("button", name=f"Done: {reading.title}")).to_have_attribute("aria-pressed", "true")
    assert reading.progress.count() == 1
    context.close()
