"""What came by other ways is handed in by staff, at the instant at which it really arrived."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from assignments.models import Assignment, Draft, Submission, SubmissionAuthor
from assignments.services import EmptyText, MayNotExtend, NotTakenFor, hand_in_for
from audit.models import Entry
from cohorts.models import Enrollment
from notifications import sender
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3

TEXT = "I wrote this by candlelight."
NOTE = "By e-mail; the net was down"
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def enter(paper, amara, fellow):
    def _enter(place=amara, *, arrived_at=WEEK_3, now=None, actor=fellow, assignment=paper, key=None, **fields):
        fields.setdefault("text", TEXT)
        return hand_in_for(
            assignment=assignment,
            enrollment=place,
            arrived_at=arrived_at,
            note=NOTE,
            key=key or uuid4(),
            actor=actor,
            now=now or arrived_at + timedelta(days=1),
            **fields,
        )

    return _enter


def lateness(submission):
    return SubmissionAuthor.objects.get(submission=submission).late_by


def test_it_counts_from_when_it_arrived_and_says_who_handed_it_in(enter, paper, fellow, amara):
    submission = enter(arrived_at=paper.due_at + MINUTE - SECOND)

    assert submission.handed_in_at == paper.due_at + MINUTE - SECOND
    assert lateness(submission) is None
    assert (submission.handed_in_by, submission.entered_note) == (fellow, NOTE)
    assert submission.readers.get().user == fellow
    entry = Entry.objects.about(submission).get(verb="handed in for somebody")
    assert (entry.actor, entry.reason) == (fellow, NOTE)


def test_it_is_late_by_when_it_arrived(enter, paper):
    assert lateness(enter(arrived_at=paper.due_at + timedelta(hours=3))) == timedelta(hours=3)


def test_an_answer_is_promised_from_when_it_was_entered(enter, paper):
    """Seen failing: counted from its arrival, it was promised for a day that had passed."""
    Assignment.objects.update(feedback_days=7)
    entered_at = paper.due_at + timedelta(days=10)

    submission = enter(arrived_at=paper.due_at - MINUTE, now=entered_at)

    promised = Submission.objects.with_promise().get(pk=submission.pk).promised_at
    assert promised == paper.due_at + timedelta(days=17)


def test_the_person_gets_the_receipt_by_mail_and_on_the_page(enter, client, time_machine, amara):
    submission = enter()
    sender.send_due(now=WEEK_3 + timedelta(days=1))

    [receipt] = [one for one in mail.outbox if amara.user.email in one.to[0]]
    assert submission.receipt in receipt.body
    assert f"Milica Petrović handed it in for you: {NOTE}" in receipt.body
    time_machine.move_to(WEEK_3 + timedelta(days=1), tick=False)
    client.force_login(amara.user)
    page = client.get(submission.get_absolute_url()).content.decode()
    assert "Milica Petrović handed it in for you" in page
    assert NOTE in page


def test_their_draft_stays_as_it_is(enter, write, amara):
    write(amara, "What I was writing")
    enter()

    draft = Draft.objects.get()
    assert (draft.text, draft.handed_in_revision) == ("What I was writing", None)


def test_their_draft_is_no_reason_for_a_reminder_until_they_write_on(enter, write, amara, paper):
    write(amara, "Begun")
    entered_at = WEEK_3 + timedelta(days=1)
    assert waits(paper, amara)

    enter(now=entered_at)
    assert not waits(paper, amara)

    write(amara, "Begun again", based_on=1, at=entered_at + MINUTE)
    assert waits(paper, amara)


def waits(paper, enrollment):
    row = Assignment.objects.with_state_for(enrollment).get(pk=paper.pk)
    return row.own_draft_saved_at is not None


def test_the_same_form_twice_is_one_paper(enter):
    key = uuid4()
    assert enter(key=key).receipt == enter(key=key).receipt
    assert Submission.objects.count() == 1
    assert Notice.objects.filter(kind="assignments.receipt").count() == 1


def test_an_earlier_attempt_stays_and_a_newer_one_is_not_replaced(enter, give, amara):
    give(amara, "The first.", at=WEEK_3)
    second = enter(arrived_at=WEEK_3 + timedelta(hours=1))
    assert second.number == 2
    assert Submission.objects.counting().get() == second

    with pytest.raises(NotTakenFor, match="something newer"):
        enter(arrived_at=WEEK_3 + timedelta(minutes=5))


@pytest.mark.parametrize("wrong", ["the future", "before it was open", "after closing"])
def test_an_instant_that_cannot_be_is_refused(enter, paper, module, wrong):
    fields = {
        "the future": {"arrived_at": WEEK_3 + SECOND, "now": WEEK_3},
        "before it was open": {"arrived_at": module.releases_at - SECOND},
        "after closing": {"arrived_at": paper.closes_at + MINUTE},
    }[wrong]

    with pytest.raises(NotTakenFor):
        enter(**fields)
    assert not Submission.objects.exists()


def test_who_may_hand_in_for_whom(enter, loa, amara, chair, coordinator, director, head_fellow):
    elsewhere = cast.enroll(cast.make_user("Bo Lind"), loa, section=cast.make_section(loa, name="Section B"))
    for stranger in (chair, coordinator, amara.user):
        with pytest.raises(NotTakenFor):
            enter(actor=stranger)
    with pytest.raises(MayNotExtend):
        enter(elsewhere)
    assert enter(elsewhere, actor=head_fellow).number == 1
    assert enter(actor=director).number == 1


def test_nothing_is_handed_in_for_somebody_who_withdrew_and_nothing_empty(enter, amara):
    with pytest.raises(EmptyText):
        enter(text=" \n")
    Enrollment.objects.filter(pk=amara.pk).update(status=Enrollment.Status.WITHDRAWN)
    with pytest.raises(NotTakenFor, match="withdrawn"):
        enter()


def test_a_file_that_came_by_mail_is_handed_in_with_its_fingerprint(enter, module):
    paper = cast.make_assignment(module, title="Essay", takes_text="optional", most_files=1)
    submission = enter(assignment=paper, text="", files=[(BytesIO(b"By candlelight."), "paper.txt")])

    assert [(file.name, file.size) for file in submission.files.all()] == [("paper.txt", 15)]
    with pytest.raises(NotTakenFor, match="At most 1"):
        enter(assignment=paper, arrived_at=WEEK_3 + SECOND, files=[(BytesIO(b"a"), "a.txt"), (BytesIO(b"b"), "b.txt")])


def test_work_without_files_takes_none(enter):
    with pytest.raises(NotTakenFor, match="takes no files"):
        enter(files=[(BytesIO(b"a"), "a.txt")])


def test_the_database_refuses_what_was_entered_before_it_came(enter):
    submission = enter()
    submission.pk, submission.receipt, submission.number, submission.key = None, "LOA-1", 9, uuid4()
    submission.entered_at = submission.handed_in_at - SECOND
    submission.superseded_at = WEEK_3
    with pytest.raises(IntegrityError, match="submission_entered_after_it_came"), transaction.atomic():
        submission.save(force_insert=True)


def test_it_is_handed_in_on_the_desk(client, time_machine, loa, paper, amara, fellow):
    time_machine.move_to(WEEK_3, tick=False)
    client.force_login(fellow)
    address = reverse("assignments:desk-hand-in", args=[loa.slug])
    sent = {
        "assignment": paper.pk,
        "enrollment": amara.pk,
        "on_date": "2027-02-17",
        "at_time": "08:00",
        "text": TEXT,
        "note": NOTE,
        "key": str(uuid4()),
    }
    future = client.post(address, sent | {"at_time": "13:00"})
    assert future.status_code == 422
    assert TEXT in future.content.decode()
    with_file = client.post(address, sent | {"attached": SimpleUploadedFile("a.txt", b"a")})
    assert "takes no files" in with_file.content.decode()

    answer = client.post(address, sent, follow=True)

    submission = Submission.objects.get()
    assert submission.receipt in answer.content.decode()
    assert submission.handed_in_at == WEEK_3 - timedelta(hours=4)


def test_a_file_is_as_large_as_the_work_takes_and_no_larger(
    client, time_machine, loa, paper, amara, fellow, settings, tmp_path
):
    settings.STORED_FILES_DIR = tmp_path / "files"
    time_machine.move_to(WEEK_3, tick=False)
    small = cast.make_assignment(paper.item.module, title="Small", most_files=1, most_megabytes=1)
    large = cast.make_assignment(paper.item.module, title="Large", most_files=1, most_megabytes=12)
    client.force_login(fellow)
    address = reverse("assignments:desk-hand-in", args=[loa.slug])
    sent = {
        "enrollment": amara.pk, "on_date": "2027-02-17", "at_time": "08:00", "text": TEXT, "note": NOTE,
    }  # fmt: skip

    def enter(assignment, megabytes):
        file = SimpleUploadedFile("a.txt", b"words and words\n" * (megabytes * 65536))
        return client.post(address, sent | {"assignment": assignment.pk, "key": str(uuid4()), "attached": file})

    for assignment, megabytes in ((small, 2), (large, 13)):
        refused = enter(assignment, megabytes)
        assert refused.status_code == 422
        assert f"at most {assignment.most_megabytes} MB are taken" in refused.content.decode()
        assert TEXT in refused.content.decode()
    assert not Submission.objects.exists()
    assert enter(large, 11).status_code == 302
    assert Submission.objects.get(assignment=large).files.get().size == 11 * 1024 * 1024
