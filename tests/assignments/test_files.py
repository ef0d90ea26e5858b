"""Files of drafts and papers: kept once, handed in with the text in one transaction, never changed afterwards."""

import io
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from assignments.models import Assignment, Draft, DraftFile, Submission, SubmissionFile
from assignments.services import AssignmentClosed, EmptyText, NotTheWriter, add_file, hand_in, remove_file
from audit.models import Entry
from files.admission import Refused
from files.inspection import clean_files, inspect_files
from files.models import StoredFile
from files.services import open_file
from notifications import sender
from notifications.models import Notice
from tests.cast import WEEK_3
from tests.files import building as make

HOUR = timedelta(hours=1)
STORY = b"I asked ten neighbours."


@pytest.fixture(autouse=True)
def files_dir(settings, tmp_path):
    settings.STORED_FILES_DIR = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def paper(paper):
    """Takes a text, three files, or both."""
    paper.takes_text, paper.most_files, paper.most_megabytes = Assignment.TakesText.OPTIONAL, 3, 1
    paper.save()
    return paper


def add(paper, enrollment, content=None, name="paper.txt", *, actor=None, at=WEEK_3):
    return add_file(
        assignment=paper,
        enrollment=enrollment,
        content=io.BytesIO(STORY if content is None else content),
        name=name,
        actor=actor or enrollment.user,
        now=at,
    )


def names():
    return [file.name for file in DraftFile.objects.current()]


def test_a_file_is_kept_beside_the_draft_as_it_came(paper, amara):
    added = add(paper, amara, make.photograph(), "my photo.JPG")

    assert (added.name, added.kind, added.position, added.added_at) == ("my photo.JPG", "jpg", 1, WEEK_3)
    with open_file(added.stored) as file:
        assert file.read() == make.photograph()
    with open_file(added.shown) as file:
        assert b"Secretphone" not in file.read()
    draft = Draft.objects.get()
    assert (draft.text, draft.revision, draft.has_waiting_files) == ("", 0, True)
    assert list(Draft.objects.not_handed_in()) == [draft]


def test_the_same_bytes_again_are_the_file_that_is_there(paper, amara):
    first = add(paper, amara)

    assert add(paper, amara, name="the same once more.txt") == first
    assert names() == ["paper.txt"]


def test_two_files_of_one_name_are_told_apart(paper, amara):
    add(paper, amara, b"one")
    add(paper, amara, b"two", "Paper.txt")

    assert names() == ["paper.txt", "Paper (2).txt"]


def test_no_more_files_are_taken_than_the_assignment_says(paper, amara):
    first = next(iter([add(paper, amara, str(number).encode()) for number in range(3)]))

    with pytest.raises(Refused, match="at most 3 files are taken here: take another one out first"):
        add(paper, amara, b"four", "four.txt")

    remove_file(file=first, actor=amara.user, now=WEEK_3)
    add(paper, amara, b"four", "four.txt")
    assert len(names()) == 3


@pytest.mark.parametrize(
    ("fields", "content", "said"),
    [
        ({"most_files": 0, "takes_text": "required"}, None, "this work takes no files"),
        ({}, b"x" * (1024 * 1024 + 1), "at most 1 MB are taken"),
        ({}, b"", "is empty"),
    ],
)
def test_what_is_refused_leaves_nothing(paper, amara, files_dir, fields, content, said):
    Assignment.objects.filter(pk=paper.pk).update(**fields)
    paper.refresh_from_db()

    with pytest.raises(Refused, match=said):
        add(paper, amara, content)

    assert not Draft.objects.exists()
    assert not StoredFile.objects.exists()
    assert not [path for path in files_dir.rglob("*") if path.is_file()]


def test_nobody_adds_to_or_takes_from_another_persons_draft(paper, amara, jack, fellow):
    mine = add(paper, amara)

    for other in (jack.user, fellow):
        with pytest.raises(NotTheWriter):
            add(paper, amara, b"two", actor=other)
        with pytest.raises(NotTheWriter):
            remove_file(file=mine, actor=other, now=WEEK_3)

    assert names() == ["paper.txt"]


def test_whoever_withdrew_adds_nothing_more(paper, amara):
    amara.status = amara.Status.WITHDRAWN
    amara.save()

    with pytest.raises(Refused, match="no longer takes work"):
        add(paper, amara)


def test_a_transaction_that_falls_between_bytes_and_row_leaves_nothing_half(paper, amara):
    with transaction.atomic():
        add(paper, amara)
        transaction.set_rollback(True)

    assert not DraftFile.objects.exists()
    assert not StoredFile.objects.exists()
    findings = inspect_files(now=WEEK_3 + timedelta(days=40_000))
    assert len(findings.unowned) == 1
    assert clean_files(findings) == 1
    assert add(paper, amara).stored.size == len(STORY)


# --- handing in -----------------------------------------------------------------------------------------------------


def test_handing_in_takes_the_files_along(give, paper, amara):
    add(paper, amara, STORY, "one.txt")
    add(paper, amara, make.photograph(), "two.jpg")

    submission = give(amara, "And a text.")

    one, two = submission.files.all()
    assert (one.name, one.position, one.size, one.sha256) == (
        "one.txt", 1, len(STORY), sha256(STORY).hexdigest(),
    )  # fmt: skip
    assert "I asked ten neighbours" in one.text
    assert (two.name, two.shown is not None) == ("two.jpg", True)
    assert not Draft.objects.get().has_waiting_files
    assert not Draft.objects.not_handed_in().exists()
    assert Entry.objects.about(submission).get().after["files"] == [one.sha256, two.sha256]


def test_a_paper_with_files_needs_no_text(give, paper, amara):
    add(paper, amara)

    submission = give(amara, "")

    assert (submission.text, submission.words, submission.files.count()) == ("", 0, 1)


def test_where_a_text_is_needed_files_alone_are_not_enough(give, paper, amara):
    paper.takes_text = Assignment.TakesText.REQUIRED
    paper.save()
    add(paper, amara)

    with pytest.raises(EmptyText, match="write your text first"):
        give(amara, " ")

    assert give(amara, "A text.").files.count() == 1


def test_where_no_text_is_taken_a_file_is_and_what_was_written_stays_a_draft(give, write, paper, amara):
    write(amara, "Written before the rule changed")
    paper.takes_text = Assignment.TakesText.NO
    paper.save()

    with pytest.raises(EmptyText, match="add your file first"):
        give(amara, "Written before the rule changed")
    add(paper, amara)
    submission = give(amara, "Written before the rule changed")

    assert (submission.text, submission.files.count()) == ("", 1)
    assert Draft.objects.get().text == "Written before the rule changed"


def test_neither_text_nor_file_is_nothing(give, paper, amara):
    with pytest.raises(EmptyText, match="write your text or add a file first"):
        give(amara, "")


def test_the_same_post_twice_is_one_submission_with_its_files_once(give, paper, amara):
    key = uuid4()
    add(paper, amara)
    first = give(amara, "Text.", key=key)

    add(paper, amara)  # the post brings its file again
    again = give(amara, "Text.", key=key, at=WEEK_3 + HOUR)

    assert again == first
    assert SubmissionFile.objects.count() == Submission.objects.count() == 1
    assert Notice.objects.filter(kind="assignments.receipt").count() == 1


def test_the_same_text_with_another_file_is_another_attempt(give, paper, amara):
    key = uuid4()
    first = give(amara, "Text.", key=key)
    add(paper, amara)

    second = give(amara, "Text.", key=key)

    assert (first.files.count(), second.number, second.files.count()) == (0, 2, 1)


def test_what_was_handed_in_keeps_its_files_when_the_draft_goes_on(give, paper, amara):
    mine = add(paper, amara)
    first = give(amara, "")

    remove_file(file=mine, actor=amara.user, now=WEEK_3 + HOUR)
    add(paper, amara, b"better", "better.txt", at=WEEK_3 + HOUR)

    assert [file.name for file in first.files.all()] == ["paper.txt"]
    assert Draft.objects.get().has_waiting_files
    waiting = Assignment.objects.filter(pk=paper.pk).with_state_for(amara).get()
    assert waiting.own_draft_saved_at == WEEK_3 + HOUR
    second = give(amara, "", at=WEEK_3 + 2 * HOUR)
    assert [file.name for file in second.files.all()] == ["better.txt"]


def test_a_draft_with_the_files_that_were_handed_in_waits_for_nothing(give, paper, amara):
    mine = add(paper, amara)
    give(amara, "")

    remove_file(file=mine, actor=amara.user, now=WEEK_3)
    add(paper, amara)

    assert not Draft.objects.get().has_waiting_files


def test_what_comes_too_late_stays_with_the_draft(give, paper, amara):
    add(paper, amara)

    with pytest.raises(AssignmentClosed):
        give(amara, "", at=paper.closes_at + HOUR)

    assert names() == ["paper.txt"]
    assert not Submission.objects.exists()


def test_a_fall_at_the_end_of_handing_in_leaves_neither_paper_nor_files(paper, amara):
    add(paper, amara)

    with transaction.atomic():
        hand_in(assignment=paper, enrollment=amara, text="", key=uuid4(), actor=amara.user, now=WEEK_3)
        transaction.set_rollback(True)

    assert not SubmissionFile.objects.exists()
    assert Draft.objects.get().has_waiting_files


@pytest.mark.parametrize("statement", ["UPDATE {} SET name = 'other.txt'", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_what_was_handed_in(give, paper, amara, statement):
    add(paper, amara)
    give(amara, "")

    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(SubmissionFile._meta.db_table))


def test_the_mail_lists_each_file_with_its_size_and_hash(give, paper, amara):
    add(paper, amara, name="my paper.txt")
    submission = give(amara, "")

    sender.send_due(now=WEEK_3)

    [sent] = mail.outbox
    for part in (sent.body, sent.alternatives[0][0]):
        assert "my paper.txt" in part
        assert submission.files.get().sha256 in part
        assert "SHA-256 of your text" not in part
