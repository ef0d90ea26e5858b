"""Files of a draft: added, taken out, and handed in with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import IO

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from assignments.models import Assignment, Draft, DraftFile, Submission, SubmissionFile
from assignments.services.drafts import NotTheWriter
from cohorts.models import Enrollment
from files.admission import Admitted, Refused, admit
from files.models import StoredFile
from files.services import store_file


def add_file(
    *, assignment: Assignment, enrollment: Enrollment, content: IO[bytes], name: str, actor: User, now: datetime
) -> DraftFile:
    """Look through a file and put it beside the draft; the same bytes again are the file that is there.

    Its bytes are on the disk before its row, which stands or falls with that of the draft. Locks the draft's row.
    Raises `files.admission.Refused`, `files.services.NoRoom`, NotTheWriter.
    """
    if enrollment.user_id != actor.pk:
        raise NotTheWriter
    if not enrollment.may_hand_in:
        raise Refused(name, "cannot be added, because your place in this program no longer takes work.")
    if not assignment.takes_files:
        raise Refused(name, "cannot be added, because this work takes no files: write it as a text.")
    found = admit(content, name, groups=assignment.file_groups, most_bytes=assignment.most_bytes)
    return _keep(assignment, enrollment, content, found, now)


@transaction.atomic
def _keep(
    assignment: Assignment, enrollment: Enrollment, content: IO[bytes], found: Admitted, now: datetime
) -> DraftFile:
    stored = store_file(content=content, content_type=found.kind.content_type, name=found.name, now=now)
    draft = lock_draft(assignment, enrollment, now)
    there = list(DraftFile.objects.current().filter(draft=draft))
    if same := next((one for one in there if one.stored_id == stored.pk), None):
        return same
    if len(there) >= assignment.most_files:
        raise Refused(found.name, too_many(assignment.most_files))
    last = DraftFile.objects.filter(draft=draft).aggregate(last=Max("position"))["last"] or 0
    added = DraftFile.objects.create(
        draft=draft,
        stored=stored,
        shown=_store_shown(found, now),
        name=_unused(found.name, {one.name.lower() for one in there}),
        kind=found.kind.key,
        text=found.text,
        position=last + 1,
        added_at=now,
    )
    _note_change(draft, now)
    return added


def _store_shown(found: Admitted, now: datetime) -> StoredFile | None:
    return store_file(content=found.shown, content_type="image/jpeg", now=now) if found.shown else None


def _unused(name: str, used: set[str]) -> str:
    """Two files of one name are told apart: "paper (2).pdf"."""
    stem, _, ending = name.rpartition(".")
    number, free = 1, name
    while free.lower() in used:
        number += 1
        free = f"{stem[:140]} ({number}).{ending}"
    return free


def too_many(most: int) -> str:
    """That there are as many as can be; reads on after a name."""
    files = "one file is" if most == 1 else f"{most} files are"
    return f"was not added, because at most {files} taken here: take another one out first, or put them together."


def keep_files(assignment: Assignment, brought: Sequence[tuple[IO[bytes], str]], now: datetime) -> list[DraftFile]:
    """Look through files that come without a draft and store them: rows for `hand_in_files`, themselves not saved.

    Raises as `add_file` does.
    """
    kept: list[DraftFile] = []
    for content, name in brought:
        found = admit(content, name, groups=assignment.file_groups, most_bytes=assignment.most_bytes)
        stored = store_file(content=content, content_type=found.kind.content_type, name=found.name, now=now)
        if not any(one.stored_id == stored.pk for one in kept):
            kept.append(
                DraftFile(
                    stored=stored,
                    shown=_store_shown(found, now),
                    name=_unused(found.name, {one.name.lower() for one in kept}),
                    kind=found.kind.key,
                    text=found.text,
                )
            )
    return kept


@transaction.atomic
def remove_file(*, file: DraftFile, actor: User, now: datetime) -> None:
    """Take a file out of its draft; what was handed in keeps it. Safe to call twice. Raises NotTheWriter."""
    draft = Draft.objects.select_for_update(of=("self",)).select_related("enrollment").get(pk=file.draft_id)
    if draft.enrollment.user_id != actor.pk:
        raise NotTheWriter
    if DraftFile.objects.current().filter(pk=file.pk).update(removed_at=now):
        _note_change(draft, now)


def lock_draft(assignment: Assignment, enrollment: Enrollment, now: datetime) -> Draft:
    """The draft, begun if need be; its files stay as they are until the end of the transaction."""
    mine = Draft.objects.filter(assignment=assignment, enrollment=enrollment)
    if not mine.exists():
        Draft.objects.bulk_create(
            [Draft(assignment=assignment, enrollment=enrollment, saved_at=now)], ignore_conflicts=True
        )
    return mine.select_for_update().get()


def _note_change(draft: Draft, now: datetime) -> None:
    """Let the draft say whether its files are others than those that were handed in."""
    now_there = DraftFile.objects.current().filter(draft=draft).values_list("stored", flat=True)
    counting = Submission.objects.counting().filter(assignment=draft.assignment_id, enrollment=draft.enrollment_id)
    handed_in = SubmissionFile.objects.filter(submission__in=counting).values_list("stored", flat=True)
    draft.has_waiting_files = bool(now_there) and set(now_there) != set(handed_in)
    draft.saved_at = now
    draft.save(update_fields=["has_waiting_files", "saved_at"])


def hand_in_files(submission: Submission, files: Sequence[DraftFile]) -> None:
    """Make the files of the draft those of the submission, in their order."""
    SubmissionFile.objects.bulk_create(
        SubmissionFile(
            submission=submission,
            stored=file.stored,
            shown_id=file.shown_id,
            name=file.name,
            kind=file.kind,
            text=file.text,
            position=position,
            size=file.stored.size,
            sha256=file.stored.sha256,
        )
        for position, file in enumerate(files, start=1)
    )
