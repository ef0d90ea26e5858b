"""Writing to a section and reading it, in a real browser; with and without script; no words are lost on the way."""

import re
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from playwright.sync_api import Error, expect

from announcements.models import Announcement
from announcements.services import Words, change_announcement, draft_announcement, send_announcement
from notifications.models import Notice
from tests.cast import WEEK_3


@pytest.fixture(autouse=True)
def in_week_3():
    """The site lives in week 3; its clock goes on."""
    with time_machine.travel(WEEK_3) as travelled:
        yield travelled


def announce(author, session, *, ago=timedelta(hours=3), **words):
    at = WEEK_3 - ago
    row = draft_announcement(session=session, words=Words(**words), key=uuid4(), actor=author, now=at)
    return send_announcement(announcement=row, revision=1, is_confirmed=True, actor=author, now=at)


def test_a_fellow_writes_looks_sends_and_a_participant_reads_it(
    page, live_server, sign_in, loa, section, fellow, participant_in_kolkata, participant_in_sydney, check_access
):
    sign_in(fellow)
    page.goto(f"{live_server.url}/s/{loa.slug}/announcements/")
    check_access(page)
    page.get_by_role("link", name="Write one").click()
    check_access(page)
    # A day that must be named where a time is chosen is not said to be optional.
    assert page.locator("label[for=id_on_date]").evaluate("one => getComputedStyle(one, '::after').content") == "none"
    page.get_by_label("To").select_option(label="Section A")
    page.get_by_label("Title").fill("Bring one sentence to our next meeting")
    page.get_by_label("Text").fill(
        "Next time we begin with a round.\n\n- who your people are,\n- what they would miss."
    )
    page.get_by_role("button", name="See who gets it").click()
    expect(page.get_by_text("2 people today")).to_be_visible()
    check_access(page)
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("It goes out now.")).to_be_visible()
    check_access(page)

    page.context.clear_cookies()
    sign_in(participant_in_kolkata.user)
    page.goto(f"{live_server.url}/s/{loa.slug}/")
    expect(page.get_by_role("link", name="Inbox 1 new")).to_be_visible()
    check_access(page)
    page.get_by_role("link", name="Inbox").click()
    check_access(page)
    page.get_by_role("link", name="Bring one sentence to our next meeting").first.click()
    expect(page.get_by_role("heading", name="Bring one sentence to our next meeting")).to_be_visible()
    check_access(page)
    expect(page.get_by_role("link", name="Inbox", exact=True)).to_be_visible()


def test_the_inbox_is_marked_as_read_without_script(
    browser, browser_context_args, live_server, sign_in_to, loa, section, fellow, participant_in_kolkata
):
    announce(fellow, loa, title="Bring a map", text="Of actors.", section=section)
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    sign_in_to(context, participant_in_kolkata.user)
    page = context.new_page()
    page.goto(f"{live_server.url}/inbox/")
    page.get_by_role("button", name="Mark all as read").click()

    expect(page.get_by_text("All is marked as read.")).to_be_visible()
    assert Notice.objects.get().read_at is not None


# What is typed and not saved yet


BRING = "Bring one sentence to our next meeting"


@pytest.fixture
def write(page, live_server, loa):
    """Opens the form; `write(other_page)` in another one."""

    def _write(page=page, of=""):
        page.goto(f"{live_server.url}/s/{loa.slug}/announcements/write/{of}")
        return page

    return _write


@pytest.fixture
def typed(write, sign_in, section, fellow, participant_in_kolkata):
    """A page on which the fellow has typed an announcement and saved nothing."""
    sign_in(fellow)
    page = write()
    page.get_by_label("To").select_option(label="Section A")
    page.get_by_label("Title").fill(BRING)
    page.get_by_label("Text").press_sequentially("Next time we begin with a round.")
    page.get_by_label("At a time").check()
    return page


def offered(page):
    return page.locator("[data-copies] .callout")


def expect_typed(page):
    expect(page.get_by_label("To").locator("option:checked")).to_have_text("Section A")
    expect(page.get_by_label("Title")).to_have_value(BRING)
    expect(page.get_by_label("Text")).to_have_value("Next time we begin with a round.")
    expect(page.get_by_label("At a time")).to_be_checked()


def copies(page):
    return page.evaluate("Object.keys(localStorage)")


def test_what_was_typed_in_a_tab_that_was_closed_is_offered_and_taken_up(page, typed, write, check_access):
    """Seen to fail when no copy was kept on leaving."""
    other = page.context.new_page()
    page.close()

    write(other)

    expect(offered(other)).to_contain_text(f"{BRING}: Next time we begin with a round.")
    expect(other.get_by_label("Text")).to_have_value("")
    check_access(other)
    other.get_by_role("button", name="Put it back into the form").click()
    expect_typed(other)
    expect(other.get_by_role("status").filter(has_text="It is back in the form below")).to_be_visible()
    expect(offered(other)).to_have_count(0)
    expect(other.get_by_label("Text")).to_be_focused()
    assert len(copies(other)) == 1


def test_what_was_typed_in_a_tab_that_crashed_is_offered(page, typed, write, complaints):
    """Nothing tells a page that the system ends it. Seen to fail when a copy was kept on leaving alone."""
    with suppress(Error):
        page.goto("chrome://crash")
    again = page.context.new_page()
    again.add_init_script("Date.now = ((now) => () => now() + 60_000)(Date.now)")

    write(again)

    again.get_by_role("button", name="Put it back into the form").click()
    expect_typed(again)


def test_somebody_else_in_the_same_browser_is_not_shown_it(
    page, typed, write, sign_in, loa, section, fellow, head_fellow
):
    """Seen to fail when copies bore the session's name alone."""
    page.goto("about:blank")
    page.context.clear_cookies()
    sign_in(head_fellow)

    write()

    expect(page.get_by_label("Text")).to_have_value("")
    expect(page.locator("form.has-script")).to_be_visible()
    expect(offered(page)).to_have_count(0)
    assert len(copies(page)) == 1

    page.context.clear_cookies()
    sign_in(fellow)
    write()
    expect(offered(page)).to_be_visible()


def test_signing_out_leaves_it_to_its_writer(page, typed, write, live_server, sign_in, fellow):
    page.goto(f"{live_server.url}/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()

    sign_in(fellow)
    write()

    expect(offered(page)).to_be_visible()


@pytest.mark.parametrize("button", ["See who gets it", "Keep as a draft"])
def test_once_it_is_saved_nothing_is_left_in_the_browser(page, typed, write, button):
    """Seen to fail when the answer named no key."""
    page.get_by_label("As soon as you confirm it").check()
    assert len(copies(page)) == 1
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name="Look once more").or_(page.get_by_text("Kept as a draft."))).to_be_visible()

    expect(page.get_by_text(BRING).first).to_be_visible()
    assert copies(page) == []
    write()
    expect(page.locator("form.has-script")).to_be_visible()
    expect(offered(page)).to_have_count(0)


def test_once_it_is_sent_nothing_is_left_in_the_browser(page, typed, write):
    page.get_by_label("As soon as you confirm it").check()
    page.get_by_role("button", name="See who gets it").click()
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("It goes out now.")).to_be_visible()

    write()

    expect(page.locator("form.has-script")).to_be_visible()
    expect(offered(page)).to_have_count(0)
    assert copies(page) == []


@pytest.mark.parametrize("status", [500, 503, 0])
def test_it_survives_a_site_that_fails_when_it_is_sent(page, typed, write, status, complaints):
    """Seen to fail when a copy was dropped as soon as it was sent."""
    page.get_by_label("As soon as you confirm it").check()

    def fail(route):
        if route.request.method != "POST":
            return route.fallback()
        return route.fulfill(status=status, body="Away") if status else route.abort()

    page.route("**/write/", fail)
    page.get_by_role("button", name="See who gets it").click()
    page.wait_for_url("**/write/" if status else "chrome-error://**")
    page.unroute("**/write/")

    write()

    page.get_by_role("button", name="Put it back into the form").click()
    expect(page.get_by_label("Text")).to_have_value("Next time we begin with a round.")


def test_signed_out_meanwhile_short_words_wait_for_signing_in(page, typed, write, sign_in, fellow):
    """Words that no page hands back: too short. Seen to fail when a copy was dropped as soon as it was sent."""
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))

    sign_in(fellow)
    write()

    page.get_by_role("button", name="Put it back into the form").click()
    expect_typed(page)


def test_signed_in_again_in_another_tab_the_old_one_loses_nothing(page, typed, write, sign_in, fellow):
    """The form's token is another one by then."""
    page.context.clear_cookies()
    sign_in(fellow)
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_role("heading", name="Please send it once more")).to_be_visible()

    write()

    page.get_by_role("button", name="Put it back into the form").click()
    expect_typed(page)


def test_what_was_refused_is_kept_until_it_is_right(page, typed, write):
    """No day is named. Seen to fail when a refused form counted as saved."""
    page.get_by_role("button", name="See who gets it").click()
    expect(page.get_by_text("Say the day and the time at which it is to go out.").first).to_be_visible()
    expect_typed(page)
    expect(offered(page)).to_have_count(0)

    write()

    page.get_by_role("button", name="Put it back into the form").click()
    expect_typed(page)


def test_taking_one_up_over_other_words_lets_them_change_places(page, typed, write):
    """Seen to fail when what stood in the form was written over."""
    write()
    page.get_by_label("Title").fill("Another matter")
    page.get_by_role("button", name="Put it back into the form").click()
    expect_typed(page)

    expect(offered(page)).to_contain_text("Another matter")
    page.get_by_role("button", name="Put it back into the form").click()
    expect(page.get_by_label("Title")).to_have_value("Another matter")
    expect(offered(page)).to_contain_text(BRING)
    page.get_by_role("button", name="Throw it away").click()
    expect(offered(page)).to_have_count(0)
    assert len(copies(page)) == 1


def test_what_was_typed_into_a_draft_that_went_on_elsewhere_writes_over_nothing(
    page, write, live_server, sign_in, loa, section, fellow, participant_in_kolkata
):
    """Seen to fail when what was taken up was saved as if it had begun from the newest."""
    sign_in(fellow)
    row = draft_announcement(
        session=loa, words=Words(title="A", text="Begun", section=section), key=uuid4(), actor=fellow, now=WEEK_3
    )
    address = f"{live_server.url}/s/{loa.slug}/announcements/{row.pk}/change/"
    page.goto(address)
    page.get_by_label("Text").fill("Begun, gone on in the browser that was closed")
    page.goto("about:blank")
    change_announcement(
        announcement=row, words=Words(title="A", text="Gone on elsewhere", section=section), revision=1, now=WEEK_3
    )

    page.goto(address)
    page.get_by_role("button", name="Put it back into the form").click()
    page.get_by_role("button", name="Keep as a draft").click()

    expect(page.get_by_text("This was changed in another window")).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("Begun, gone on in the browser that was closed")
    assert Announcement.objects.get().text == "Gone on elsewhere"


@pytest.fixture
def page_that_stays(browser_type, browser_type_launch_args, browser_context_args, sign_in_to, fellow):
    """In a browser that brings back a page as it was left, as browsers do by themselves: the tests' own does not."""
    browser = browser_type.launch(**browser_type_launch_args, ignore_default_args=["--disable-back-forward-cache"])
    context = browser.new_context(**browser_context_args)
    sign_in_to(context, fellow)
    yield context.new_page()
    browser.close()


def test_written_on_after_the_back_button_is_another_draft_and_loses_nothing(
    page_that_stays, write, section, participant_in_kolkata
):
    """The page comes back with the key that it has sent. Seen to fail when that alone made a post the same."""
    page = write(page_that_stays)
    page.get_by_label("To").select_option(label="Section A")
    page.get_by_label("Title").fill(BRING)
    page.get_by_label("Text").fill("Next time we begin with a round.")
    page.get_by_role("button", name="See who gets it").click()
    expect(page.get_by_role("heading", name="Look once more")).to_be_visible()

    # A page that was kept is not loaded, so nothing tells that it is.
    page.go_back(wait_until="commit")
    expect(page.get_by_label("Text")).to_have_value("Next time we begin with a round.")
    assert copies(page) == []
    page.get_by_label("Text").fill("Next time we end with a round.")
    page.get_by_role("button", name="See who gets it").click()

    expect(page.locator("article")).to_contain_text("Next time we end with a round.")
    assert set(Announcement.objects.values_list("text", flat=True)) == {
        "Next time we begin with a round.",
        "Next time we end with a round.",
    }
    assert copies(page) == []
