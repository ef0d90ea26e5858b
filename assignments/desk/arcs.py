"""One person's papers of a session in the order of the curriculum, each with the answer in force: four queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import F, JSONField, Q, QuerySet

from accounts.models import User
from assignments.desk.queues import RESULT_CHIPS
from assignments.desk.remarks import Remark
from assignments.desk.states import Comments, LateBy
from assignments.due import PerPerson
from assignments.models import Feedback, Submission
from assignments.querysets import FeedbackQuerySet, SubmissionQuerySet
from assignments.source import Page, page_of
from cohorts.models import Enrollment
from core.spans import say_span
from programs.models import Session


class GivenTitles(PerPerson):
    """The levels that an answer gives, in words: criterion and level."""

    output_field: ClassVar = JSONField()
    names = ("answer",)
    template = """SELECT COALESCE(jsonb_agg(jsonb_build_array(criterion.title, level.title)
            ORDER BY criterion.position), '[]')
        FROM assignments_feedbacklevel AS given
        JOIN assignments_criterion AS criterion ON criterion.id = given.criterion_id
        JOIN assignments_level AS level ON level.id = given.level_id
        WHERE given.feedback_id = {answer}"""


@dataclass
class Chapter:
    """A paper of the arc with its answer, if one is released."""

    submission: Submission
    answer: Feedback | None
    attempts: int

    @property
    def late(self) -> str:
        """How late it was, in words; empty when on time."""
        late_by = self.submission.late_by
        return "" if late_by is None else say_span(late_by)

    @property
    def chip(self) -> str:
        """The chip's kind for its result."""
        return RESULT_CHIPS.get(self.answer.result, "") if self.answer else ""

    @cached_property
    def remarks(self) -> list[Remark]:
        """The comments on it."""
        rows: list[Any] = self.answer.comment_rows if self.answer else []  # type: ignore[attr-defined]
        return [Remark(number, *columns) for number, columns in enumerate(rows, 1)]

    @property
    def levels(self) -> list[list[str]]:
        """Criterion and level."""
        given: list[list[str]] = self.answer.given_titles if self.answer else []  # type: ignore[attr-defined]
        return given

    @property
    def lines(self) -> Page:
        """The text with the passages of the comments marked."""
        return page_of(self.submission.text, [(one.starts_at, one.ends_at) for one in self.remarks if not one.file])


def places_for(user: User, session: Session, papers: SubmissionQuerySet, at: datetime) -> QuerySet[Enrollment]:
    """The participants whom somebody knows here or has papers of to read, but for themself."""
    known = Enrollment.objects.visible_to(user, at).filter(session=session).order_by().values("pk")
    writers = papers.filter(assignment__session=session).order_by().values("enrollment")
    places = Enrollment.objects.filter(Q(pk__in=known) | Q(pk__in=writers), session=session)
    return places.exclude(user=user).select_related("user", "section")


def read_arc(
    papers: SubmissionQuerySet, answers: FeedbackQuerySet, place: Enrollment, session: Session
) -> list[Chapter]:
    """The counting papers of this person among those that may be read, with the answers that may be read. Three queries
    at most."""
    mine = papers.filter(enrollment=place, assignment__session=session).counting().with_quoting()
    named: QuerySet[Any] = mine.annotate(  # type: ignore[no-redef]
        late_by=LateBy(F("pk"), F("enrollment_id"))
    )
    found = list(
        named.select_related("assignment__item__module")
        .prefetch_related("files")
        .order_by("assignment__item__module__position", "assignment__item__position", "pk")
    )
    if not found:
        return []
    by_paper = _in_force(answers, found)
    chapters = []
    for paper in found:
        paper.assignment.session = session
        chapters.append(Chapter(paper, by_paper.get(paper.pk), paper.number))
    return chapters


def _in_force(answers: FeedbackQuerySet, papers: Iterable[Submission]) -> dict[int, Feedback]:
    rows = answers.in_force().filter(submission__in=[paper.pk for paper in papers])
    told: QuerySet[Any] = rows.annotate(comment_rows=Comments(F("pk")), given_titles=GivenTitles(F("pk")))
    return {answer.submission_id: answer for answer in told.select_related("author")}
