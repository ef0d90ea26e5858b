"""A participant's week, its modules and items, in both widths, by day and by night, and with and without script."""

from datetime import UTC, datetime

import pytest
import time_machine
from playwright.sync_api import expect

from modules.models import Item, ItemProgress
from tests import cast

WEEK_3 = datetime(2027, 2, 17, 17, 0, tzinfo=UTC)


@pytest.fixture
def amara(transactional_db, loa, section):
    return cast.enroll(cast.make_user("Amara Rao", zone="Asia/Kolkata"), loa, section=section)


@pytest.fixture
def module(loa, section):
    """Module 3 with a reading, a video and a paper; module 4 is closed."""
    module = cast.make_module(loa, number=3, title="Whose problem is it?", outcome="You can name your people.")
    cast.make_item(module, kind=Item.Kind.READING, key="map", title="A map of actors", body="Draw *all* of them.")
    cast.make_item(module, kind=Item.Kind.VIDEO, key="talk", title="Three questions", transcript="Who are my people?")
    cast.make_assignment(module, title="Reflection paper")
    cast.make_meeting(loa, section=section)
    cast.make_module(loa, number=4)
    return module


@pytest.fixture
def in_week_3():
    with time_machine.travel(WEEK_3, tick=True):
        yield


@pytest.fixture
def as_amara(sign_in, amara, module, in_week_3):
    sign_in(amara.user)
    return amara


@pytest.mark.parametrize(
    "path", ["", "modules/", "modules/module-3/", "modules/module-3/map/", "modules/module-3/talk/"]
)
def test_each_page_can_be_used_by_everybody(page, live_server, loa, as_amara, check_access, path):
    page.goto(f"{live_server.url}/s/{loa.slug}/{path}")

    check_access(page)


def test_from_the_week_through_an_item_to_the_next(page, live_server, loa, as_amara):
    page.goto(f"{live_server.url}/")
    expect(page).to_have_url(f"{live_server.url}/s/{loa.slug}/")
    page.get_by_role("link", name="A map of actors").click()

    page.get_by_role("button", name="Mark as done").click()
    page.get_by_role("link", name="Next: Three questions").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Three questions")
    assert [row.item.key for row in ItemProgress.objects.all()] == ["map"]


def test_a_tick_on_the_modules_page_changes_the_list_alone_and_keeps_ones_place(page, live_server, module, as_amara):
    page.goto(f"{live_server.url}{module.get_absolute_url()}")
    page.evaluate("document.body.dataset.loaded = 'once'")
    tick = page.get_by_role("button", name="Done: Three questions")

    tick.click()
    expect(tick).to_have_attribute("aria-pressed", "true")
    expect(tick).to_be_focused()
    expect(page.get_by_text("1 of 3")).to_be_visible()
    tick.click()
    expect(tick).to_have_attribute("aria-pressed", "false")

    assert page.evaluate("document.body.dataset.loaded") == "once"
    assert not ItemProgress.objects.exists()


@pytest.mark.parametrize("path", ["", "map/"])
def test_items_are_ticked_without_script(browser, live_server, module, as_amara, page, path):
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies(page.context.cookies())
    sheet = plain.new_page()
    sheet.goto(f"{live_server.url}{module.get_absolute_url()}{path}")

    sheet.get_by_role("button", name="Mark as done" if path else "Done: A map of actors").click()

    expect(sheet).to_have_url(f"{live_server.url}{module.get_absolute_url()}{path}")
    assert ItemProgress.objects.get().item.key == "map"
    plain.close()
