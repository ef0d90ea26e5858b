"""That somebody read another person's paper."""

from datetime import datetime

from accounts.models import User
from assignments.models import Submission
from audit.services import record


def note_look(*, submission: Submission, actor: User, now: datetime) -> None:
    """Write down who read which paper when; needs its assignment and session in the row."""
    record(
        actor=actor,
        verb="read a paper",
        on=submission,
        after={"receipt": submission.receipt},
        scope=submission.assignment.session.scope,
        now=now,
    )
