"""Files beside a text in a browser: sent as soon as they are chosen, refused in words, handed in with the text."""

import pytest
import time_machine
from playwright.sync_api import expect

from assignments.models import Draft, DraftFile, Submission
from tests.cast import WEEK_3
from tests.files import building as make

SOON = 20_000


@pytest.fixture(autouse=True)
def in_week_3(settings, tmp_path):
    settings.STORED_FILES_DIR = tmp_path / "files"
    with time_machine.travel(WEEK_3, tick=True):
        yield


@pytest.fixture
def amara(transactional_db, participant_in_kolkata, sign_in):
    sign_in(participant_in_kolkata.user)
    return participant_in_kolkata


@pytest.fixture
def paper(transactional_db, paper):
    paper.takes_text, paper.most_files, paper.most_megabytes = "optional", 3, 1
    paper.save()
    return paper


def a_file(name, content):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_files_are_sent_when_chosen_and_handed_in_with_the_text(
    page, live_server, amara, paper, fellow, sign_in, check_access
):
    page.goto(f"{live_server.url}{paper.get_absolute_url()}")
    page.get_by_role("textbox", name="Your text").fill("I asked ten neighbours.")
    page.locator("#id_files").set_input_files(
        [
            a_file("story.docx", make.office("docx")),
            a_file("essay.doc", b"\xd0\xcf\x11\xe0"),
            a_file("photo.jpg", make.picture(size=(1200, 800))),
        ]
    )

    rows = page.locator(".file-rows li")
    expect(rows).to_have_count(2, timeout=SOON)
    expect(page.locator(".coming .is-refused")).to_contain_text("is in Word’s old format")
    assert [file.name for file in DraftFile.objects.all()] == ["story.docx", "photo.jpg"]
    check_access(page)

    page.locator("#id_files").set_input_files([a_file("large.txt", b"x" * 2 * 1024 * 1024)])
    expect(page.locator(".coming .is-refused")).to_contain_text("at most 1 MB are taken")
    page.get_by_role("button", name="Take out photo.jpg").click()
    expect(rows).to_have_count(1)
    page.locator("#id_files").set_input_files([a_file("photo.jpg", make.picture(size=(1200, 800)))])
    expect(rows).to_have_count(2, timeout=SOON)

    page.get_by_role("button", name="Hand in", exact=True).click()
    expect(page.get_by_role("heading", name="Handed in")).to_be_visible()
    expect(page.get_by_text("story.docx")).to_be_visible()
    submission = Submission.objects.get()
    assert (submission.text, submission.files.count()) == ("I asked ten neighbours.", 2)
    check_access(page)

    sign_in(fellow)
    page.goto(f"{live_server.url}/s/{paper.session.slug}/desk/papers/{submission.pk}/")
    expect(page.locator("img.paper-picture")).to_have_js_property("naturalWidth", 1200)
    page.get_by_text("Read it as text").click()
    expect(page.locator(".paper-file-text")).to_contain_text("learnt to wait")
    check_access(page)


def test_without_script_the_form_brings_text_and_files_alike(browser, sign_in_to, live_server, amara, paper):
    context = browser.new_context(java_script_enabled=False)
    sign_in_to(context, amara.user)
    page = context.new_page()
    page.goto(f"{live_server.url}{paper.get_absolute_url()}")
    page.get_by_role("textbox", name="Your text").fill("I asked ten neighbours.")
    page.locator("#id_files").set_input_files([a_file("one.txt", b"One"), a_file("page.html", b"<html>")])
    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.locator("#files-error")).to_contain_text("is a .html file")
    expect(page.locator("#id_text")).to_have_value("I asked ten neighbours.")
    expect(page.locator(".file-rows li")).to_have_count(1)
    assert Draft.objects.get().text == "I asked ten neighbours."

    page.get_by_role("button", name="Hand in", exact=True).click()
    expect(page.get_by_role("heading", name="Handed in")).to_be_visible()
    assert Submission.objects.get().files.get().name == "one.txt"
    context.close()
