"""That somebody read another person's paper."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from assignments.models import Submission
from audit.services import record, record_each


def note_look(*, submission: Submission, file: str = "", actor: User, now: datetime, is_ahead: bool = False) -> None:
    """Write down who read which paper, or which file of it, when; needs its assignment and session in the row.

    `is_ahead`: the text was sent to an open page that may show it next.
    """
    record(
        actor=actor,
        verb="was sent a paper ahead" if is_ahead else "read a paper",
        on=submission,
        after={"receipt": submission.receipt} | ({"file": file} if file else {}),
        scope=submission.assignment.session.scope,
        now=now,
    )


def note_passages(*, submissions: Sequence[Submission], scope: str, actor: User, now: datetime) -> None:
    """Write down that somebody was shown which words these papers of one session have in common with another."""
    record_each(actor=actor, verb="saw a passage of a paper", on=submissions, scope=scope, now=now)


def note_looks(*, submissions: Sequence[Submission], way: str = "", actor: User, now: datetime) -> None:
    """Write down that somebody read all of these, on one page or in that way; they are of one session. One query."""
    if submissions:
        scope = submissions[0].assignment.session.scope
        after = {"way": way} if way else None
        record_each(actor=actor, verb="read a paper", on=submissions, after=after, scope=scope, now=now)
