"""Writing about papers. An answer only moves forward: what comes late is kept beside it and offered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from accounts.roles import Perm
from assignments.models import Assignment, Comment, Feedback, FeedbackLevel, KeptAnswer, Level, Submission
from assignments.source import words_of
from cohorts.access import Membership, membership_of

RELEASED = Feedback.Status.RELEASED


class MayNotAnswer(Exception):
    """The person is no reader of this paper (any more)."""

    def __init__(self) -> None:
        super().__init__("This paper is not, or no longer, yours to answer.")


class StaleAnswer(Exception):
    """The answer went on elsewhere. `current` is how it stands, `kept` what came late (None: nothing was written)."""

    def __init__(self, current: Feedback, kept: KeptAnswer | None) -> None:
        self.current, self.kept = current, kept
        where = "released" if current.status == RELEASED else "saved elsewhere"
        super().__init__(
            f"This answer was {where} in the meantime. Both texts are kept; choose which one to go on with."
        )


@dataclass(frozen=True, kw_only=True, order=True)
class Remark:
    """A comment on a passage: characters of the paper's text, or of the file at that position, end exclusive."""

    file: int = 0
    starts_at: int
    ends_at: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Everything that somebody writes about a paper. `levels` maps a criterion's key to a level's."""

    text: str = ""
    next_step: str = ""
    result: str = ""
    revise_reason: str = ""
    revise_until: datetime | None = None
    levels: Mapping[int, int] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @property
    def own_fields(self) -> dict[str, Any]:
        """What stands in the feedback's own row."""
        return {
            "text": self.text,
            "next_step": self.next_step,
            "result": self.result,
            "revise_reason": self.revise_reason,
            "revise_until": self.revise_until,
        }

    @property
    def is_blank(self) -> bool:
        """Whether there is no word in it: choices are made again in less time than it takes to read of them."""
        return not any(text.strip() for text in (self.text, self.next_step, self.revise_reason)) and not self.remarks


def may_answer(user: User, submission: Submission, at: datetime, membership: Membership | None = None) -> bool:
    """The reader in whose queue it stands and whose role answers papers, the head TF of the session, or the peer who
    was assigned; not a second reader, whose levels and result are compared and shown to no participant."""
    membership = membership or membership_of(user, submission.assignment.session, at)
    if membership.may(Perm.GIVE_FEEDBACK) and membership.may(Perm.READ_ALL_PAPERS):
        return True
    if not (membership.may(Perm.GIVE_FEEDBACK) or (is_for_peers(submission) and membership.may(Perm.DO_WORK))):
        return False
    return submission.readers.current().primary().filter(user=user).exists()


def is_for_peers(submission: Submission) -> bool:
    """Whether fellow participants answer it: in words, without rubric and result."""
    return submission.assignment.answered_by == Assignment.AnsweredBy.PEERS


def save_feedback(
    *, submission: Submission, answer: Answer, based_on: int, editor: UUID | None = None, actor: User, now: datetime
) -> Feedback:
    """Save an answer that is being written, if it began from the newest revision (0: from nothing).

    The same answer again changes nothing, so a save whose reply was lost can simply be sent again. `editor` is the open
    page it comes from: of several late answers from one page the last is kept. What peers write bears no rubric, and
    its result is “complete”. Raises MayNotAnswer, StaleAnswer (commits what it keeps).
    """
    if not may_answer(actor, submission, now):
        raise MayNotAnswer
    if is_for_peers(submission):
        answer = replace(answer, result=Feedback.Result.COMPLETE, levels={}, revise_reason="", revise_until=None)
    with transaction.atomic():
        saved, current = _save(submission, answer, based_on, actor, now)
    if saved is not None:
        return saved
    raise StaleAnswer(current, keep_answer(current, answer, based_on=based_on, editor=editor, actor=actor, now=now))


def keep_answer(
    feedback: Feedback, answer: Answer, *, based_on: int, editor: UUID | None = None, actor: User, now: datetime
) -> KeptAnswer | None:
    """Keep what was written beside the answer until its writer has chosen; None when there is nothing to keep."""
    if answer.is_blank:
        return None
    kept, _ = KeptAnswer.objects.update_or_create(
        feedback=feedback,
        editor=editor or uuid4(),
        settled_at=None,
        defaults={"user": actor, "based_on": based_on, "kept_at": now, **_as_kept(answer)},
    )
    return kept


@transaction.atomic
def settle_kept_answer(*, kept: KeptAnswer, is_chosen: bool, actor: User, now: datetime) -> Feedback:
    """Go on with what was kept, or with the answer as it stands; the other stays on record. Safe to call twice.

    Locks the feedback's row. Raises MayNotAnswer. An answer that is no longer being written is left as it is.
    """
    feedback = Feedback.objects.select_for_update(of=("self",)).select_related("submission").get(pk=kept.feedback_id)
    if kept.user_id != actor.pk or not may_answer(actor, feedback.submission, now):
        raise MayNotAnswer
    if is_chosen and feedback.status != Feedback.Status.DRAFT:
        return feedback
    if not KeptAnswer.objects.filter(pk=kept.pk, settled_at=None).update(settled_at=now) or not is_chosen:
        return feedback
    before = answer_of(feedback)
    if not before.is_blank:
        KeptAnswer.objects.create(
            feedback=feedback,
            user=feedback.author,
            editor=uuid4(),
            based_on=feedback.revision,
            kept_at=now,
            settled_at=now,
            **_as_kept(before),
        )
    remarks = tuple(Remark(**one) for one in kept.remarks)
    chosen = replace(
        before, text=kept.text, next_step=kept.next_step, revise_reason=kept.revise_reason, remarks=remarks
    )
    _write(feedback, before, chosen, actor, now)
    return feedback


def answer_of(feedback: Feedback) -> Answer:
    """What a saved answer says. Two queries."""
    return Answer(
        text=feedback.text,
        next_step=feedback.next_step,
        result=feedback.result,
        revise_reason=feedback.revise_reason,
        revise_until=feedback.revise_until,
        levels=dict(feedback.levels.order_by().values_list("criterion_id", "level_id")),
        remarks=tuple(
            Remark(file=file or 0, starts_at=starts_at, ends_at=ends_at, text=text)
            for file, starts_at, ends_at, text in feedback.comments.values_list(
                "file__position", "starts_at_char", "ends_at_char", "text"
            )
        ),
    )


def _as_kept(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.text,
        "next_step": answer.next_step,
        "revise_reason": answer.revise_reason,
        "remarks": [asdict(one) for one in answer.remarks],
    }


def lock_paper(submission: Submission) -> None:
    """Until the transaction ends nobody else begins, saves or corrects an answer to this paper."""
    Submission.objects.select_for_update(of=("self",), no_key=True).filter(pk=submission.pk).values_list("pk").get()


def _save(
    submission: Submission, answer: Answer, based_on: int, actor: User, now: datetime
) -> tuple[Feedback | None, Feedback]:
    """What was saved, or None; and the newest answer, locked."""
    lock_paper(submission)
    newest = submission.feedback.select_for_update(of=("self",)).order_by("-version").first()
    if newest is None:
        begun = begin_answer(submission, answer, actor, now)
        return begun, begun
    newest.submission = submission
    before = answer_of(newest)
    if _is_same(before, answer):
        return newest, newest
    if newest.status != Feedback.Status.DRAFT or newest.revision != based_on:
        return None, newest
    _write(newest, before, answer, actor, now)
    return newest, newest


def begin_answer(submission: Submission, answer: Answer, actor: User, now: datetime, version: int = 1) -> Feedback:
    """A new version, as it is written so far; the paper is locked."""
    feedback = Feedback.objects.create(
        submission=submission, version=version, author=actor, saved_at=now, revision=1, **answer.own_fields
    )
    _write_parts(feedback, Answer(), answer)
    return feedback


def _is_same(before: Answer, answer: Answer) -> bool:
    return before.own_fields == answer.own_fields and not _parts_changed(before, answer)


def _parts_changed(before: Answer, answer: Answer) -> bool:
    return dict(before.levels) != dict(answer.levels) or sorted(before.remarks) != sorted(answer.remarks)


def _write(feedback: Feedback, before: Answer, answer: Answer, actor: User, now: datetime) -> None:
    changes = {**answer.own_fields, "author": actor, "saved_at": now, "revision": feedback.revision + 1}
    for name, value in changes.items():
        setattr(feedback, name, value)
    feedback.save(update_fields=list(changes))
    _write_parts(feedback, before, answer)


def _write_parts(feedback: Feedback, before: Answer, answer: Answer) -> None:
    """Only what differs; a level that belongs to another criterion or assignment is passed over."""
    if dict(before.levels) != dict(answer.levels):
        feedback.levels.exclude(criterion__in=answer.levels).delete()
        known = Level.objects.filter(
            pk__in=answer.levels.values(), criterion__assignment=feedback.submission.assignment_id
        ).values_list("criterion_id", "pk")
        FeedbackLevel.objects.bulk_create(
            [
                FeedbackLevel(feedback=feedback, criterion_id=criterion, level_id=level)
                for criterion, level in known
                if answer.levels.get(criterion) == level
            ],
            update_conflicts=True,
            unique_fields=["feedback", "criterion"],
            update_fields=["level"],
        )
    if sorted(before.remarks) != sorted(answer.remarks):
        feedback.comments.all().delete()
        Comment.objects.bulk_create(_comments(feedback, answer.remarks))


def _comments(feedback: Feedback, remarks: Sequence[Remark]) -> Iterator[Comment]:
    """Those whose passage there is, each with its quote: by that it is found again in a later attempt."""
    paper = feedback.submission
    files = {file.position: file for file in paper.files.all()} if any(one.file for one in remarks) else {}
    for one in sorted(remarks):
        file = files.get(one.file)
        text = file.text if file else paper.text
        if bool(file) == bool(one.file) and one.starts_at < one.ends_at <= len(text):
            # Quoted as it reads: nobody knows the marks of what they look at.
            shown = "" if file else words_of(text).between(one.starts_at, one.ends_at)
            yield Comment(
                feedback=feedback,
                file=file,
                starts_at_char=one.starts_at,
                ends_at_char=one.ends_at,
                quote=shown or text[one.starts_at : one.ends_at],
                text=one.text,
            )
