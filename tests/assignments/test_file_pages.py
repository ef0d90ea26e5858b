"""Files on the pages of an assignment, its receipt and the desk, as a browser without script sends and gets them."""

import io
import json
from uuid import uuid4

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from assignments.models import Assignment, Draft, DraftFile, Submission
from assignments.services import add_file, open_paper
from audit.models import Entry
from files.services import open_file
from files.uploads import Limits, refused_uploads, takes_files, uploads
from tests import cast
from tests.cast import WEEK_3
from tests.files import building as make
from tests.files.test_admission import TAKEN

MEGABYTE = 1024 * 1024
STORY = b"I asked ten neighbours."
TEXT = "I asked ten neighbours, and learnt to wait before I speak."


@pytest.fixture(autouse=True)
def in_week_3():
    with time_machine.travel(WEEK_3, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def files_dir(settings, tmp_path):
    settings.STORED_FILES_DIR = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def paper(paper):
    paper.takes_text, paper.most_files, paper.most_megabytes = Assignment.TakesText.OPTIONAL, 3, 1
    paper.save()
    return paper


@pytest.fixture
def as_amara(client, amara):
    client.force_login(amara.user)
    return client


def address(name, paper, *more):
    return reverse(f"assignments:{name}", args=[paper.session.slug, paper.pk, *more])


def upload(name="paper.txt", content=None):
    return SimpleUploadedFile(name, STORY if content is None else content)


def send(client, paper, enrollment, *files, to="draft-save", **fields):
    """The form of the page, as its buttons send it."""
    form = {
        "text": TEXT,
        "based_on": 0,
        "editor": str(uuid4()),
        "key": str(uuid4()),
        "writer": enrollment.user_id,
        "files": list(files),
    } | fields
    return client.post(to if to.startswith("/") else address(to, paper), form)


def add(paper, enrollment, name="paper.txt", content=None):
    content = io.BytesIO(STORY if content is None else content)
    return add_file(
        assignment=paper, enrollment=enrollment, content=content, name=name, actor=enrollment.user, now=WEEK_3
    )


def html(reply):
    return BeautifulSoup(reply.content, "html.parser")


def names():
    return [file.name for file in DraftFile.objects.current()]


def temporary(files_dir):
    return list((files_dir / "arriving").glob("*"))


# --- the form -------------------------------------------------------------------------------------------------------


def test_text_and_files_are_saved_by_one_button(as_amara, paper, amara, files_dir):
    reply = send(as_amara, paper, amara, upload(), upload("photo.jpg", make.photograph()))

    assert reply.status_code == 302
    assert reply["Location"].endswith("#files")
    assert Draft.objects.get().text == TEXT
    assert names() == ["paper.txt", "photo.jpg"]
    assert temporary(files_dir) == []
    page = html(as_amara.get(paper.get_absolute_url()))
    assert [link.text for link in page.select(".file-rows a")] == ["paper.txt", "photo.jpg"]
    assert page.select_one("form#editor")["enctype"] == "multipart/form-data"


def test_when_one_is_refused_the_text_and_the_others_are_kept(as_amara, paper, amara):
    reply = send(as_amara, paper, amara, upload(), upload("essay.doc", b"\xd0\xcf\x11\xe0"), upload("two.txt", b"Two"))

    assert reply.status_code == 422
    page = html(reply)
    assert "“essay.doc” is in Word’s old format" in page.select_one("#files-error").text
    assert page.select_one("#id_text").text.strip() == TEXT
    assert Draft.objects.get().text == TEXT
    assert names() == ["paper.txt", "two.txt"]


def test_nothing_is_handed_in_when_a_file_of_the_post_was_refused(as_amara, paper, amara):
    reply = send(as_amara, paper, amara, upload("essay.doc", b"old"), upload("two.txt", b"Two"), to="paper-hand-in")

    assert reply.status_code == 422
    assert not Submission.objects.exists()
    page = html(reply)
    assert "essay.doc" in page.select_one("#files-error").text
    assert page.select_one("#id_text").text.strip() == TEXT
    assert names() == ["two.txt"]


def test_what_was_chosen_is_handed_in_without_being_added_first(as_amara, paper, amara):
    send(as_amara, paper, amara, upload(), to="paper-hand-in", text="")

    submission = Submission.objects.get()
    assert (submission.text, [file.name for file in submission.files.all()]) == ("", ["paper.txt"])


def test_the_same_form_twice_is_one_submission_with_its_files_once(as_amara, paper, amara):
    form = {"key": str(uuid4()), "to": "paper-hand-in"}

    first = send(as_amara, paper, amara, upload(), **form)
    again = send(as_amara, paper, amara, upload(), **form)

    assert first["Location"] == again["Location"]
    assert Submission.objects.get().files.count() == 1


def test_nothing_at_all_is_refused_with_what_to_do(as_amara, paper, amara):
    reply = send(as_amara, paper, amara, to="paper-hand-in", text=" ")

    assert reply.status_code == 422
    assert "write your text or add a file first" in reply.text


def test_a_file_is_taken_out_and_what_was_typed_beside_it_is_saved(as_amara, paper, amara):
    mine = add(paper, amara)

    reply = send(as_amara, paper, amara, to=address("file-remove", paper, mine.pk))

    assert reply.status_code == 302
    assert names() == []
    assert Draft.objects.get().text == TEXT


def test_the_page_adds_and_takes_out_by_itself_and_gets_the_list(as_amara, paper, amara):
    reply = as_amara.post(address("file-add", paper), {"files": [upload(), upload("x.exe", b"MZ")]})

    assert reply.status_code == 200
    assert [link.text for link in html(reply).select(".file-rows a")] == ["paper.txt"]
    assert "is a .exe file" in html(reply).select_one(".refused li").text
    assert Draft.objects.get().text == ""

    mine = DraftFile.objects.get()
    reply = as_amara.post(address("file-remove", paper, mine.pk), {"part": "files"})
    assert (reply.status_code, names()) == (200, [])
    assert not html(reply).select(".file-rows")


def test_a_saved_text_is_not_touched_by_a_file(as_amara, paper, amara, write):
    write(amara, "Some text")

    as_amara.post(address("file-add", paper), {"files": [upload()]})
    saved = as_amara.post(
        address("draft-autosave", paper),
        json.dumps({"text": "Some more text", "based_on": 1, "editor": str(uuid4()), "writer": amara.user_id}),
        content_type="application/json",
    )

    assert saved.status_code == 200, "a file makes no newer revision of the text"


def test_where_no_files_are_taken_the_page_offers_none(as_amara, paper, amara):
    Assignment.objects.filter(pk=paper.pk).update(most_files=0, takes_text="required")

    page = html(as_amara.get(paper.get_absolute_url()))
    reply = send(as_amara, paper, amara, upload())

    assert not page.select("input[type=file]")
    assert "this work takes no files" in reply.text
    assert names() == []


def test_where_only_files_are_taken_the_page_asks_for_no_text(as_amara, paper, amara):
    Assignment.objects.filter(pk=paper.pk).update(takes_text="no")

    page = html(as_amara.get(paper.get_absolute_url()))
    send(as_amara, paper, amara, upload(), to="paper-hand-in", text="")

    assert not page.select("textarea.paper")
    assert Submission.objects.get().files.count() == 1


def test_a_form_without_its_token_brings_nothing(paper, amara, files_dir):
    client = Client(enforce_csrf_checks=True)
    client.force_login(amara.user)

    reply = send(client, paper, amara, upload())

    assert reply.status_code == 403
    assert names() == []
    assert temporary(files_dir) == []


@pytest.mark.parametrize("name", ["file-add", "draft-save", "paper-hand-in"])
def test_of_strangers_nothing_is_read(paper, amara, outsider, name, files_dir):
    client = Client()
    client.force_login(outsider.user)

    assert send(client, paper, amara, upload(), to=name).status_code == 404
    assert not files_dir.exists()


# --- too large ------------------------------------------------------------------------------------------------------


def test_a_file_above_the_limit_is_cut_off_and_the_rest_is_kept(as_amara, paper, amara, files_dir):
    reply = send(as_amara, paper, amara, upload("large.txt", b"x" * (MEGABYTE + 1)), upload("two.txt", b"Two"))

    assert reply.status_code == 413
    said = html(reply).select_one("#files-error").text
    assert "“large.txt” has 2 MB and at most 1 MB are taken" in said
    assert Draft.objects.get().text == TEXT
    assert names() == ["two.txt"]
    assert temporary(files_dir) == []


class Endless(io.RawIOBase):
    """The body of a form with one file of that size, made as it is read; remembers how much was."""

    HEAD = (
        b'--edge\r\nContent-Disposition: form-data; name="text"\r\n\r\nTyped\r\n'
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="film.mp4"\r\n\r\n'
    )
    END = b"\r\n--edge--\r\n"

    def __init__(self, size):
        self.size, self.at = len(self.HEAD) + size + len(self.END), 0

    def read(self, count=-1):
        assert count >= 0, "asked for everything at once"
        head = self.HEAD[self.at : self.at + count]
        piece = head + bytes(min(count, self.size - self.at) - len(head))
        if self.at + len(piece) > self.size - len(self.END):
            piece = piece[: -len(self.END)] + self.END
        self.at += len(piece)
        return piece


def receive(size, most_bytes=20 * MEGABYTE):
    """What a view gets of such a form: its text, its files, what was refused, and how much was read."""
    body = Endless(size)
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "multipart/form-data; boundary=edge",
            "CONTENT_LENGTH": str(body.size),
            "wsgi.input": body,
        }
    )
    request._dont_enforce_csrf_checks = True
    seen = {}

    @takes_files(lambda request: Limits(3, most_bytes))
    def view(request):
        refused = [str(one) for one in refused_uploads(request)]
        seen.update(text=request.POST.get("text"), files=uploads(request, "files"), refused=refused, read=body.at)
        return HttpResponse()

    view(request)
    return seen


def test_of_two_hundred_megabytes_nothing_is_kept_and_the_text_is(files_dir):
    seen = receive(200 * MEGABYTE)

    assert seen["text"] == "Typed"
    assert seen["files"] == []
    assert seen["refused"] == ["“film.mp4” has 201 MB and at most 20 MB are taken: make it smaller, or divide it."]
    assert temporary(files_dir) == []


def test_what_is_endless_is_not_even_read(files_dir):
    seen = receive(50_000 * MEGABYTE)

    assert seen["text"] == "Typed"
    assert seen["read"] < MEGABYTE
    assert len(seen["refused"]) == 1


def test_what_is_within_the_limit_passes_over_the_disk(files_dir):
    seen = receive(19 * MEGABYTE)

    [file] = seen["files"]
    assert file.size == 19 * MEGABYTE
    assert str(file.temporary_file_path()).startswith(str(files_dir))
    assert seen["refused"] == []
    file.close()


def test_forms_that_were_not_made_for_large_files_take_small_ones_only(db, client):
    reply = client.post(reverse("account_login"), {"login": upload("x.csv", bytes(11 * MEGABYTE))})

    assert reply.status_code == 413


# --- fetching -------------------------------------------------------------------------------------------------------


def is_inert(reply):
    return (
        reply["Content-Disposition"].startswith("attachment"),
        reply["X-Content-Type-Options"],
        reply["Content-Security-Policy"],
        reply["Cache-Control"],
    ) == (True, "nosniff", "default-src 'none'; sandbox", "private, no-store")


@pytest.mark.parametrize("name", TAKEN)
def test_what_came_in_is_given_back_unchanged_and_inert(as_amara, paper, amara, name):
    Assignment.objects.filter(pk=paper.pk).update(takes_recordings=True)
    paper.refresh_from_db()
    mine = add(paper, amara, name, TAKEN[name])

    reply = as_amara.get(address("file-read", paper, mine.pk))

    assert b"".join(reply.streaming_content) == TAKEN[name]
    assert is_inert(reply)
    assert reply["Content-Type"] == mine.admitted_as.content_type


def test_bytes_that_somebody_else_stored_as_something_else_are_given_back_as_ones_own_kind(as_amara, paper, amara):
    mine = add(paper, amara, "paper.txt", b"I asked")
    type(mine.stored).objects.filter(pk=mine.stored_id).update(content_type="text/html")

    reply = as_amara.get(address("file-read", paper, mine.pk))

    assert reply["Content-Type"] == "text/plain"
    list(reply.streaming_content)


def test_the_receipt_lists_each_file_with_its_hash_and_gives_it_back(as_amara, give, paper, amara):
    add(paper, amara, "my paper.txt")
    submission = give(amara, "")
    file = submission.files.get()

    page = as_amara.get(submission.get_absolute_url())
    reply = as_amara.get(address("receipt-file", paper, submission.receipt, 1))

    assert file.sha256 in page.text
    assert "my paper.txt" in page.text
    assert "SHA-256 of the text" not in page.text
    assert b"".join(reply.streaming_content) == STORY
    assert is_inert(reply)


def test_a_draft_file_that_was_taken_out_is_not_given_back(as_amara, paper, amara):
    mine = add(paper, amara)
    as_amara.post(address("file-remove", paper, mine.pk), {"part": "files"})

    assert as_amara.get(address("file-read", paper, mine.pk)).status_code == 404


# --- the desk -------------------------------------------------------------------------------------------------------


@pytest.fixture
def handed_in(give, paper, amara):
    """A document, a picture and a table, without a text."""
    add(paper, amara, "story.docx", make.office("docx", main=make.word_xml("&lt;b&gt;Bold&lt;/b&gt; neighbours")))
    add(paper, amara, "photo.jpg", make.photograph())
    add(paper, amara, "table.xlsx", make.office("xlsx"))
    return give(amara, "")


def desk(name, submission, *more):
    return reverse(f"assignments:{name}", args=[submission.assignment.session.slug, submission.pk, *more])


def as_user(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_reader_has_text_and_picture_beside_the_rubric(handed_in, fellow):
    reply = as_user(fellow).get(desk("desk-paper", handed_in))

    page = html(reply)
    assert page.select_one(".paper-file-text").text.strip() == "<b>Bold</b> neighbours"
    assert "&lt;b&gt;Bold" in reply.text
    assert page.select_one("img.paper-picture")["src"] == desk("desk-file-shown", handed_in, 2)
    assert [link.text for link in page.select(".paper-file-name a")] == ["story.docx", "photo.jpg", "table.xlsx"]


def test_the_reader_is_shown_the_copy_and_downloads_the_original(handed_in, fellow):
    client = as_user(fellow)

    shown = client.get(desk("desk-file-shown", handed_in, 2))
    original = client.get(desk("desk-file", handed_in, 2))

    assert shown["Content-Type"] == "image/jpeg"
    assert shown["Content-Disposition"].startswith("inline")
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"Secretphone" not in b"".join(shown.streaming_content)
    assert b"".join(original.streaming_content) == make.photograph()
    assert is_inert(original)


def test_each_look_at_a_file_is_recorded(handed_in, fellow):
    list(as_user(fellow).get(desk("desk-file", handed_in, 1)).streaming_content)

    entry = Entry.objects.about(handed_in).get(verb="read a paper")
    assert (entry.actor, entry.after["file"]) == (fellow, "story.docx")


def test_what_is_no_picture_is_not_shown(handed_in, fellow):
    assert as_user(fellow).get(desk("desk-file-shown", handed_in, 1)).status_code == 404


def test_a_director_fetches_a_file_only_after_writing_why(handed_in, director):
    client = as_user(director)
    assert client.get(desk("desk-file", handed_in, 1)).status_code == 404

    open_paper(submission=handed_in, reason="A complaint", actor=director, now=WEEK_3)

    reply = client.get(desk("desk-file", handed_in, 1))
    assert reply.status_code == 200
    list(reply.streaming_content)


def test_nobody_else_fetches_a_file(handed_in, paper, jack, outsider, loa, coordinator, operator):
    other = cast.make_user("Another Fellow")
    cast.make_section(loa, other, name="Section B")
    for user in (jack.user, outsider.user, other, coordinator, operator):
        client = as_user(user)
        for url in (desk("desk-file", handed_in, 1), desk("desk-file-shown", handed_in, 2)):
            assert client.get(url).status_code in (403, 404), user
        assert client.get(address("receipt-file", paper, handed_in.receipt, 1)).status_code in (403, 404), user


def test_nobody_but_the_writer_fetches_a_file_of_a_draft(paper, amara, jack, fellow, head_fellow, chair, director):
    mine = add(paper, amara)

    for user in (jack.user, fellow, head_fellow, chair, director):
        assert as_user(user).get(address("file-read", paper, mine.pk)).status_code in (403, 404), user


# --- queries --------------------------------------------------------------------------------------------------------


def test_pages_cost_the_same_whatever_the_number_of_files(
    as_amara, give, paper, amara, fellow, django_assert_max_num_queries, django_assert_num_queries
):
    counts = set()
    for number in range(3):
        add(paper, amara, f"{number}.txt", str(number).encode())
        submission = give(amara, TEXT, at=WEEK_3 + cast.timedelta(minutes=number))
        reader = as_user(fellow)
        pages = (
            (as_amara, paper.get_absolute_url(), 8),
            (as_amara, submission.get_absolute_url(), 8),
            (reader, desk("desk-paper", submission), 10 + 3),  # of which three record the look
        )
        found = []
        for client, url, most in pages:
            client.get(url)
            with django_assert_max_num_queries(most) as queries:
                client.get(url)
            found.append(len(queries))
        counts.add(tuple(found))

    assert len(counts) == 1, counts


def test_the_bytes_of_a_paper_lie_on_the_disk_once_whoever_brings_them(paper, amara, jack):
    mine, his = add(paper, amara), add(paper, jack)

    assert mine.stored == his.stored
    with open_file(his.stored) as file:
        assert file.read() == STORY
