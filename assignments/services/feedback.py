"""Releasing, correcting and taking along answers. Until released, nothing of one is visible to its participant, in any
channel. When one goes out is `finishing`."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from accounts.roles import Perm
from assignments.models import Criterion, Feedback, Submission
from assignments.notices import feedback_released
from assignments.passages import find_anew, sources_of
from assignments.querysets import asked_first, under_review
from assignments.services.answers import (
    RELEASED,
    Answer,
    MayNotAnswer,
    Remark,
    StaleAnswer,
    answer_of,
    begin_answer,
    is_for_peers,
    keep_answer,
    lock_paper,
    may_answer,
    save_feedback,
    settle_kept_answer,
)
from assignments.windows import window_without_revision
from audit.services import record
from cohorts.access import membership_of
from core.moments import say_moment
from core.moves import WrongState, move
from notifications import outbox

__all__ = [
    "Answer",
    "AnswerIncomplete",
    "AwaitsLook",
    "MayNotAnswer",
    "MayNotRelease",
    "NewerAttempt",
    "Remark",
    "StaleAnswer",
    "UnderReview",
    "carry_over",
    "check_finished",
    "correct_feedback",
    "keep_answer",
    "may_answer",
    "missing_from",
    "note_act",
    "release_feedback",
    "release_held",
    "save_feedback",
    "settle_kept_answer",
    "show_to_writer",
    "take_back_feedback",
]


class MayNotRelease(Exception):
    """The person may not release this answer."""

    def __init__(self) -> None:
        super().__init__("This answer is not yours to release.")


class AwaitsLook(Exception):
    """The head teaching fellow has asked to see it first."""

    def __init__(self) -> None:
        super().__init__("The head teaching fellow sees your first feedback before it goes out: finish it.")


class UnderReview(Exception):
    """Somebody looks at the work first."""

    def __init__(self) -> None:
        super().__init__("This paper is under review: what is written about it waits until that has ended.")


class AnswerIncomplete(Exception):
    """What is missing before an answer can be finished, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


class NewerAttempt(Exception):
    """The person has handed in again: the newest paper is the one to answer."""

    def __init__(self) -> None:
        super().__init__("A newer attempt was handed in meanwhile: answer that one, and take your notes along.")


@dataclass
class Releases:
    """What `release_held` did: `kept_back` has those that can no longer be released as they are, and why."""

    released: list[Feedback] = field(default_factory=list)
    kept_back: list[tuple[Feedback, str]] = field(default_factory=list)


def missing_from(feedback: Feedback, now: datetime) -> list[str]:
    """What an answer lacks before it can be finished, a sentence each."""
    has_words = feedback.text.strip() or feedback.next_step.strip() or feedback.comments.exists()
    problems = [] if has_words else ["Write at least a sentence, a comment or a next step."]
    if is_for_peers(feedback.submission):
        return problems
    if not feedback.result:
        problems.append("Choose a result.")
    if feedback.result == Feedback.Result.PLEASE_REVISE:
        problems += missing_revision(feedback, now)
    rubric = Criterion.objects.filter(assignment=feedback.submission.assignment_id, levels__isnull=False)
    if rubric.exclude(pk__in=feedback.levels.values("criterion")).exists():
        problems.append("Choose a level for each line of the rubric.")
    return problems


def missing_revision(feedback: Feedback, now: datetime) -> list[str]:
    """What “please revise” needs beyond the words."""
    problems = []
    if not feedback.revise_reason.strip():
        problems.append("Say what is to be revised.")
    if feedback.revise_until is None:
        problems.append("Say until when the revision is due.")
    elif feedback.revise_until <= now:
        problems.append("The date for the revision has passed; choose a later one.")
    return problems


@transaction.atomic
def take_back_feedback(*, feedback: Feedback, actor: User, now: datetime) -> Feedback:
    """Go on writing an answer that was finished. Raises MayNotAnswer, WrongState."""
    if not may_answer(actor, feedback.submission, now):
        raise MayNotAnswer
    move(feedback, Feedback.Status.DRAFT, held_by=None, held_at=None, looked_by=None, looked_at=None)
    note_act(feedback, "went on writing the feedback", actor, now)
    return feedback


@transaction.atomic
def release_feedback(*, feedback: Feedback, actor: User, now: datetime) -> Feedback:
    """Show an answer to its participant and tell them, once.

    Of two who release at once one wins, and one notice goes out. Raises MayNotRelease, AwaitsLook, UnderReview,
    AnswerIncomplete, NewerAttempt, WrongState.
    """
    if not may_release(actor, feedback.submission, now):
        raise MayNotRelease
    if awaits_look(feedback) and not is_head(actor, feedback.submission, now):
        raise AwaitsLook
    if feedback.status == Feedback.Status.DRAFT:
        check_finished(feedback, now)
        check_revision_adds_time(feedback, now)
    show_to_writer(feedback, actor, now)
    return feedback


def show_to_writer(feedback: Feedback, actor: User | None, now: datetime) -> None:
    """Release it without asking who may (None: the platform, as promised), in the caller's transaction.

    Whether it is under review is asked while the paper is locked, as raising a concern locks it. Raises UnderReview.
    """
    check_finished(feedback, now)
    if Feedback.objects.filter(under_review(), pk=feedback.pk).exists():
        raise UnderReview
    move(feedback, RELEASED, released_at=now, released_by=actor, held_by=None, held_at=None)
    note_act(feedback, "released the feedback", actor, now)
    outbox.enqueue(feedback_released(feedback), now=now)


def may_release(user: User, submission: Submission, at: datetime) -> bool:
    """Head TF and director release any; a reader the own, a peer too: nobody else would."""
    membership = membership_of(user, submission.assignment.session, at)
    if membership.may(Perm.RELEASE_ALL_FEEDBACK):
        return True
    may_release_own = membership.may(Perm.RELEASE_OWN_FEEDBACK) or is_for_peers(submission)
    return may_release_own and may_answer(user, submission, at, membership)


def awaits_look(feedback: Feedback) -> bool:
    """Whether somebody asked to see it first, and nobody has."""
    return Feedback.objects.filter(asked_first(), pk=feedback.pk).exists()


def is_head(user: User, submission: Submission, at: datetime) -> bool:
    """Whether they read and answer every paper of the session."""
    membership = membership_of(user, submission.assignment.session, at)
    return membership.may(Perm.READ_ALL_PAPERS) and membership.may(Perm.GIVE_FEEDBACK)


def release_held(*, held: QuerySet[Feedback], actor: User, now: datetime) -> Releases:
    """Release everything finished among these, one notice each; what somebody released meanwhile is passed over.

    Each stands in a transaction of its own, so that one that can no longer be released keeps none of the others back.
    Raises MayNotRelease at the first that is not the person's to release.
    """
    outcome = Releases()
    rows = held.filter(status=Feedback.Status.HELD).select_related(
        "submission__assignment__session", "submission__enrollment__user"
    )
    for feedback in rows.order_by("submission__handed_in_at"):
        try:
            outcome.released.append(release_feedback(feedback=feedback, actor=actor, now=now))
        except (AnswerIncomplete, AwaitsLook, NewerAttempt, UnderReview) as refused:
            outcome.kept_back.append((feedback, str(refused)))
        except WrongState:
            continue
    return outcome


@transaction.atomic
def correct_feedback(*, feedback: Feedback, actor: User, now: datetime) -> Feedback:
    """Begin a new version of a released answer; the old one stays in force. Raises MayNotAnswer, WrongState.

    Where a correction is being written already, that one. Locks the paper.
    """
    if not may_answer(actor, feedback.submission, now):
        raise MayNotAnswer
    lock_paper(feedback.submission)
    newest = feedback.submission.feedback.latest("version")
    if newest.status != RELEASED:
        if newest.version == 1:
            raise WrongState(newest, Feedback.Status.DRAFT)
        return newest
    correction = begin_answer(feedback.submission, answer_of(newest), actor, now, newest.version + 1)
    note_act(correction, "began to correct the feedback", actor, now)
    return correction


@transaction.atomic
def carry_over(*, feedback: Feedback, to: Submission, actor: User, now: datetime) -> Feedback:
    """Take what was written about an older attempt along to a newer one: words, levels, and the comments whose passage
    still stands there. The result is judged anew.

    Raises MayNotAnswer; WrongState when the newer attempt is being answered already.
    """
    older = feedback.submission
    is_same_work = (older.assignment_id, older.enrollment_id) == (to.assignment_id, to.enrollment_id)
    if not is_same_work or not may_answer(actor, to, now):
        raise MayNotAnswer
    lock_paper(to)
    if begun := to.feedback.first():
        raise WrongState(begun, Feedback.Status.DRAFT)
    notes = answer_of(feedback)
    notes = replace(notes, result="", revise_reason="", revise_until=None, remarks=_taken_along(notes, older, to))
    copy = begin_answer(to, notes, actor, now)
    note_act(copy, "took notes along to the newer attempt", actor, now)
    return copy


def _taken_along(notes: Answer, older: Submission, to: Submission) -> tuple[Remark, ...]:
    """The comments whose passage stands in the newer attempt, in its text or in a file."""
    before = {source.file: source for source in sources_of(older, older.files.all())}
    newer = sources_of(to, to.files.all())
    taken = []
    for one in notes.remarks:
        source = before.get(one.file)
        found = find_anew(source, newer, (one.starts_at, one.ends_at)) if source else None
        if found:
            taken.append(Remark(file=found[0].file, starts_at=found[1][0], ends_at=found[1][1], text=one.text))
    return tuple(taken)


def check_finished(feedback: Feedback, now: datetime) -> None:
    """Of the row as it is saved, locked after its paper; one that was released meanwhile is left to `move`."""
    lock_paper(feedback.submission)
    superseded = Feedback.objects.annotate(newer_came_at=F("submission__superseded_at"))
    locked = superseded.select_for_update(of=("self",)).get(pk=feedback.pk)
    locked.submission = feedback.submission
    if locked.status == RELEASED:
        return
    if locked.newer_came_at is not None and locked.version == 1:
        raise NewerAttempt
    if problems := missing_from(locked, now):
        raise AnswerIncomplete(problems)


def check_revision_adds_time(feedback: Feedback, now: datetime) -> None:
    """A date for the revision before the deadline that its writer has anyway would be said and not hold. Raises
    AnswerIncomplete.

    Asked when somebody finishes the answer; an extension that comes later keeps no answer from going out.
    """
    until, paper = feedback.revise_until, feedback.submission
    if feedback.result != Feedback.Result.PLEASE_REVISE or until is None:
        return
    own = window_without_revision(paper.assignment, paper.enrollment).due_at
    if own is not None and until < own:
        zone = paper.assignment.session.zone
        due = say_moment(own, zone, now=now)
        sentence = f"The deadline of this paper is {due} anyway: name that day for the revision, or a later one."
        raise AnswerIncomplete([sentence])


def note_act(feedback: Feedback, verb: str, actor: User | None, now: datetime, reason: str = "") -> None:
    """Who, when, what: the result belongs to the record, the words stay between writer and reader."""
    record(
        actor=actor,
        verb=verb,
        on=feedback,
        after={"status": feedback.status, "result": feedback.result, "version": feedback.version},
        reason=reason,
        scope=feedback.submission.assignment.session.scope,
        now=now,
    )
