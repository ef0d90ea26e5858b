"""Answering papers. Until it is released nothing of an answer is visible to its participant, in any channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import Perm
from assignments.models import Assignment, Comment, Criterion, Feedback, FeedbackLevel, KeptAnswer, Level, Submission
from assignments.notices import feedback_released
from audit.services import record
from cohorts.access import membership_of
from core.moves import WrongState, move
from notifications import outbox

RELEASED = Feedback.Status.RELEASED


class MayNotAnswer(Exception):
    """The person is no reader of this paper (any more)."""

    def __init__(self) -> None:
        super().__init__("This paper is not, or no longer, yours to answer.")


class MayNotRelease(Exception):
    """The person may not release this answer."""

    def __init__(self) -> None:
        super().__init__("This answer is not yours to release.")


class AnswerIncomplete(Exception):
    """What is missing before an answer can be finished, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


class StaleAnswer(Exception):
    """Somebody else, or another tab, saved first; `current` is what stands. `keep_answer` keeps what was refused."""

    def __init__(self, current: Feedback, *, based_on: int, actor: User, at: datetime) -> None:
        self.current, self.based_on, self.actor, self.at = current, based_on, actor, at
        super().__init__(
            "This answer was saved elsewhere in the meantime. Both texts are kept; choose which one to go on with."
        )


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A comment on a passage: characters of the paper's text, end exclusive."""

    starts_at: int
    ends_at: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Everything that a teaching fellow writes about a paper. `levels` maps a criterion's key to a level's."""

    text: str = ""
    next_step: str = ""
    result: str = ""
    revise_reason: str = ""
    revise_until: datetime | None = None
    levels: Mapping[int, int] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @property
    def own_fields(self) -> dict[str, object]:
        """What stands in the feedback's own row."""
        return {
            "text": self.text,
            "next_step": self.next_step,
            "result": self.result,
            "revise_reason": self.revise_reason,
            "revise_until": self.revise_until,
        }


def may_answer(user: User, submission: Submission, at: datetime) -> bool:
    """A current reader whose role answers papers, the head TF of the session, or the peer who was assigned."""
    membership = membership_of(user, submission.assignment.session, at)
    if membership.may(Perm.GIVE_FEEDBACK) and membership.may(Perm.READ_ALL_PAPERS):
        return True
    is_peers = submission.assignment.answered_by == Assignment.AnsweredBy.PEERS
    if not membership.may(Perm.DO_WORK if is_peers else Perm.GIVE_FEEDBACK):
        return False
    return submission.readers.current().filter(user=user).exists()


@transaction.atomic
def save_feedback(*, submission: Submission, answer: Answer, based_on: int, actor: User, now: datetime) -> Feedback:
    """Save an answer that is being written, if it began from the newest revision (0: from nothing).

    The same answer again changes nothing. Locks the feedback's row. Raises MayNotAnswer, StaleAnswer (then
    call `keep_answer`), WrongState when it was finished in the meantime.
    """
    if not may_answer(actor, submission, now):
        raise MayNotAnswer
    feedback = _unreleased(submission)
    if feedback is None:
        return _begin(submission, answer, based_on, actor, now)
    if feedback.status != Feedback.Status.DRAFT:
        raise WrongState(feedback, Feedback.Status.DRAFT)
    if is_same(feedback, answer):
        return feedback
    if feedback.revision != based_on:
        raise StaleAnswer(feedback, based_on=based_on, actor=actor, at=now)
    _write(feedback, answer, actor, now)
    return feedback


def keep_answer(stale: StaleAnswer, answer: Answer) -> KeptAnswer:
    """Save what was refused, outside the transaction that refused it; the newest of each person counts."""
    kept, _ = KeptAnswer.objects.update_or_create(
        feedback=stale.current,
        user=stale.actor,
        settled_at=None,
        defaults={
            "based_on": stale.based_on,
            "kept_at": stale.at,
            "text": answer.text,
            "next_step": answer.next_step,
            "remarks": [
                {"starts_at": one.starts_at, "ends_at": one.ends_at, "text": one.text} for one in answer.remarks
            ],
        },
    )
    return kept


def is_same(feedback: Feedback, answer: Answer) -> bool:
    """Whether saving this would change nothing: a save whose answer was lost can simply be sent again."""
    if any(getattr(feedback, name) != value for name, value in answer.own_fields.items()):
        return False
    levels = dict(feedback.levels.values_list("criterion_id", "level_id"))
    remarks = list(feedback.comments.values_list("starts_at_char", "ends_at_char", "text"))
    return levels == dict(answer.levels) and remarks == [
        (one.starts_at, one.ends_at, one.text) for one in sorted(answer.remarks, key=lambda one: one.starts_at)
    ]


def _unreleased(submission: Submission) -> Feedback | None:
    return submission.feedback.exclude(status=RELEASED).select_for_update().first()


def _begin(submission: Submission, answer: Answer, based_on: int, actor: User, now: datetime) -> Feedback:
    latest = submission.feedback.order_by("-version").first()
    if latest is not None and based_on == 0:
        # The page was open before the answer was released: what was typed into it would be a correction unasked for.
        raise WrongState(latest, Feedback.Status.DRAFT)
    feedback = Feedback(
        submission=submission, author=actor, saved_at=now, version=1 + (latest.version if latest else 0)
    )
    try:
        with transaction.atomic():
            feedback.save()
    except IntegrityError:
        current = _unreleased(submission)
        if current is None:
            raise
        raise StaleAnswer(current, based_on=based_on, actor=actor, at=now) from None
    _write(feedback, answer, actor, now)
    return feedback


def _write(feedback: Feedback, answer: Answer, actor: User, now: datetime) -> None:
    for name, value in answer.own_fields.items():
        setattr(feedback, name, value)
    feedback.author, feedback.saved_at, feedback.revision = actor, now, feedback.revision + 1
    feedback.save()
    _write_levels(feedback, answer.levels)
    text = feedback.submission.text
    feedback.comments.all().delete()
    Comment.objects.bulk_create(
        Comment(
            feedback=feedback,
            starts_at_char=one.starts_at,
            ends_at_char=min(one.ends_at, len(text)),
            quote=text[one.starts_at : one.ends_at],
            text=one.text,
        )
        for one in answer.remarks
        if one.text.strip() and 0 <= one.starts_at < min(one.ends_at, len(text))
    )


def _write_levels(feedback: Feedback, levels: Mapping[int, int]) -> None:
    assignment_id = feedback.submission.assignment_id
    known = set(
        Level.objects.filter(criterion__assignment=assignment_id, pk__in=levels.values()).values_list(
            "criterion_id", "pk"
        )
    )
    feedback.levels.all().delete()
    FeedbackLevel.objects.bulk_create(
        FeedbackLevel(feedback=feedback, criterion_id=criterion, level_id=level)
        for criterion, level in levels.items()
        if (criterion, level) in known
    )


def missing_from(feedback: Feedback, now: datetime) -> list[str]:
    """What an answer lacks before it can be finished, a sentence each."""
    problems = []
    if not feedback.result:
        problems.append("Choose a result.")
    if not (feedback.text.strip() or feedback.next_step.strip() or feedback.comments.exists()):
        problems.append("Write at least a sentence, a comment or a next step.")
    if feedback.result == Feedback.Result.PLEASE_REVISE:
        if not feedback.revise_reason.strip():
            problems.append("Say what is to be revised.")
        if feedback.revise_until is None:
            problems.append("Say until when the revision is due.")
        elif feedback.revise_until <= now:
            problems.append("The date for the revision has passed; choose a later one.")
    criteria = Criterion.objects.filter(assignment=feedback.submission.assignment_id).count()
    if criteria and feedback.levels.count() < criteria:
        problems.append("Choose a level for each line of the rubric.")
    return problems


@transaction.atomic
def hold_feedback(*, feedback: Feedback, actor: User, now: datetime) -> Feedback:
    """Finish an answer without showing it yet. Raises MayNotAnswer, AnswerIncomplete, WrongState."""
    if not may_answer(actor, feedback.submission, now):
        raise MayNotAnswer
    _finish(feedback, now)
    move(feedback, Feedback.Status.HELD)
    _record(feedback, "finished the feedback", actor, now)
    return feedback


@transaction.atomic
def take_back_feedback(*, feedback: Feedback, actor: User, now: datetime) -> Feedback:
    """Go on writing an answer that was finished and held. Raises MayNotAnswer, WrongState."""
    if not may_answer(actor, feedback.submission, now):
        raise MayNotAnswer
    move(feedback, Feedback.Status.DRAFT)
    _record(feedback, "went on writing the feedback", actor, now)
    return feedback


@transaction.atomic
def release_feedback(*, feedback: Feedback, actor: User, now: datetime) -> Feedback:
    """Show an answer to its participant and tell them, once. Raises MayNotRelease, AnswerIncomplete, WrongState.

    Of two who release at once one wins, and one notice goes out.
    """
    submission = feedback.submission
    membership = membership_of(actor, submission.assignment.session, now)
    # A peer releases the own answer: nobody else would.
    is_peers = submission.assignment.answered_by == Assignment.AnsweredBy.PEERS
    may_release_own = is_peers or membership.may(Perm.RELEASE_OWN_FEEDBACK)
    if not membership.may(Perm.RELEASE_ALL_FEEDBACK) and not (may_release_own and may_answer(actor, submission, now)):
        raise MayNotRelease
    _finish(feedback, now)
    move(feedback, RELEASED, released_at=now, released_by=actor)
    _record(feedback, "released the feedback", actor, now)
    outbox.enqueue(feedback_released(feedback), now=now)
    return feedback


def release_held(*, held: QuerySet[Feedback], actor: User, now: datetime) -> list[Feedback]:
    """Release everything finished among these, one notice each; what somebody released meanwhile is passed over.

    Each stands in a transaction of its own, so that one that can no longer be released keeps none of the others back.
    Raises MayNotRelease at the first that is not the person's to release.
    """
    released = []
    rows = held.filter(status=Feedback.Status.HELD).select_related("submission__assignment__session")
    for feedback in rows.order_by("submission__handed_in_at"):
        try:
            released.append(release_feedback(feedback=feedback, actor=actor, now=now))
        except (WrongState, AnswerIncomplete):
            continue
    return released


@transaction.atomic
def correct_feedback(*, feedback: Feedback, actor: User, now: datetime) -> Feedback:
    """Begin a new version of a released answer; the old one stays in force. Raises MayNotAnswer, WrongState.

    Where a correction is being written already, that one.
    """
    if not may_answer(actor, feedback.submission, now):
        raise MayNotAnswer
    if feedback.status != RELEASED:
        raise WrongState(feedback, Feedback.Status.DRAFT)
    begun = _unreleased(feedback.submission)
    if begun is not None:
        return begun
    copy = _copied(feedback, feedback.submission, actor, now)
    _record(copy, "began to correct the feedback", actor, now)
    return copy


@transaction.atomic
def carry_over(*, feedback: Feedback, to: Submission, actor: User, now: datetime) -> Feedback:
    """Take what was written about an older attempt along to the newer one; comments whose passage is gone stay behind.

    Raises MayNotAnswer, WrongState when the newer attempt is being answered already.
    """
    if not may_answer(actor, to, now) or to.enrollment_id != feedback.submission.enrollment_id:
        raise MayNotAnswer
    if to.feedback.exists():
        raise WrongState(to.feedback.latest("version"), Feedback.Status.DRAFT)
    copy = _copied(feedback, to, actor, now)
    _record(copy, "took notes along to the newer attempt", actor, now)
    return copy


def _copied(feedback: Feedback, to: Submission, actor: User, now: datetime) -> Feedback:
    version = to.feedback.count() + 1
    copy = Feedback.objects.create(
        submission=to,
        version=version,
        author=actor,
        saved_at=now,
        revision=1,
        **{name: getattr(feedback, name) for name in Answer().own_fields},
    )
    FeedbackLevel.objects.bulk_create(
        FeedbackLevel(feedback=copy, criterion_id=one.criterion_id, level_id=one.level_id)
        for one in feedback.levels.all()
    )
    found = ((one, to.text.find(one.quote)) for one in feedback.comments.all())
    Comment.objects.bulk_create(
        Comment(
            feedback=copy,
            starts_at_char=place,
            ends_at_char=place + len(one.quote),
            quote=one.quote,
            text=one.text,
        )
        for one, place in found
        if place >= 0
    )
    return copy


def _finish(feedback: Feedback, now: datetime) -> None:
    locked = Feedback.objects.select_for_update(of=("self",)).get(pk=feedback.pk)
    if locked.status != RELEASED and (problems := missing_from(locked, now)):
        raise AnswerIncomplete(problems)


def _record(feedback: Feedback, verb: str, actor: User, now: datetime) -> None:
    """Who, when, what: the result belongs to the record, the words stay between writer and reader."""
    record(
        actor=actor,
        verb=verb,
        on=feedback,
        after={"status": feedback.status, "result": feedback.result, "version": feedback.version},
        scope=feedback.submission.assignment.session.scope,
        now=now,
    )
