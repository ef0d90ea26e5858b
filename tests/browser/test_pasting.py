"""Pasting from word processors: what a paper can hold comes along, everything else stays behind."""

import pytest
import time_machine
from playwright.sync_api import expect

from tests.browser import clipboards
from tests.cast import WEEK_3


@pytest.fixture(autouse=True)
def in_week_3():
    with time_machine.travel(WEEK_3, tick=True):
        yield


@pytest.fixture
def field(page, live_server, paper, transactional_db, participant_in_kolkata, sign_in):
    sign_in(participant_in_kolkata.user)
    page.goto(f"{live_server.url}{paper.get_absolute_url()}")
    page.wait_for_selector(".rich-box [contenteditable]")
    return page.get_by_role("textbox", name="Your text")


def paste(field, html="", text=""):
    field.focus()
    field.evaluate(
        """(field, [html, text]) => {
          const clipboardData = new DataTransfer();
          if (html) clipboardData.setData("text/html", html);
          clipboardData.setData("text/plain", text);
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        [html, text],
    )


def expect_source(page, text):
    expect(page.locator("#id_text")).to_have_value(text)


CASES = [
    (clipboards.WORD, clipboards.WORD_AS_SOURCE),
    (clipboards.GOOGLE, clipboards.GOOGLE_AS_SOURCE),
    (clipboards.EVIL, clipboards.EVIL_AS_SOURCE),
]


def test_word_and_google_docs_keep_what_a_paper_can_hold(page, field):
    for html, source in CASES:
        paste(field, html)
        expect_source(page, source)
        field.press("Control+A")
        field.press("Delete")
        expect_source(page, "")


def test_the_plain_box_gets_the_same_as_its_source(page, field):
    page.get_by_role("button", name="Write as plain text").click()
    box = page.get_by_label("Your text")
    for html, source in CASES[:2]:
        box.fill("")
        paste(box, html)
        expect_source(page, source)


def test_notes_come_from_google_docs_and_libreoffice(page, field):
    paste(field, clipboards.GOOGLE_NOTES)
    expect_source(page, "A claim[^1] and another[^2]\n\n---\n\n[^1]: One.\n\n[^2]: Two.")
    field.press("Control+A")
    field.press("Delete")
    paste(field, clipboards.LIBRE_NOTES)
    expect_source(page, "A claim[^1] here\n\n[^1]: One.")


def test_notes_that_come_to_others_are_numbered_with_them(page, field):
    paste(field, clipboards.LIBRE_NOTES)
    expect_source(page, "A claim[^1] here\n\n[^1]: One.")
    field.press("Control+Home")
    paste(field, clipboards.LIBRE_NOTES.replace("One.", "Before."))

    expect_source(page, "A claim[^1] hereA claim[^2] here\n\n[^1]: Before.\n\n[^2]: One.")


def test_plain_words_come_as_they_are(page, field):
    field.press_sequentially("before ")
    paste(field, text="5 * 3 *and* so on")
    expect_source(page, "before 5 \\* 3 \\*and\\* so on")


def test_lines_of_plain_text_are_read_as_in_the_plain_box(page, field):
    paste(field, text="# A heading\n\n- one\n- two\n\nA line\nand the next")
    expect_source(page, "# A heading\n\n- one\n- two\n\nA line\nand the next")
