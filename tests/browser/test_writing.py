"""Writing on a poor line, in two places, without script: no text is lost, and it is handed in once.

The formatted view stands over the box wherever there is script, so all of this is shown with it. Seen failing: the
crash, with a `draft.js` that keeps no copy in the browser.
"""

import re
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import Error, expect

from assignments.models import Assignment, Draft, KeptText, Submission
from core.windows import hours
from tests import cast
from tests.cast import WEEK_3

SOON = 4000
# On a machine that does other things too.
LATER = 20_000


@pytest.fixture(autouse=True)
def in_week_3():
    with time_machine.travel(WEEK_3, tick=True):
        yield


@pytest.fixture
def amara(transactional_db, participant_in_kolkata, sign_in):
    sign_in(participant_in_kolkata.user)
    return participant_in_kolkata


@pytest.fixture
def open_paper(page, live_server, paper):
    def _open(page=page, has_script=True):
        page.goto(f"{live_server.url}{paper.get_absolute_url()}")
        if has_script:
            page.wait_for_selector(".rich-box [contenteditable]", state="attached")
        return page.get_by_role("textbox", name="Your text")

    return _open


def saved_texts():
    return [draft.text for draft in Draft.objects.all()]


def expect_text(page, text):
    """In the view, and in the box under it, which is what is sent."""
    expect(page.locator(".rich-box [contenteditable]")).to_have_text(text)
    expect(page.locator("#id_text")).to_have_value(text)


def wait_until_saved(page):
    expect(page.locator("[data-saved]")).to_contain_text("Saved at", timeout=LATER)


def test_what_is_typed_is_saved_within_four_seconds_of_the_first_key(page, amara, open_paper):
    """Seen failing with a page that waits five seconds."""
    page.clock.install(time=WEEK_3)
    field = open_paper()
    page.clock.pause_at(WEEK_3 + timedelta(minutes=1))

    # The page's clock stands still while these are typed, however long that takes.
    field.press_sequentially("I asked ten neighbours")
    with page.expect_response(re.compile("/autosave/"), timeout=LATER) as answer:
        page.clock.run_for(SOON)

    assert answer.value.status == 200
    wait_until_saved(page)
    assert saved_texts() == ["I asked ten neighbours"]
    expect(page.locator("[data-words]")).to_have_text("4 words")
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_pasting_more_than_can_be_kept_says_so_and_does_not_hold_the_browser_up(
    page, amara, open_paper, live_server, settings
):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_paper()
    page.get_by_role("button", name="Write as plain text").click()
    field = page.get_by_label("Your text")
    page.evaluate("navigator.clipboard.writeText('A word and another one. '.repeat(32_000))")
    field.focus()

    page.keyboard.press("Control+V")

    expect(page.locator("[data-trouble]")).to_contain_text("No more than 500,000 characters can be kept")
    wait_until_saved(page)
    assert [len(text) for text in saved_texts()] == [500_000]
    expect(page.locator("[data-trouble]")).to_be_visible()


def test_it_is_still_there_after_loading_the_page_again(page, amara, open_paper):
    open_paper().fill("I asked ten neighbours")
    wait_until_saved(page)

    open_paper()
    expect_text(page, "I asked ten neighbours")


def test_what_is_said_beside_the_text_is_saved_and_is_there_again(page, amara, open_paper):
    open_paper()
    page.get_by_label("What I will do before the next paper").press_sequentially("Listen first", delay=10)
    page.get_by_label("Yes, without my name").check()
    wait_until_saved(page)

    draft = Draft.objects.get()
    assert (draft.text, draft.commitment, draft.quoting) == ("", "Listen first", "unnamed")
    open_paper()
    expect(page.get_by_label("What I will do before the next paper")).to_have_value("Listen first")
    expect(page.get_by_label("Yes, without my name")).to_be_checked()


def test_what_is_said_beside_files_alone_is_saved_too(page, amara, live_server, paper):
    Assignment.objects.filter(pk=paper.pk).update(takes_text="no", most_files=1, kind="practice")
    page.goto(f"{live_server.url}{paper.get_absolute_url()}")
    page.get_by_label("Address of your recording").fill("https://video.example.org/a")
    wait_until_saved(page)

    assert Draft.objects.get().link == "https://video.example.org/a"


def test_a_commitment_typed_right_before_a_reload_is_not_lost(page, amara, open_paper):
    open_paper().fill("I asked ten neighbours")
    wait_until_saved(page)
    page.get_by_label("What I will do before the next paper").fill("Listen first")

    open_paper()
    expect_text(page, "I asked ten neighbours")
    expect(page.get_by_label("What I will do before the next paper")).to_have_value("Listen first")


def test_a_commitment_typed_offline_is_sent_when_the_line_is_back(page, amara, open_paper):
    open_paper()
    page.context.set_offline(True)
    page.get_by_label("What I will do before the next paper").fill("Listen first")
    expect(page.get_by_role("alert")).to_contain_text("no connection", timeout=LATER)
    page.context.set_offline(False)
    wait_until_saved(page)

    assert Draft.objects.get().commitment == "Listen first"


def test_what_was_typed_right_before_a_reload_is_not_lost(page, amara, open_paper):
    open_paper().fill("I asked ten neighbours")

    open_paper()
    expect_text(page, "I asked ten neighbours")


def test_offline_the_text_is_kept_and_sent_when_the_line_is_back(page, amara, open_paper, complaints):
    field = open_paper()
    page.context.set_offline(True)
    field.fill("Written on the train")
    expect(page.get_by_role("alert")).to_contain_text("no connection", timeout=LATER)
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing can be handed in now")
    assert saved_texts() == []

    page.context.set_offline(False)

    wait_until_saved(page)
    assert saved_texts() == ["Written on the train"]
    expect(page.locator("[data-trouble]")).to_be_hidden()


def test_a_browser_that_was_closed_offline_gives_the_text_back(page, amara, open_paper, complaints):
    field = open_paper()
    page.context.set_offline(True)
    field.fill("Written in a power cut")
    expect(page.get_by_role("alert")).to_contain_text("no connection", timeout=LATER)
    page.goto("about:blank")
    page.context.set_offline(False)

    open_paper()

    expect_text(page, "Written in a power cut")
    expect(page.locator("[data-saved]")).to_contain_text("Saved", timeout=LATER)
    assert saved_texts() == ["Written in a power cut"]


def test_minutes_without_a_line_are_written_through_and_sent_when_it_is_back(page, amara, open_paper, complaints):
    page.clock.install()
    field = open_paper()
    page.context.set_offline(True)
    field.click()
    for minute in range(1, 6):
        page.keyboard.type(f"Minute {minute}. ")
        page.clock.run_for(60_000)
    expect(page.get_by_role("alert")).to_contain_text("no connection")
    assert saved_texts() == []

    # What was under way is sent again as it was, and then all that came after it.
    with page.expect_response(lambda answer: "Minute 5" in (answer.request.post_data or "")):
        page.context.set_offline(False)

    wait_until_saved(page)
    assert saved_texts() == ["Minute 1. Minute 2. Minute 3. Minute 4. Minute 5."]


def test_a_tab_that_crashed_without_a_line_gives_the_text_back(page, amara, open_paper, complaints):
    """Nothing tells a page that the system ends it, so its copy is taken up once nobody can be writing it any more."""
    open_paper().click()
    page.route("**/autosave/", lambda save: save.abort())
    page.keyboard.type("# ")
    page.keyboard.type("Before the crash")
    expect(page.get_by_role("alert")).to_contain_text("no connection", timeout=LATER)
    with suppress(Error):
        page.goto("chrome://crash")

    again = page.context.new_page()
    again.add_init_script("Date.now = ((now) => () => now() + 60_000)(Date.now)")
    open_paper(again)

    expect(again.locator(".rich-box h1")).to_have_text("Before the crash")
    wait_until_saved(again)
    assert saved_texts() == ["# Before the crash"]


def test_on_a_second_device_it_goes_on_and_the_first_one_loses_nothing(
    page, amara, open_paper, complaints, browser, browser_context_args, sign_in_to
):
    field = open_paper()
    field.fill("Begun on the computer")
    wait_until_saved(page)
    context = browser.new_context(**browser_context_args)
    sign_in_to(context, amara.user)
    phone = context.new_page()
    open_paper(phone)
    expect_text(phone, "Begun on the computer")
    phone.get_by_role("textbox", name="Your text").fill("Begun on the computer, ended on the phone")
    wait_until_saved(phone)

    field.fill("Begun on the computer, where it went on")

    expect(page.get_by_role("alert")).to_contain_text("Both texts are kept", timeout=LATER)
    page.get_by_role("link", name="Compare the two").click()
    expect(page.get_by_label("The text as it is saved")).to_have_value("Begun on the computer, ended on the phone")
    expect(page.get_by_label("The text from the other place")).to_have_value("Begun on the computer, where it went on")
    complaints.found.clear()
    context.close()


def test_a_save_whose_answer_was_lost_makes_no_second_version(page, amara, open_paper):
    field = open_paper()

    def lose_the_answer(route):
        route.fetch()
        route.abort()
        page.unroute("**/autosave/")

    page.route("**/autosave/", lose_the_answer)
    with page.expect_event("requestfailed", timeout=LATER):
        field.fill("The first half")
    with page.expect_response(lambda answer: "and the second" in (answer.request.post_data or "")) as answer:
        field.fill("The first half and the second")

    assert answer.value.status == 200
    expect(page.locator("[data-trouble]")).to_be_hidden()
    assert saved_texts() == ["The first half and the second"]
    assert not KeptText.objects.exists()


def test_signed_out_in_the_meantime_the_text_waits_for_signing_in(page, amara, open_paper, complaints, sign_in):
    field = open_paper()
    page.context.clear_cookies(name="sessionid")
    field.fill("Written after the session ended")
    expect(page.get_by_role("alert")).to_contain_text("You have been signed out", timeout=LATER)
    expect(page.get_by_role("link", name="Sign in").last).to_have_attribute("target", "_blank")

    sign_in(amara.user)

    wait_until_saved(page)
    assert saved_texts() == ["Written after the session ended"]


def test_two_tabs_lose_nothing_and_the_texts_stand_side_by_side(page, amara, open_paper, check_access, complaints):
    first = open_paper()
    other = page.context.new_page()
    second = open_paper(other)
    first.fill("From the first tab")
    wait_until_saved(page)

    second.fill("From the second tab")

    expect(other.get_by_role("alert")).to_contain_text("Both texts are kept", timeout=LATER)
    second.fill("From the second tab, going on")
    other.get_by_role("link", name="Compare the two").click()
    expect(other.get_by_label("The text as it is saved")).to_have_value("From the first tab")
    expect(other.get_by_label("The text from the other place")).to_have_value("From the second tab, going on")
    check_access(other)
    other.locator("form", has=other.get_by_label("The text from the other place")).get_by_role("button").click()
    expect_text(other, "From the second tab, going on")
    assert saved_texts() == ["From the second tab, going on"]
    assert set(KeptText.objects.values_list("text", flat=True)) == {
        "From the first tab",
        "From the second tab, going on",
    }
    complaints.found.clear()


def test_handing_in_shows_the_receipt_and_the_back_button_does_no_harm(page, amara, open_paper, check_access):
    field = open_paper()
    field.fill("I asked ten neighbours, and learnt to wait.")
    page.get_by_role("button", name="Hand in").click()

    expect(page.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()
    submission = Submission.objects.get()
    expect(page.get_by_text(submission.receipt, exact=True)).to_be_visible()
    check_access(page)
    page.go_back()
    expect(page.get_by_text("Handed in Wednesday")).to_be_visible()
    assert not KeptText.objects.exists()
    assert Submission.objects.count() == 1


def test_a_double_click_hands_in_once(page, amara, open_paper):
    open_paper().fill("I asked ten neighbours, and learnt to wait.")
    page.get_by_role("button", name="Hand in").dblclick()

    expect(page.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()
    assert Submission.objects.count() == 1


def test_too_many_words_are_told_and_taken(page, amara, open_paper, paper):
    paper.max_words = 3
    paper.save()
    open_paper().fill("I asked ten neighbours")

    expect(page.locator("[data-words]")).to_have_text("4 words, 1 more than asked for")
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()


def test_all_of_it_works_without_script(browser, live_server, page, amara, paper):
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(f"{live_server.url}{paper.get_absolute_url()}")
    plain.get_by_label("Your text").fill("Written without script")
    plain.get_by_role("button", name="Save the draft").click()
    expect(plain.get_by_role("status").first).to_contain_text("Draft saved at")
    expect(plain.get_by_label("Your text")).to_have_value("Written without script")

    plain.get_by_role("button", name="Hand in").click()

    expect(plain.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()
    assert Submission.objects.get().text == "Written without script"
    context.close()


def test_signed_out_without_script_the_text_is_handed_back(browser, live_server, page, amara, paper):
    text = "A paper of some length, written without script while the session ran out in the background."
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(f"{live_server.url}{paper.get_absolute_url()}")
    plain.get_by_label("Your text").fill(text)
    context.clear_cookies(name="sessionid")

    plain.get_by_role("button", name="Hand in").click()

    expect(plain.get_by_label("Your text")).to_have_value(text)
    expect(plain.get_by_role("link", name="Sign in").last).to_be_visible()
    context.close()


def test_each_state_of_the_page_can_be_used_by_everybody(
    page, amara, open_paper, check_access, paper, fellow, live_server
):
    cast.extend(paper, amara, by=hours(48))
    open_paper().fill("I asked ten neighbours, and learnt to wait.")
    check_access(page)
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()
    answer = cast.make_feedback(
        Submission.objects.get(), fellow, result="please_revise", text="Well seen.", next_step="Ask one more."
    )
    answer.comments.create(starts_at_char=2, ends_at_char=7, quote="asked", text="How did you ask?")
    criterion = paper.criteria.first()
    answer.levels.create(criterion=criterion, level=criterion.levels.last())
    for path in (paper.get_absolute_url(), answer.get_absolute_url(), f"/s/{paper.session.slug}/assignments/"):
        page.goto(f"{live_server.url}{path}")
        check_access(page)


def test_the_back_button_brings_the_page_as_it_stands_now(page, amara, open_paper):
    open_paper().fill("Half of it.")
    wait_until_saved(page)
    open_paper().fill("Half of it. The other half.")
    wait_until_saved(page)
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()

    page.go_back()

    expect(page.get_by_text("Write another version")).to_be_visible()
    expect(page.locator("#id_text")).to_have_value("Half of it. The other half.")
    assert page.evaluate("document.getElementById('editor').elements.based_on.value") == str(
        Draft.objects.get().handed_in_revision
    )


def test_without_script_an_old_page_hands_in_beside_what_counts(browser, browser_context_args, amara, page, open_paper):
    """As the Back button brings it back, or a second tab: from before the last paragraph was written."""
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    old, new = context.new_page(), context.new_page()
    half, whole = open_paper(old, has_script=False), open_paper(new, has_script=False)
    whole.fill("Half of it. The other half.")
    new.get_by_role("button", name="Hand in").click()
    expect(new.get_by_role("heading", name="Handed in", exact=True)).to_be_visible()

    half.fill("Half of it.")
    old.get_by_role("button", name="Hand in").click()

    expect(old.get_by_text("You have handed in another version")).to_be_visible()
    expect(old.get_by_role("heading", name="Two texts: choose one")).to_be_visible()
    assert [paper.text for paper in Submission.objects.all()] == ["Half of it. The other half."]
    assert KeptText.objects.get().text == "Half of it."
    context.close()


def test_after_somebody_else_was_signed_in_on_this_computer_the_text_is_saved_as_soon_as_one_is_back(
    page, amara, participant_in_sydney, open_paper, sign_in_to, complaints
):
    """Seen failing: with a page that takes the refusal for good."""
    field = open_paper()
    field.press_sequentially("Mine. ")
    wait_until_saved(page)

    sign_in_to(page.context, participant_in_sydney.user)
    field.press_sequentially("And more.")
    expect(page.get_by_role("alert")).to_contain_text("Somebody else is signed in", timeout=LATER)
    sign_in_to(page.context, amara.user)
    page.evaluate("dispatchEvent(new Event('focus'))")

    wait_until_saved(page)
    assert saved_texts() == ["Mine. And more."]
    expect(page.locator("[data-trouble]")).to_be_hidden()
    field.press_sequentially(" Still mine.")
    page.reload()
    expect_text(page, "Mine. And more. Still mine.")
    wait_until_saved(page)
    assert not KeptText.objects.exists()
    # The refusals are meant.
    assert {one.partition(" for ")[0] for one in complaints.found} == {"403"}
    complaints.found.clear()


def test_the_buttons_over_the_text_cover_nothing_that_is_asked_below_it(page, amara, open_paper):
    """Seen failing: with buttons that stay in sight as long as the whole form is."""
    open_paper()
    page.set_viewport_size({"width": 1280, "height": 300})

    page.locator("fieldset.choices").evaluate("(box) => box.scrollIntoView({ block: 'start' })")

    buttons, box = (page.locator(one).bounding_box() for one in ("[data-tools]", "fieldset.choices"))
    assert buttons["y"] + buttons["height"] <= box["y"] or buttons["y"] >= box["y"] + box["height"]
