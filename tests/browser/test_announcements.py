"""Writing to a section and reading it, in a real browser; with and without script."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from playwright.sync_api import expect

from announcements.services import Words, draft_announcement, send_announcement
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
