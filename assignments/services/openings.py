"""Opening a paper without a right of one's own."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.roles import Perm
from assignments.models import PaperOpening, Submission
from audit.services import record, record_each
from cohorts.access import membership_of
from programs.models import Session


class MayNotOpen(Exception):
    """Not even with a reason."""

    def __init__(self) -> None:
        super().__init__("Your role does not open papers.")


@transaction.atomic
def open_paper(*, submission: Submission, reason: str, actor: User, now: datetime) -> PaperOpening:
    """Open one paper for a day after writing down why; its writer may read the reason. Raises MayNotOpen."""
    session = submission.assignment.session
    if not membership_of(actor, session, now).may(Perm.OPEN_PAPER_WITH_REASON):
        raise MayNotOpen
    opening = PaperOpening.objects.create(submission=submission, user=actor, reason=reason.strip(), at=now)
    record(actor=actor, verb="opened a paper", on=submission, reason=opening.reason, scope=session.scope, now=now)
    return opening


@transaction.atomic
def open_papers(*, papers: Sequence[int], session: Session, reason: str, actor: User, now: datetime) -> None:
    """The same for many of one session, by their keys; each writer may read the reason. Three queries."""
    if not membership_of(actor, session, now).may(Perm.OPEN_PAPER_WITH_REASON):
        raise MayNotOpen
    rows = [Submission(pk=pk) for pk in papers]
    PaperOpening.objects.bulk_create(PaperOpening(submission=row, user=actor, reason=reason, at=now) for row in rows)
    record_each(actor=actor, verb="opened a paper", on=rows, reason=reason, scope=session.scope, now=now)
