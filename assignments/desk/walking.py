"""From one paper of a list to the next."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import Perm
from assignments.desk.filters import Wanted
from assignments.desk.queues import read_by
from assignments.desk.states import to_answer
from assignments.models import Submission
from cohorts.access import Membership
from programs.models import Session


def papers_of(user: User, session: Session, membership: Membership, wanted: Wanted) -> QuerySet[Any]:
    """The papers that a list is of: everybody's or one reader's for those who watch, else the person's own."""
    if not (wanted.everybody and membership.may(Perm.WATCH_QUEUES)):
        return read_by(user, session)
    if wanted.reader:
        return read_by(User(pk=wanted.reader), session)
    return to_answer(Submission.objects.filter(assignment__session=session))


@dataclass(frozen=True)
class Walk:
    """Where a paper stands in the list it was opened from; `place` is None once it has left that list."""

    previous: int | None
    next: int | None
    place: int | None
    total: int


def walk_from(papers: QuerySet[Any], pk: int, handed_in_at: datetime) -> Walk:
    """The neighbours of a paper, oldest first, whether or not it still is in the list. One query."""
    around: list[tuple[datetime, int]] = list(papers.order_by("handed_in_at", "pk").values_list("handed_in_at", "pk"))
    here = (handed_in_at, pk)
    place = bisect_left(around, here)
    is_in = place < len(around) and around[place] == here
    after = around[place + is_in :]
    return Walk(
        previous=around[place - 1][1] if place else None,
        next=after[0][1] if after else None,
        place=place + 1 if is_in else None,
        total=len(around),
    )
