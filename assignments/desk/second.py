"""Second readings: what waits for a reader, what two windows made of one, how the readings of each paper compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from accounts.models import User
from assignments.desk.rubrics import CriterionRow, rubric_of
from assignments.desk.states import GivenLevels
from assignments.differing import Part, differences
from assignments.models import Feedback, KeptReading, SecondReading, SecondSample
from assignments.models.second import SecondReadingQuerySet
from assignments.services.second_readings import Impression, impression_kept, impression_of
from cohorts.models import Enrollment
from programs.models import Session

RESULTS = dict(Feedback.Result.choices)


def waiting_for(user: User, session: Session, at: datetime) -> SecondReadingQuerySet:
    """What this person is to read, without the writers: who wrote it is not told. One query."""
    mine = SecondReading.objects.visible_to(user, at).filter(sample__assignment__session=session)
    rows = mine.select_related("sample__assignment__item", "reader__submission").order_by("sample", "pk")
    return rows.defer("reader__submission__text", "reader__submission__prompt")


def samples_of(user: User, session: Session, at: datetime) -> QuerySet[SecondSample]:
    """The draws of a session with how many papers are asked for and finished, of people who count. One query."""
    samples = SecondSample.objects.visible_to(user, at).filter(assignment__session=session)
    counts = Q(readings__reader__submission__enrollment__status__in=Enrollment.COUNTED)
    finished = counts & Q(readings__finished_at__isnull=False)
    asked = finished | (counts & Q(readings__reader__ended_at__isnull=True))
    counted = samples.annotate(asked=Count("readings", filter=asked), done=Count("readings", filter=finished))
    return counted.select_related("assignment__item", "drawn_by")


@dataclass(frozen=True)
class Choice:
    """A line of the rubric, or the result, as it stands and as it came late; empty where nothing was chosen."""

    title: str
    standing: str
    late: str

    @property
    def is_other(self) -> bool:
        """Whether what came late would take the place of what stands."""
        return bool(self.late) and self.late != self.standing


@dataclass(frozen=True)
class KeptView:
    """What came late from another window, against what stands."""

    row: KeptReading
    choices: list[Choice]
    # Of the note: what came late, with what it has that does not stand.
    parts: list[Part]


def kept_beside(reading: SecondReading, rubric: Sequence[CriterionRow]) -> list[KeptView]:
    """What its reader has still to choose between, the oldest first. Two queries where there is some, else one."""
    rows = list(reading.kept.filter(settled_at=None).order_by("pk"))
    if not rows:
        return []
    standing = impression_of(reading)
    return [
        KeptView(row, _choices(standing, impression_kept(row), rubric), differences(standing.note, row.note))
        for row in rows
    ]


def _choices(standing: Impression, late: Impression, rubric: Sequence[CriterionRow]) -> list[Choice]:
    both = [
        Choice(line.title, line.title_of(standing.levels.get(line.pk)), line.title_of(late.levels.get(line.pk)))
        for line in rubric
    ]
    both.append(Choice("Result", RESULTS.get(standing.result, ""), RESULTS.get(late.result, "")))
    return [one for one in both if one.standing or one.late]


@dataclass(frozen=True)
class Pair:
    """A paper with both readings, as far as they are finished."""

    reading: SecondReading
    # By whom and how it was answered first; None while that is not finished.
    first: Feedback | None
    first_levels: list[str]
    second_levels: list[str]

    @property
    def is_comparable(self) -> bool:
        """Whether two people have finished."""
        return self.first is not None and self.reading.finished_at is not None and not self.is_by_one

    @property
    def is_by_one(self) -> bool:
        """Whether the second reader has come to answer it as well: that compares nobody."""
        return self.first is not None and self.first.author_id == self.reading.reader.user_id

    @property
    def is_same(self) -> bool:
        """Whether both came to the same result."""
        return self.is_comparable and self.first is not None and self.first.result == self.reading.result

    @property
    def is_open(self) -> bool:
        """Whether the second reading is still to be done."""
        return self.reading.finished_at is None

    @property
    def levels(self) -> list[tuple[str, str]]:
        """Both levels of each line of the rubric."""
        return list(zip(self.first_levels, self.second_levels, strict=True))


@dataclass(frozen=True)
class Comparison:
    """A sample with its papers."""

    rubric: list[CriterionRow]
    pairs: list[Pair]

    @property
    def compared(self) -> list[Pair]:
        """Those that both have finished."""
        return [pair for pair in self.pairs if pair.is_comparable]

    @property
    def same(self) -> int:
        """Of these, how many came to the same result."""
        return sum(pair.is_same for pair in self.compared)

    @property
    def same_levels(self) -> list[int]:
        """Of these, how many gave the same level, by line of the rubric."""
        return [
            sum(pair.levels[number][0] == pair.levels[number][1] for pair in self.compared)
            for number in range(len(self.rubric))
        ]

    @property
    def open(self) -> list[Pair]:
        """Those that wait for one of the two."""
        return [pair for pair in self.pairs if not pair.is_comparable and not pair.is_by_one]


def compare(sample: SecondSample) -> Comparison:
    """The papers of a sample, but for those taken back and of people who left. Four queries."""
    readings = list(
        sample.readings.counted()
        .filter(Q(finished_at__isnull=False) | Q(reader__ended_at__isnull=True))
        .select_related(
            "reader__user", "reader__submission__enrollment__user", "reader__submission__enrollment__section"
        )
        .defer("reader__submission__text", "reader__submission__prompt")
        .prefetch_related("levels")
        .order_by("reader__submission__enrollment__section__name", "pk")
    )
    rubric = rubric_of(sample.assignment)
    titles = {level.pk: level.title for criterion in rubric for level in criterion.levels}
    firsts = _first_answers([one.reader.submission_id for one in readings])
    pairs = []
    for reading in readings:
        first = firsts.get(reading.reader.submission_id)
        given = {one.criterion_id: one.level_id for one in reading.levels.all()}
        ours = {int(key): level for key, level in first.given_levels.items()} if first else {}
        columns = [([titles.get(levels.get(line.pk, 0), "") for line in rubric]) for levels in (ours, given)]
        pairs.append(Pair(reading, first, *columns))
    return Comparison(rubric, pairs)


def _first_answers(papers: Sequence[int]) -> dict[int, Any]:
    """What was answered first and finished; a correction came after, and so might have known of another reading."""
    finished = Feedback.objects.filter(submission__in=papers, version=1).exclude(status=Feedback.Status.DRAFT)
    told: QuerySet[Any] = finished.annotate(given_levels=GivenLevels(F("pk"))).select_related("author")
    return {answer.submission_id: answer for answer in told}
