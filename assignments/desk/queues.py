"""One reader's queue: what waits, what is held, what is answered; oldest first, by two queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet

from accounts.models import User
from assignments.desk.states import IsBegun, IsUnderReview, LateBy, PaperResult, State, to_answer
from assignments.models import Assignment, Feedback, Reader, Submission
from assignments.promises import PromisedAt, is_past
from core.spans import say_span
from programs.models import Session

# Papers on one page.
AT_ONCE = 25
RESULTS = dict(Feedback.Result.choices)
RESULT_CHIPS = {"complete": "released", "please_revise": "revise", "not_yet_complete": ""}


@dataclass(frozen=True, slots=True)
class Row:
    """A paper in a list: that it is there and how it stands, never its text."""

    pk: int
    title: str
    person: str
    section: str
    number: int
    handed_in_at: datetime
    late_by: timedelta | None
    promised_by: datetime | None
    state: str
    is_begun: bool
    result: str
    # Of the reader who asks: primary or covering; empty where nobody asks as one.
    kind: str
    reader: str
    is_for_peers: bool
    # For those who answer papers or look after this: nobody else is told.
    is_under_review: bool

    @property
    def late(self) -> str:
        """How late, in words; empty when on time."""
        return "" if self.late_by is None else say_span(self.late_by)

    @property
    def result_words(self) -> str:
        """The result as a participant reads it."""
        return RESULTS.get(self.result, "")

    @property
    def result_chip(self) -> str:
        """Its chip's kind."""
        return RESULT_CHIPS.get(self.result, "")

    def is_overdue(self, at: datetime) -> bool:
        """Whether it should have been answered."""
        return self.state == State.WAITING and is_past(self.promised_by, at)


def read_by(user: User, session: Session) -> QuerySet[Any]:
    """The papers of this session in the person's queue: their own, or covered. What they read a second time stands
    apart, because a list of the desk says how its papers are answered."""
    current = Q(readers__user=user, readers__ended_at=None, readers__kind__in=Reader.IN_QUEUE)
    papers = Submission.objects.annotate(reading=FilteredRelation("readers", condition=current))
    return to_answer(papers.filter(reading__isnull=False, assignment__session=session))


def rows_of(papers: QuerySet[Any], session: Session, *, is_own: bool = False, page: int = 1) -> list[Row]:
    """A page of them, oldest first. One query; of `read_by` (`is_own`) with what the asking reader is to each."""
    named = papers.annotate(
        late_by=LateBy(F("pk"), F("enrollment_id")),
        promised_by=PromisedAt(F("pk")),
        is_begun=IsBegun(F("pk")),
        result=PaperResult(F("pk")),
        is_under_review=IsUnderReview(F("assignment_id"), F("enrollment_id")),
    ).order_by("handed_in_at", "pk")
    columns = (
        "pk", "assignment__item__title", "enrollment__user__name", "enrollment__section__name", "number",
        "handed_in_at", "late_by", "promised_by", "state", "is_begun", "result", "assignment__answered_by",
        "is_under_review",
    )  # fmt: skip
    begins = (page - 1) * AT_ONCE
    found = named.values_list(*columns, *(["reading__kind"] if is_own else []))[begins : begins + AT_ONCE]
    return [_row(one) for one in found]


def _row(columns: Iterable[Any]) -> Row:
    (pk, title, person, section, number, handed_in_at, late_by, promised_by, state, is_begun, result, answered_by,
     is_under_review, *kind) = columns  # fmt: skip
    return Row(
        pk=pk,
        title=title,
        person=person,
        section=section or "",
        number=number,
        handed_in_at=handed_in_at,
        late_by=late_by,
        promised_by=promised_by,
        state=state,
        is_begun=is_begun,
        result=result or "",
        kind=kind[0] if kind else "",
        reader="",
        is_for_peers=answered_by == Assignment.AnsweredBy.PEERS,
        is_under_review=is_under_review,
    )


def next_waiting(user: User, session: Session, after: int | None) -> int | None:
    """The oldest paper that waits in the person's queue, but for the one they come from."""
    waiting = read_by(user, session).filter(state=State.WAITING)
    others = waiting.exclude(pk=after or 0)
    pk: int | None = others.order_by("handed_in_at", "pk").values_list("pk", flat=True).first()
    return pk
