"""Samples and the table of what everybody made of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import User
from assignments.desk.rubrics import CriterionRow, rubric_of
from assignments.models import CalibrationAnswer, CalibrationLook, CalibrationPaper
from programs.models import Session


@dataclass(frozen=True)
class Line:
    """One reader's levels in the order of the rubric."""

    answer: CalibrationAnswer
    levels: list[str]


@dataclass(frozen=True)
class Table:
    """What everybody made of a sample, and how many chose the most frequent of each column."""

    rubric: list[CriterionRow]
    lines: list[Line]
    agreement: list[int]

    @property
    def count(self) -> int:
        """How many answered."""
        return len(self.lines)


def papers_for(user: User, session: Session, at: datetime) -> QuerySet[CalibrationPaper]:
    """The session's samples with whether this reader has answered or looked at the table, and how many have answered.
    One query."""
    own = CalibrationAnswer.objects.filter(paper=OuterRef("pk"), user=user)
    papers = CalibrationPaper.objects.visible_to(user, at).filter(session=session).select_related("assignment__item")
    looks = CalibrationLook.objects.filter(paper=OuterRef("pk"), user=user)
    return papers.annotate(  # type: ignore[no-redef]
        has_answered=Exists(own), has_looked=Exists(looks), answer_count=Count("answers")
    )


def count_samples(user: User, session: Session, at: datetime) -> int:
    """How many wait for this person's answer. One query."""
    return CalibrationPaper.objects.visible_to(user, at).filter(session=session).waiting_for(user).count()


def table_of(paper: CalibrationPaper, user: User, at: datetime) -> Table:
    """The answers that this person may see. Three queries."""
    rubric = rubric_of(paper.assignment)
    titles = {level.pk: level.title for criterion in rubric for level in criterion.levels}
    answers = CalibrationAnswer.objects.visible_to(user, at).filter(paper=paper)
    lines = []
    for answer in answers.select_related("user").prefetch_related("levels"):
        given = {level.criterion_id: level.level_id for level in answer.levels.all()}
        lines.append(Line(answer, [titles.get(given.get(criterion.pk, 0), "") for criterion in rubric]))
    columns = [[line.levels[number] for line in lines] for number in range(len(rubric))]
    columns.append([line.answer.result for line in lines])
    agreement = [max(Counter(column).values(), default=0) for column in columns]
    return Table(rubric, lines, agreement)
