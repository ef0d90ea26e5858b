"""What the demo's readers have answered, through their own acts."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from assignments.models import Assignment, Feedback, Submission
from assignments.services.feedback import Answer, Remark, release_feedback, save_feedback
from assignments.services.finishing import finish_feedback, hold_feedback
from operations.demo import texts

SENTENCE_END = re.compile(r"[.?!]”?(?=\s|$)")


def answer_some(assignment: Assignment, dice: Random, now: datetime) -> None:
    """Most papers that are older than four days are answered; a few answers are finished, some of them held."""
    for number, submission in enumerate(waiting_papers(assignment)):
        reader = submission.readers.current().primary().select_related("user").first()
        age = now - submission.handed_in_at
        if reader is None or age < timedelta(days=1):
            continue
        answered_at = min(submission.handed_in_at + timedelta(days=dice.randint(1, 5), hours=dice.randint(0, 9)), now)
        # Of the older ones one of four still waits, of the younger ones all but one of four.
        if (number % 4 == 1) == (age >= timedelta(days=4)):
            continue
        feedback = save_feedback(
            submission=submission,
            answer=answer_for(submission, number, now),
            based_on=0,
            actor=reader.user,
            now=answered_at,
        )
        if number % 5 == 3:
            finish = hold_feedback if number % 2 else finish_feedback
            finish(feedback=feedback, actor=reader.user, now=answered_at)
        else:
            release_feedback(feedback=feedback, actor=reader.user, now=answered_at)


def waiting_papers(assignment: Assignment) -> Iterator[Submission]:
    """Oldest first."""
    rows = Submission.objects.awaiting_feedback().filter(assignment=assignment)
    yield from rows.select_related("assignment__session__program", "enrollment__user").order_by("handed_in_at")


def answer_for(submission: Submission, number: int, now: datetime) -> Answer:
    """Praise, advice, a comment on a passage, and now and then “please revise”."""
    criteria = submission.assignment.criteria.prefetch_related("levels")
    to_revise = number % 7 == 2
    levels = {}
    for place, criterion in enumerate(criteria):
        known = list(criterion.levels.all())
        levels[criterion.pk] = known[max(0, len(known) - 1 - (number + place) % 2 - to_revise)].pk
    begins, ends = first_sentence(submission.text, after="\n\n")
    return Answer(
        text=texts.PRAISE[number % len(texts.PRAISE)],
        next_step=texts.ADVICE[number % len(texts.ADVICE)],
        result=Feedback.Result.PLEASE_REVISE if to_revise else Feedback.Result.COMPLETE,
        revise_reason=texts.REVISION if to_revise else "",
        revise_until=now.replace(hour=3, minute=59, second=0, microsecond=0) + timedelta(days=8) if to_revise else None,
        levels=levels,
        remarks=(Remark(starts_at=begins, ends_at=ends, text=texts.REMARKS[number % len(texts.REMARKS)]),),
    )


def first_sentence(text: str, *, after: str) -> tuple[int, int]:
    """Where the sentence begins and ends that stands after the first such mark, or at the beginning."""
    begins = text.find(after) + len(after) if after in text else 0
    ending = SENTENCE_END.search(text, begins)
    return begins, ending.end() if ending else len(text)
