"""What readers put on a paper beside the answer: for themselves, for the chair, and on what was asked for earlier."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from assignments.models import ChairMark, Comment, Feedback, Resolution, Submission, Tag, Tagging
from assignments.services.answers import MayNotAnswer, may_answer
from audit.services import record


@transaction.atomic
def mark_for_chair(*, submission: Submission, is_marked: bool, actor: User, now: datetime) -> None:
    """Put the paper on the chair's list, or take it off. Safe to call twice. Raises MayNotAnswer."""
    if not may_answer(actor, submission, now):
        raise MayNotAnswer
    if is_marked:
        _, is_changed = ChairMark.objects.get_or_create(submission=submission, defaults={"by": actor, "at": now})
    else:
        is_changed = bool(ChairMark.objects.filter(submission=submission).delete()[0])
    if is_changed:
        record(
            actor=actor,
            verb="marked for the chair" if is_marked else "no longer marked for the chair",
            on=submission,
            scope=submission.assignment.session.scope,
            now=now,
        )


@transaction.atomic
def tag_paper(*, submission: Submission, tag: Tag, is_tagged: bool, actor: User, now: datetime) -> None:
    """Give the paper a tag of its session, or take it away. Safe to call twice. Raises MayNotAnswer."""
    if tag.session_id != submission.assignment.session_id or not may_answer(actor, submission, now):
        raise MayNotAnswer
    if is_tagged:
        Tagging.objects.get_or_create(submission=submission, tag=tag, defaults={"by": actor, "at": now})
    else:
        Tagging.objects.filter(submission=submission, tag=tag).delete()


@transaction.atomic
def resolve_comment(*, comment: Comment, on: Submission, is_resolved: bool, actor: User, now: datetime) -> None:
    """Say whether a later attempt answers what a released comment asked for. Safe to call twice. Raises MayNotAnswer.

    The participant learns of it with the answer to that attempt.
    """
    older = comment.feedback.submission
    is_earlier = (older.assignment_id, older.enrollment_id) == (on.assignment_id, on.enrollment_id)
    is_released = comment.feedback.status == Feedback.Status.RELEASED
    if not (is_earlier and is_released and older.number < on.number and may_answer(actor, on, now)):
        raise MayNotAnswer
    if is_resolved:
        Resolution.objects.get_or_create(comment=comment, defaults={"submission": on, "by": actor, "at": now})
    else:
        Resolution.objects.filter(comment=comment, submission=on).delete()
