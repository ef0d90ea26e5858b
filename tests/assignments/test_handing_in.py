from datetime import timedelta
from email.header import decode_header, make_header
from email.utils import parseaddr
from hashlib import sha256
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from assignments.models import Draft, KeptText, Reader, Submission, SubmissionAuthor
from assignments.services import AssignmentClosed, EmptyText, MayNotHandIn, NewerHandedIn, settle_kept_text
from assignments.texts import count_words
from audit.models import Entry
from cohorts.models import Enrollment
from core.windows import hours
from modules.models import ItemProgress
from notifications import sender
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
TEXT = "I asked ten neighbours, and learnt to wait."


def test_a_receipt_says_what_arrived_and_when(give, amara, paper, fellow):
    submission = give(amara, TEXT)

    assert submission.receipt.startswith("LOA-")
    assert (submission.number, submission.handed_in_at, submission.words) == (1, WEEK_3, 8)
    assert submission.sha256 == sha256(TEXT.encode()).hexdigest()
    author = submission.authors.get()
    assert (author.enrollment, author.due_at, author.late_by) == (amara, paper.due_at, None)
    assert author.provenance == "week 3, Sunday, 23:59"


def test_everything_that_follows_is_there_at_once(give, amara, paper, fellow):
    submission = give(amara, TEXT)

    assert Reader.objects.get(submission=submission).user == fellow
    assert ItemProgress.objects.get(item=paper.item, enrollment=amara).done_at == WEEK_3
    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient, notice.object_id) == ("assignments.receipt", amara.user, submission.pk)
    entry = Entry.objects.about(submission).get()
    assert (entry.actor, entry.verb, entry.after["receipt"]) == (amara.user, "handed in", submission.receipt)
    assert TEXT not in str(entry.after)
    draft = Draft.objects.get()
    assert (draft.text, draft.handed_in_revision) == (TEXT, draft.revision)


@pytest.mark.parametrize(
    ("address", "named", "answered_by"),
    [
        ("milica@петровић.example", "Milica Petrović", "milica@xn--b1afkwdhn8r.example"),
        ("милица@example.org", "", "loa@example.org"),
    ],
)
def test_a_receipt_arrives_whatever_script_its_readers_address_is_in(
    give, amara, fellow, loa, address, named, answered_by
):
    fellow.email = address
    fellow.save()
    loa.office_email = "loa@example.org"
    loa.save()
    give(amara)

    sender.send_due(now=WEEK_3)

    [letter] = mail.outbox
    name, address = parseaddr(letter.reply_to[0])
    assert (str(make_header(decode_header(name))), address) == (named, answered_by)


def test_a_paper_keeps_the_prompt_that_it_answered(give, amara, paper):
    submission = give(amara)
    paper.prompt = "Another question?"
    paper.save()

    assert Submission.objects.get(pk=submission.pk).prompt.startswith("What did you try")


def test_the_same_post_twice_is_one_submission_and_one_receipt(give, amara):
    key = uuid4()
    first = give(amara, key=key)

    again = give(amara, key=key, at=WEEK_3 + MINUTE)

    assert again == first
    assert Submission.objects.count() == Notice.objects.count() == Reader.objects.count() == 1


def test_the_same_post_gives_its_receipt_even_after_closing(give, amara, paper):
    key = uuid4()
    first = give(amara, key=key, at=paper.closes_at)

    assert give(amara, key=key, at=paper.closes_at + 2 * MINUTE) == first


def test_the_same_text_with_the_same_key_in_another_assignment_is_work_of_its_own(give, amara, module):
    key = uuid4()
    give(amara, key=key)

    other = give(amara, key=key, assignment=cast.make_assignment(module))

    assert (other.number, Submission.objects.counting().count()) == (1, 2)


def test_going_back_and_writing_on_is_another_attempt_though_the_form_bears_the_same_key(give, amara):
    key = uuid4()
    give(amara, "First thoughts.", key=key)

    second = give(amara, "Second thoughts.", key=key)

    assert (second.number, second.text) == (2, "Second thoughts.")


def test_an_old_page_does_not_replace_what_was_handed_in_since(give, write, amara):
    """The Back button brings back the page as it was before the last paragraph was written."""
    write(amara, "Half of it.")
    write(amara, "Half of it. The other half.", based_on=1)
    whole = give(amara, "Half of it. The other half.", based_on=2)

    with pytest.raises(NewerHandedIn) as refused:
        give(amara, "Half of it.", based_on=1, at=WEEK_3 + MINUTE)

    assert list(Submission.objects.all()) == [whole]
    assert Draft.objects.get().text == "Half of it. The other half."
    assert refused.value.kept.text == "Half of it."


def test_who_means_the_older_text_chooses_it_and_hands_it_in(give, write, amara):
    write(amara, "The first thought.")
    give(amara, "The second thought.", based_on=1)
    with pytest.raises(NewerHandedIn) as refused:
        give(amara, "The first thought.", based_on=1)

    draft = settle_kept_text(kept=refused.value.kept, is_chosen=True, actor=amara.user, now=WEEK_3)
    again = give(amara, draft.text, based_on=draft.revision)

    assert (again.number, again.text) == (2, "The first thought.")


def test_the_same_text_from_an_old_page_is_the_same_paper_and_a_draft_that_went_on_stays(give, write, amara):
    write(amara, "One.")
    give(amara, "One.", based_on=1)
    write(amara, "One. Two.", based_on=1)

    late = give(amara, "Another.", based_on=1)

    assert late.number == 2
    assert Draft.objects.get().text == "One. Two."


def test_a_new_attempt_takes_the_place_of_the_last_and_both_stay(give, amara):
    first = give(amara, "First thoughts.")
    second = give(amara, "Second thoughts.", at=WEEK_3 + MINUTE)

    first.refresh_from_db()
    assert (first.number, second.number) == (1, 2)
    assert (first.superseded_at, second.superseded_at) == (WEEK_3 + MINUTE, None)
    assert list(Submission.objects.counting()) == [second]


@pytest.mark.parametrize("extension", [None, {"by": hours(48)}, {"until_after": hours(30)}])
@pytest.mark.parametrize(
    ("moment", "late_by"),
    [(-SECOND, None), (timedelta(0), None), (59 * SECOND, None), (MINUTE, MINUTE), (hours(3), hours(3))],
)
def test_the_shown_minute_is_on_time_and_the_next_one_late(give, amara, paper, extension, moment, late_by):
    shift = timedelta(0)
    if extension:
        shift = extension.get("by") or extension["until_after"]
        cast.extend(paper, amara, by=extension.get("by"), until=None if "by" in extension else paper.due_at + shift)

    author = give(amara, at=paper.due_at + shift + moment).authors.get()

    assert (author.due_at, author.late_by) == (paper.due_at + shift, late_by)


@pytest.mark.parametrize("shift", [timedelta(0), hours(48)])
def test_work_is_taken_until_its_closing_minute_is_over_and_then_kept_as_a_draft(give, amara, paper, shift):
    if shift:
        cast.extend(paper, amara, by=shift)
    closes_at = paper.closes_at + shift
    give(amara, "In time.", at=closes_at + 59 * SECOND)

    with pytest.raises(AssignmentClosed) as closed:
        give(amara, "Too late.", at=closes_at + MINUTE)

    assert closed.value.draft.text == "Too late."
    assert Draft.objects.get().text == "Too late."
    assert [row.text for row in Submission.objects.all()] == ["In time."]


def test_what_comes_too_late_from_an_old_page_is_kept_beside_the_newer_draft(give, write, amara, paper):
    write(amara, "The newer draft")

    with pytest.raises(AssignmentClosed) as closed:
        give(amara, "From an old page", based_on=0, at=paper.closes_at + MINUTE)

    assert closed.value.draft.text == "The newer draft"
    assert closed.value.kept.text == "From an old page"


@pytest.mark.parametrize("text", ["", "   ", "\n\t\u00a0"])
def test_nothing_is_not_handed_in(give, amara, text):
    with pytest.raises(EmptyText, match="nothing to hand in"):
        give(amara, text)

    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "status",
    [
        Enrollment.Status.INVITED,
        Enrollment.Status.DEFERRED,
        Enrollment.Status.WITHDRAWN,
        Enrollment.Status.REMOVED,
        Enrollment.Status.COMPLETED,
        Enrollment.Status.NOT_COMPLETED,
    ],
)
def test_whoever_has_no_working_place_keeps_the_text_and_is_told_why(give, amara, status):
    Enrollment.objects.filter(pk=amara.pk).update(status=status)

    with pytest.raises(MayNotHandIn, match=status.label.lower()) as refusal:
        give(amara, TEXT)

    assert refusal.value.draft.text == TEXT
    assert not Submission.objects.exists()


def test_somebody_on_leave_may_hand_in(give, amara):
    Enrollment.objects.filter(pk=amara.pk).update(status=Enrollment.Status.ON_LEAVE)

    assert give(amara).number == 1


def test_an_observer_and_a_stranger_hand_nothing_in(give, loa, outsider, paper):
    observer = cast.enroll(cast.make_user("Olu Ade"), loa, kind=Enrollment.Kind.OBSERVER)
    for person in (observer, outsider):
        with pytest.raises(MayNotHandIn):
            give(person)

    assert not Submission.objects.exists()


def test_before_its_module_opens_nothing_is_taken(give, amara, module):
    with pytest.raises(MayNotHandIn, match="not open for you"):
        give(amara, at=module.releases_at - SECOND)


def test_handing_in_from_an_old_page_leaves_the_newer_draft_alone(give, write, amara):
    write(amara, "First")
    write(amara, "First and second", based_on=1)

    submission = give(amara, "First", based_on=1)

    assert submission.text == "First"
    draft = Draft.objects.get()
    assert (draft.text, draft.handed_in_revision) == ("First and second", None)
    assert Draft.objects.not_handed_in().exists()
    assert not KeptText.objects.exists()


def test_what_is_handed_in_from_the_newest_draft_waits_no_longer(give, write, amara):
    write(amara, "First")

    give(amara, "First and second", based_on=1)

    assert Draft.objects.get().text == "First and second"
    assert not Draft.objects.not_handed_in().exists()


def test_writing_on_after_handing_in_waits_again(give, write, amara):
    give(amara, "First")
    write(amara, "First and second", based_on=Draft.objects.get().revision)

    assert Draft.objects.not_handed_in().exists()


def test_a_failure_half_way_leaves_nothing_behind(give, amara, monkeypatch):
    def fail(**_):
        raise ZeroDivisionError

    monkeypatch.setattr("assignments.services.handing_in.allot_reader", fail)
    with pytest.raises(ZeroDivisionError):
        give(amara)

    for model in (Submission, SubmissionAuthor, Notice, ItemProgress, Entry):
        assert not model.objects.exists(), model


@pytest.mark.parametrize("change", ["text", "number", "handed_in_at", "key"])
def test_the_database_refuses_to_change_what_was_handed_in(give, amara, change):
    submission = give(amara)
    values = {"text": "Better words", "number": 9, "handed_in_at": WEEK_3 - MINUTE, "key": uuid4()}

    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(**{change: values[change]})
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        SubmissionAuthor.objects.filter(submission=submission).update(late_by=None)


def test_the_database_refuses_to_delete_or_unsupersede(give, amara):
    first = give(amara, "First")
    give(amara, "Second")

    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        Submission.objects.filter(pk=first.pk)._raw_delete("default")
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Submission.objects.filter(pk=first.pk).update(superseded_at=None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one", 1),
        ("I asked – and learnt.", 4),
        ("well-known don’t 3.5", 3),
        ("une année\u00a0: déjà\n\nfini", 4),
        ("— … ***", 0),
        ("नमस्ते दुनिया", 2),
    ],
)
def test_words_are_counted_as_people_count_them(text, words):
    assert count_words(text) == words
