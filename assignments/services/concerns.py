"""Papers under review: while one is, nothing that is written about it is released, by nobody and by no promise."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import User
from accounts.roles import Perm
from assignments import notices
from assignments.models import Concern, Feedback, MovedPromise, Submission
from assignments.promises import END_OF_DAY, PromisedAt
from assignments.services.answers import is_for_peers, may_answer
from assignments.services.feedback import note_act
from audit.services import record
from cohorts.access import membership_of
from core.moves import move
from core.rules import Side, instant_of
from notifications import outbox

# So many days a reader has at least, after a review that took longer than the promise allowed for.
DAYS_AFTERWARDS = 2


class MayNotRaise(Exception):
    """Only who answers a paper marks it."""

    def __init__(self) -> None:
        super().__init__("A paper is put under review by the teaching fellows who answer it.")


class UnderReviewAlready(Exception):
    """Somebody was quicker; `concern` is theirs."""

    def __init__(self, concern: Concern) -> None:
        self.concern = concern
        super().__init__("This paper is under review already. Tell the head teaching fellow what you wanted to add.")


class MayNotEnd(Exception):
    """Not this person's to end in this way."""

    def __init__(self) -> None:
        super().__init__("The head teaching fellow or the director ends a review; the director writes to participants.")


class ConcernIncomplete(Exception):
    """What is missing, as a sentence."""


@transaction.atomic
def raise_concern(*, submission: Submission, note: str, actor: User, now: datetime) -> Concern:
    """Put a paper under review: from then on nothing written about any attempt of that work is released.

    Head teaching fellow and director are told at once, the participant nothing. Locks all attempts, so that what is
    being released meanwhile is either out before or waits. The same note of the same person again is the same review.
    Raises MayNotRaise, UnderReviewAlready, ConcernIncomplete.
    """
    if is_for_peers(submission) or not may_answer(actor, submission, now):
        raise MayNotRaise
    if not note.strip():
        raise ConcernIncomplete("Write what you would like somebody to look at.")
    lock_work(submission)
    work = {"assignment_id": submission.assignment_id, "enrollment_id": submission.enrollment_id}
    if standing := Concern.objects.open().filter(**work).first():
        if (standing.raised_by_id, standing.note) == (actor.pk, note.strip()):
            return standing
        raise UnderReviewAlready(standing)
    concern = Concern.objects.create(submission=submission, **work, note=note.strip(), raised_by=actor, raised_at=now)
    concern.submission = submission
    _record(concern, "put a paper under review", actor, now)
    outbox.enqueue(notices.concern_raised(concern), now=now)
    return concern


@transaction.atomic
def clear_concern(*, concern: Concern, outcome: str, actor: User, now: datetime) -> Concern:
    """Let the feedback go on: what is finished goes out as promised, within the minute where that has passed.

    A revision whose date has passed meanwhile cannot: its reader goes on with it. Where nothing is finished and the
    promise has passed, or is near, it is moved to a day that can be kept. The same again changes nothing. Raises
    MayNotEnd, ConcernIncomplete, WrongState.
    """
    if not membership_of(actor, concern.assignment.session, now).may(Perm.SEE_CONCERNS):
        raise MayNotEnd
    _check_outcome(outcome)
    attempts = lock_work(concern.submission)
    if _is_ended_so(concern, Concern.Status.CLEARED, actor, outcome):
        return concern
    move(concern, Concern.Status.CLEARED, outcome=outcome.strip(), ended_by=actor, ended_at=now)
    _record(concern, "ended a review: feedback goes on", actor, now)
    _give_back_what_passed(attempts, actor, now)
    _keep_promise_possible(concern, attempts[-1], actor, now)
    return concern


@transaction.atomic
def write_to_participant(*, concern: Concern, outcome: str, words: str, actor: User, now: datetime) -> Concern:
    """End it with the director's words, which the participant is told of and reads on the page of the work.

    What is finished stays held until somebody lets it go: what was written before is not what one says afterwards.
    The same again changes nothing. Raises MayNotEnd, ConcernIncomplete, WrongState.
    """
    if not membership_of(actor, concern.assignment.session, now).may(Perm.WRITE_ON_CONCERN):
        raise MayNotEnd
    if not words.strip():
        raise ConcernIncomplete("Write what the participant is told.")
    _check_outcome(outcome)
    attempts = lock_work(concern.submission)
    if _is_ended_so(concern, Concern.Status.WRITTEN, actor, outcome, words):
        return concern
    move(
        concern,
        Concern.Status.WRITTEN,
        outcome=outcome.strip(),
        words=words.strip(),
        ended_by=actor,
        ended_at=now,
    )
    _record(concern, "ended a review: wrote to the participant", actor, now)
    finished = Feedback.objects.filter(submission__in=attempts, status=Feedback.Status.HELD, held_by=None)
    for feedback in finished:
        Feedback.objects.filter(pk=feedback.pk).update(held_by=actor, held_at=now)
        record(actor=actor, verb="held the feedback", on=feedback, scope=concern.assignment.session.scope, now=now)
    outbox.enqueue(notices.director_wrote(concern), now=now)
    return concern


def lock_work(submission: Submission) -> list[Submission]:
    """All attempts of that work in their order: until the transaction ends nothing about one of them is released."""
    attempts = Submission.objects.filter(assignment=submission.assignment_id, enrollment=submission.enrollment_id)
    return list(attempts.select_for_update(of=("self",), no_key=True).order_by("number").defer("text", "prompt"))


def _is_ended_so(concern: Concern, status: Concern.Status, actor: User, outcome: str, words: str = "") -> bool:
    """Whether this very act came before, of a double click; the work is locked."""
    same = Concern.objects.filter(pk=concern.pk, status=status, ended_by=actor)
    return same.filter(outcome=outcome.strip(), words=words.strip()).exists()


def _check_outcome(outcome: str) -> None:
    if not outcome.strip():
        raise ConcernIncomplete("Write why it ends so; the participant does not read it.")


def _give_back_what_passed(attempts: list[Submission], actor: User, now: datetime) -> None:
    """Finished it would stand in no queue, and go out at no time."""
    asked = Feedback.objects.filter(submission__in=attempts, status=Feedback.Status.HELD)
    passed = asked.filter(result=Feedback.Result.PLEASE_REVISE, revise_until__lte=now).select_for_update(of=("self",))
    for feedback in passed.select_related("submission__assignment__session"):
        move(feedback, Feedback.Status.DRAFT, held_by=None, held_at=None, looked_by=None, looked_at=None)
        note_act(feedback, "gave the feedback back, because the date of the revision had passed", actor, now)


def _keep_promise_possible(concern: Concern, newest: Submission, actor: User, now: datetime) -> None:
    """The review was not the reader's doing: they keep two days at least."""
    unfinished = not newest.feedback.exclude(status=Feedback.Status.DRAFT).exists()
    promised_at = Submission.objects.filter(pk=newest.pk).values_list(PromisedAt("pk"), flat=True).get()
    session = concern.assignment.session
    day = (now.astimezone(ZoneInfo(session.zone)) + timedelta(days=DAYS_AFTERWARDS)).date()
    at_least = instant_of(day, END_OF_DAY, session.zone, Side.DEADLINE)
    if unfinished and promised_at is not None and promised_at < at_least:
        MovedPromise.objects.create(submission=newest, promised_at=at_least, moved_by=actor, moved_at=now)
        record(
            actor=actor,
            verb="moved the promised date",
            on=newest,
            before={"promised_at": promised_at},
            after={"promised_at": at_least},
            scope=session.scope,
            now=now,
        )


def _record(concern: Concern, verb: str, actor: User, now: datetime) -> None:
    """That it was done: what was written stays between those who look after it."""
    record(
        actor=actor,
        verb=verb,
        on=concern,
        after={"status": concern.status, "receipt": concern.submission.receipt},
        scope=concern.assignment.session.scope,
        now=now,
    )
