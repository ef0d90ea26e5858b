"""Handing in for somebody what came by other ways: by mail, on paper, in a message from where there is no net."""

from collections.abc import Sequence
from datetime import datetime
from typing import IO
from uuid import UUID, uuid5

from django.db import transaction

from accounts.models import User
from accounts.roles import Perm
from assignments.models import Assignment, DraftFile, Submission
from assignments.services.extensions import check_section
from assignments.services.files import keep_files
from assignments.services.handing_in import EmptyText, add_attempt
from assignments.texts import is_blank
from cohorts.access import membership_of
from cohorts.models import Enrollment
from core.windows import Window
from modules.models import Module

# A file as it came: its bytes, and the name it bears.
Brought = tuple[IO[bytes], str]


class NotTakenFor(Exception):
    """Why it cannot be handed in for this person."""


@transaction.atomic
def hand_in_for(
    *,
    assignment: Assignment,
    enrollment: Enrollment,
    text: str = "",
    files: Sequence[Brought] = (),
    arrived_at: datetime,
    note: str,
    key: UUID,
    actor: User,
    now: datetime,
) -> Submission:
    """Hand in for somebody what arrived at `arrived_at`, by which it is on time or late; `note` says how it came.

    The person gets the receipt, which names who did it; their draft stays as it is. The same key again gives the same
    submission. Locks the enrollment's row. Raises NotTakenFor, EmptyText, MayNotExtend, `files.admission.Refused`.
    """
    place = Enrollment.objects.select_for_update(of=("self",), no_key=True).get(pk=enrollment.pk)
    place.user, place.session = enrollment.user, enrollment.session
    post = uuid5(key, "handed in for somebody")
    if same := Submission.objects.filter(enrollment=place, assignment=assignment, key=post).first():
        return same
    window = _check(assignment, place, arrived_at, actor, now)
    if assignment.takes_text == Assignment.TakesText.NO:
        text = ""
    kept = _kept(assignment, files, now)
    if is_blank(text) and (assignment.needs_text or not kept):
        raise EmptyText(assignment)
    submission = Submission(
        assignment=assignment,
        enrollment=place,
        text=text,
        handed_in_at=arrived_at,
        handed_in_by=actor,
        entered_at=now,
        entered_note=note,
        key=post,
    )
    add_attempt(submission, window, kept, now)
    return submission


def _kept(assignment: Assignment, files: Sequence[Brought], now: datetime) -> list[DraftFile]:
    if files and not assignment.takes_files:
        raise NotTakenFor("This work takes no files: paste the text.")
    if len(files) > assignment.most_files:
        raise NotTakenFor(f"At most {assignment.most_files} files are taken here.")
    return keep_files(assignment, files, now)


def _check(assignment: Assignment, place: Enrollment, arrived_at: datetime, actor: User, now: datetime) -> Window:
    if not membership_of(actor, assignment.session, now).may(Perm.HAND_IN_FOR_OTHERS) or place.user_id == actor.pk:
        raise NotTakenFor("Your role does not hand in for others.")
    check_section(assignment, [place], actor, now)
    if not place.may_hand_in:
        raise NotTakenFor(f"The place of {place.user} in this program is “{place.get_status_display().lower()}”.")
    if arrived_at > now:
        raise NotTakenFor("It cannot have arrived in the future.")
    module = Module.objects.filter(pk=assignment.item.module_id)
    if not module.with_opening_for(place).open(arrived_at).exists():
        raise NotTakenFor("It cannot have arrived before this part of the program was open for the person.")
    window = assignment.window_for(place)
    if not window.accepts(arrived_at):
        raise NotTakenFor("It arrived after handing in had closed. Give more time first, then hand it in.")
    newer = Submission.objects.filter(assignment=assignment, enrollment=place, handed_in_at__gte=arrived_at)
    if newer.exists():
        raise NotTakenFor("The person handed in something newer; what counts is the newest.")
    return window
