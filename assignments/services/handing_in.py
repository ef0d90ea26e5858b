"""Handing in: once however often it is sent, in numbered attempts that nothing changes afterwards."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F

from accounts.models import User
from assignments import notices
from assignments.declared import Declared, is_link
from assignments.models import Assignment, Draft, DraftFile, KeptText, Submission, SubmissionAuthor
from assignments.services.allotting import allot_reader
from assignments.services.drafts import StaleDraft, content_of, save_draft
from assignments.services.files import hand_in_files, lock_draft
from assignments.services.prints import keep_print
from assignments.texts import count_words, fingerprint, is_blank
from audit.services import record
from cohorts.models import Enrollment
from core.windows import Window
from modules.models import Module
from modules.services import mark_done
from notifications import outbox

# Crockford's: nothing in it is taken for something else when it is read aloud.
RECEIPT_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class EmptyText(Exception):
    """Nothing was written, or added."""

    def __init__(self, assignment: Assignment) -> None:
        first = "write your text first" if assignment.needs_text else "write your text or add a file first"
        if assignment.takes_text == Assignment.TakesText.NO:
            first = "add your file first"
        super().__init__(f"There is nothing to hand in yet: {first}.")


class NotTaken(Exception):
    """Why it could not be handed in; the text is kept as `draft`, or beside it as `kept`."""

    draft: Draft | None = None
    kept: KeptText | None = None


class NotAffirmed(NotTaken):
    """The program's statement of honesty was not ticked, or it was another one that was."""

    def __init__(self) -> None:
        super().__init__("Read the statement below the text and tick it; then hand in again. What you wrote is kept.")


class BadLink(NotTaken):
    """An address that leads nowhere."""

    def __init__(self) -> None:
        super().__init__(
            "The address of your recording cannot be opened: copy it whole from the browser, beginning with https://. "
            "What you wrote is kept."
        )


class AssignmentClosed(NotTaken):
    """Work is no longer taken, or not yet."""

    def __init__(self, window: Window) -> None:
        self.window = window
        super().__init__("Handing in has closed. Your text is kept.")


class MayNotHandIn(NotTaken):
    """The person's place is not one from which work is handed in, or the module is not open for them."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Your text is kept.")


class NewerHandedIn(NotTaken):
    """Another text was handed in after the page was opened from which this one comes."""

    def __init__(self) -> None:
        super().__init__(
            "You have handed in another version since this page was opened. It counts, and the text that you sent now "
            "is kept beside it. If this one is to count, choose it and hand it in."
        )


def hand_in(
    *,
    assignment: Assignment,
    enrollment: Enrollment,
    text: str,
    key: UUID,
    based_on: int | None = None,
    declared: Declared | None = None,
    affirmed: str = "",
    actor: User,
    now: datetime,
) -> Submission:
    """Hand in a text with the files of its draft as the next attempt, or return what the same post gave before.

    `key` comes with the form; the same key with another text or other files (somebody went back and wrote on), or with
    something else declared beside it, is another attempt.
    `affirmed` is the fingerprint of the statement of honesty that was ticked; how it was ticked makes no other post.
    `based_on` is the revision of the draft that the text began from: a draft that went on elsewhere is left as it is,
    and one that was handed in from elsewhere since is not replaced.
    Locks the enrollment's row. Raises EmptyText, AssignmentClosed, MayNotHandIn, NewerHandedIn, NotAffirmed, BadLink;
    all but the first keep the text.
    """
    try:
        return _hand_in(assignment, enrollment, text, key, based_on, declared, affirmed, actor, now)
    except NotTaken as refusal:
        newest = Draft.objects.filter(assignment=assignment, enrollment=enrollment).first()
        began_from = based_on if based_on is not None else (newest.revision if newest else 0)
        try:
            refusal.draft = save_draft(
                assignment=assignment,
                enrollment=enrollment,
                text=text,
                declared=declared,
                based_on=began_from,
                actor=actor,
                now=now,
            )
        except StaleDraft as stale:
            refusal.draft, refusal.kept = stale.draft, stale.kept
        raise


@transaction.atomic
def _hand_in(
    assignment: Assignment,
    enrollment: Enrollment,
    text: str,
    key: UUID,
    based_on: int | None,
    said: Declared | None,
    affirmed: str,
    actor: User,
    now: datetime,
) -> Submission:
    declared = _as_asked(said or Declared(), assignment)
    place = Enrollment.objects.select_for_update(of=("self",), no_key=True).get(pk=enrollment.pk)
    files = _files_to_hand_in(assignment, place, text, declared, now)
    handed_in_text = "" if assignment.takes_text == Assignment.TakesText.NO else text
    content = fingerprint(handed_in_text) + "".join(sorted(file.stored.sha256 for file in files)) + declared.fingerprint
    post = uuid5(key, f"{assignment.pk} {content}")
    if same := Submission.objects.filter(enrollment=place, assignment=assignment, key=post).first():
        return same
    window = _open_window(assignment, place, actor, now)
    _check_is_newest(assignment, place, content_of(text, said), based_on)
    _check_declared(declared, assignment, affirmed)
    submission = Submission(
        assignment=assignment,
        enrollment=enrollment,
        text=handed_in_text,
        honesty=assignment.session.honesty,
        **asdict(declared),
        handed_in_at=now,
        handed_in_by=actor,
        key=post,
    )
    add_attempt(submission, window, files, now)
    _note_in_draft(submission, content_of(text, said), based_on, now)
    return submission


def add_attempt(submission: Submission, window: Window, files: Sequence[DraftFile], now: datetime) -> None:
    """Make it the attempt that counts, with its author, files, receipt and reader. In the caller's transaction, which
    has locked the enrollment's row and asked whether it may be."""
    assignment, place = submission.assignment, submission.enrollment
    previous = Submission.objects.counting().filter(assignment=assignment, enrollment=place).first()
    if previous is not None:
        Submission.objects.filter(pk=previous.pk).update(superseded_at=now)
    submission.number = previous.number + 1 if previous else 1
    submission.words, submission.sha256 = count_words(submission.text), fingerprint(submission.text)
    submission.prompt = assignment.prompt
    submission.receipt = new_receipt(assignment.session.program.code)
    submission.save(force_insert=True)
    author = SubmissionAuthor.objects.create(
        submission=submission,
        enrollment=place,
        due_at=window.due_at or assignment.due_at,
        late_by=window.lateness(submission.handed_in_at),
        provenance="; ".join(window.provenance)[:300],
    )
    hand_in_files(submission, files)
    keep_print(submission, [file.text for file in files])
    mark_done(item=assignment.item, enrollment=place, now=now)
    _record(submission, author, files, now)
    outbox.enqueue(notices.receipt(submission), now=now)
    allot_reader(submission=submission, previous=previous, now=now)


def _as_asked(declared: Declared, assignment: Assignment) -> Declared:
    """Without what this work does not ask for."""
    return replace(
        declared,
        commitment=declared.commitment if assignment.takes_commitment else "",
        help_used=declared.help_used if assignment.session.honesty else "",
        link=declared.link.strip() if assignment.takes_link else "",
    )


def _check_declared(declared: Declared, assignment: Assignment, affirmed: str) -> None:
    if declared.link and not is_link(declared.link):
        raise BadLink
    if assignment.session.honesty and affirmed != fingerprint(assignment.session.honesty):
        raise NotAffirmed


def _files_to_hand_in(
    assignment: Assignment, place: Enrollment, text: str, declared: Declared, now: datetime
) -> list[DraftFile]:
    """The files of the draft, which stays locked so that none comes or goes meanwhile. Raises EmptyText."""
    files: list[DraftFile] = []
    if assignment.takes_files:
        draft = lock_draft(assignment, place, now)
        files = list(DraftFile.objects.current().filter(draft=draft).select_related("stored"))
    takes_no_text = assignment.takes_text == Assignment.TakesText.NO
    if (takes_no_text or is_blank(text)) and (assignment.needs_text or not (files or declared.link)):
        raise EmptyText(assignment)
    return files


def _open_window(assignment: Assignment, place: Enrollment, actor: User, now: datetime) -> Window:
    """The window, if this person may hand this in now."""
    if place.session_id != assignment.session_id or place.user_id != actor.pk:
        raise MayNotHandIn("This is not your assignment.")
    if not place.may_hand_in:
        raise MayNotHandIn(f"Your place in this program is “{place.get_status_display().lower()}”.")
    if not Module.objects.filter(pk=assignment.item.module_id).with_opening_for(place).open(now).exists():
        raise MayNotHandIn("This part of the program is not open for you.")
    window = assignment.window_for(place)
    if not window.accepts(now):
        raise AssignmentClosed(window)
    return window


def _check_is_newest(assignment: Assignment, place: Enrollment, content: dict[str, str], based_on: int | None) -> None:
    """Refuse an old page, such as one that the Back button brought back, what would replace a newer attempt."""
    if based_on is None:
        return
    newer = Draft.objects.filter(assignment=assignment, enrollment=place, revision__gt=based_on)
    if newer.filter(handed_in_revision=F("revision")).exclude(**content).exists():
        raise NewerHandedIn


def _note_in_draft(submission: Submission, content: dict[str, str], based_on: int | None, now: datetime) -> None:
    """Let the draft say that its text is handed in; one that went on elsewhere stays, as newer than what was."""
    drafts = Draft.objects.filter(assignment=submission.assignment_id, enrollment=submission.enrollment_id)
    # All its files were handed in, whatever becomes of its text.
    drafts.filter(has_waiting_files=True).update(has_waiting_files=False)
    draft = lock_draft(submission.assignment, submission.enrollment, now)
    if submission.assignment.takes_text == Assignment.TakesText.NO:
        content = {**content, "text": draft.text}
    if any(getattr(draft, name) != value for name, value in content.items()):
        if based_on not in (None, draft.revision):
            return
        for name, value in content.items():
            setattr(draft, name, value)
        draft.revision, draft.saved_at = draft.revision + 1, now
    draft.handed_in_revision = draft.revision
    draft.save()


def _record(submission: Submission, author: SubmissionAuthor, files: Sequence[DraftFile], now: datetime) -> None:
    record(
        actor=submission.handed_in_by,
        verb="handed in" if submission.entered_at is None else "handed in for somebody",
        on=submission,
        reason=submission.entered_note,
        after={
            "receipt": submission.receipt,
            "attempt": submission.number,
            "words": submission.words,
            **({"files": [file.stored.sha256 for file in files]} if files else {}),
            "quoting": submission.quoting,
            "due_at": author.due_at,
            "late_by": author.late_by,
            **({"arrived_at": submission.handed_in_at} if submission.entered_at else {}),
        },
        scope=submission.assignment.session.scope,
        now=now,
    )


def new_receipt(code: str) -> str:
    """A number that can be read aloud and says nothing: "LOA-7K3M-92QF"."""
    letters = "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(8))
    return f"{code}-{letters[:4]}-{letters[4:]}"
