"""When a finished answer goes out: at the promised instant, at once where that has passed, later only while somebody
holds it."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from accounts.roles import Perm
from assignments.models import Feedback, Submission
from assignments.promises import PromisedAt
from assignments.services.answers import MayNotAnswer, lock_paper, may_answer
from assignments.services.feedback import (
    AnswerIncomplete,
    NewerAttempt,
    UnderReview,
    check_finished,
    check_revision_adds_time,
    note_act,
    show_to_writer,
)
from cohorts.access import membership_of
from core.moves import WrongState, move

logger = structlog.get_logger(__name__)

HELD = Feedback.Status.HELD


@transaction.atomic
def finish_feedback(*, feedback: Feedback, actor: User, now: datetime) -> Feedback:
    """Finish an answer: it goes out at the promised instant; where that has passed, or none was promised, at once.

    Raises MayNotAnswer, AnswerIncomplete, NewerAttempt, WrongState.
    """
    if not may_answer(actor, feedback.submission, now):
        raise MayNotAnswer
    check_finished(feedback, now)
    check_revision_adds_time(feedback, now)
    _check_revision_follows(feedback)
    move(feedback, HELD)
    note_act(feedback, "finished the feedback", actor, now)
    go_out_if_due(feedback, actor, now)
    return feedback


@transaction.atomic
def hold_feedback(*, feedback: Feedback, reason: str = "", actor: User, now: datetime) -> Feedback:
    """Hold an answer beyond its promised instant, finishing it first where it is being written.

    Raises MayNotAnswer, AnswerIncomplete, NewerAttempt; WrongState also when somebody holds it already.
    """
    if not may_hold(actor, feedback.submission, now):
        raise MayNotAnswer
    if feedback.status == Feedback.Status.DRAFT:
        if not may_answer(actor, feedback.submission, now):
            raise MayNotAnswer
        check_finished(feedback, now)
        check_revision_adds_time(feedback, now)
        move(feedback, HELD, held_by=actor, held_at=now)
    else:
        _change_hold(feedback, is_held=False, held_by=actor, held_at=now)
    note_act(feedback, "held the feedback", actor, now, reason)
    return feedback


@transaction.atomic
def let_go_feedback(*, feedback: Feedback, actor: User, now: datetime) -> Feedback:
    """No longer hold it: it goes out as promised, and at once where that has passed.

    Raises MayNotAnswer, WrongState.
    """
    if not may_hold(actor, feedback.submission, now):
        raise MayNotAnswer
    lock_paper(feedback.submission)
    _change_hold(feedback, is_held=True, held_by=None, held_at=None)
    note_act(feedback, "let the feedback go", actor, now)
    go_out_if_due(feedback, actor, now)
    return feedback


def hold_finished(*, finished: QuerySet[Feedback], reason: str = "", actor: User, now: datetime) -> list[Feedback]:
    """Hold everything finished among these that nobody holds yet; what somebody released meanwhile is passed over.

    Raises MayNotAnswer at the first that is not the person's to hold.
    """
    held = []
    rows = finished.filter(status=HELD, held_by=None).select_related("submission__assignment__session")
    for feedback in rows.order_by("submission__handed_in_at"):
        try:
            held.append(hold_feedback(feedback=feedback, reason=reason, actor=actor, now=now))
        except WrongState:
            continue
    return held


def release_promised(*, now: datetime) -> int:
    """Release what was promised by now and nobody holds, each once however many do this at the same time; how many.

    Each in a transaction of its own; a row that somebody else is changing is left to the next round.
    """
    released = 0
    for pk in list(Feedback.objects.going_out(now).order_by("submission__handed_in_at").values_list("pk", flat=True)):
        try:
            released += _release_one(pk, now)
        except (AnswerIncomplete, NewerAttempt, UnderReview, WrongState) as refused:
            logger.warning("promised feedback was not released", feedback=pk, why=str(refused))
    return released


@transaction.atomic
def _release_one(pk: int, now: datetime) -> bool:
    """Asked again under the locks of the paper and the row, because it may have been held, taken back, released or put
    under review meanwhile."""
    papers = Submission.objects.filter(feedback=pk).select_for_update(of=("self",), no_key=True, skip_locked=True)
    if not papers.values_list("pk").first():
        return False
    rows = Feedback.objects.going_out(now).select_for_update(of=("self",), skip_locked=True)
    feedback = rows.select_related("submission__assignment__session", "submission__enrollment").filter(pk=pk).first()
    if feedback is None:
        return False
    show_to_writer(feedback, None, now)
    return True


def _check_revision_follows(feedback: Feedback) -> None:
    """A revision that is due before the answer goes out would keep it from going out. Raises AnswerIncomplete."""
    asked = Feedback.objects.filter(pk=feedback.pk, result=Feedback.Result.PLEASE_REVISE)
    if asked.filter(revise_until__lte=PromisedAt(F("submission"))).exists():
        raise AnswerIncomplete(["The feedback goes out after the date for the revision; choose a later one."])


def may_hold(user: User, submission: Submission, at: datetime) -> bool:
    """Whoever answers it, and whoever releases whole sections."""
    membership = membership_of(user, submission.assignment.session, at)
    return membership.may(Perm.RELEASE_ALL_FEEDBACK) or may_answer(user, submission, at, membership)


def go_out_if_due(feedback: Feedback, actor: User, now: datetime) -> None:
    """Release it if nothing keeps it any more; in the caller's transaction."""
    if Feedback.objects.going_out(now).filter(pk=feedback.pk).exists():
        show_to_writer(feedback, actor, now)


def _change_hold(feedback: Feedback, *, is_held: bool, held_by: User | None, held_at: datetime | None) -> None:
    """One conditional UPDATE, so that of two only one wins: holding and releasing included."""
    rows = Feedback.objects.filter(pk=feedback.pk, status=HELD, held_by__isnull=not is_held)
    if rows.update(held_by=held_by, held_at=held_at) != 1:
        raise WrongState(feedback, HELD)
    feedback.held_by, feedback.held_at = held_by, held_at
