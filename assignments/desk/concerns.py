"""Papers under review, and the passages that they have in common with other papers of the program."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, IntegerField, QuerySet, Value

from accounts.models import User
from assignments.likeness import passages_in, print_of
from assignments.models import Concern, PaperPrint, Submission
from assignments.models.concern import ConcernQuerySet
from assignments.services.prints import text_of
from cohorts.models import Enrollment
from core.written import Written
from programs.models import Session

# Other papers that are looked at, those with most in common first; so many are shown, each with so many passages.
MOST_LOOKED_AT, MOST_PAPERS, MOST_PASSAGES = 20, 5, 3
# Numbers of one paper by which others are looked for: of a longer one the first.
MOST_NUMBERS = 3_000
NUMBERS = ArrayField(BigIntegerField())


class InCommon(Written):
    """How many numbers two prints share."""

    output_field: ClassVar = IntegerField()
    names = ("theirs", "ours")
    template = """SELECT count(*) FROM unnest({theirs}) AS number WHERE number = ANY({ours}::bigint[])"""


@dataclass(frozen=True)
class Likeness:
    """Another paper of the program and what of the paper under review stands in it too, word for word.

    The passages are those of the paper under review: nothing of the other is told but that it has them too.
    """

    other: Submission
    passages: tuple[str, ...]
    words: int
    # Passages beyond those that are shown.
    more: int


def concerns_of(user: User, session: Session, at: datetime) -> ConcernQuerySet:
    """Those of a session that the person may know of, the open ones first. One query."""
    found = Concern.objects.visible_to(user, at).filter(assignment__session=session)
    named = found.select_related(
        "assignment__item", "enrollment__user", "enrollment__section", "raised_by", "ended_by", "submission"
    )
    return named.defer("submission__text").order_by(F("ended_at").desc(nulls_first=True), "-raised_at")


def can_be_told(concern: Concern, at: datetime) -> bool:
    """Whether its participant can still read what the director writes: only then are they told of it. One query."""
    return Enrollment.objects.reading_own_work(at).filter(pk=concern.enrollment_id, user__is_active=True).exists()


def likenesses(submission: Submission) -> list[Likeness]:
    """Papers of other people in all sessions of the program that have passages in common with this one, the most first.

    Needs assignment and session in the row. Three queries, and at most `MOST_LOOKED_AT` papers are compared.
    """
    ours = text_of(submission)
    numbers = sorted(set(print_of(ours)) - set(print_of(submission.prompt)))[:MOST_NUMBERS]
    if not numbers:
        return []
    found = []
    for other in _alike(submission, numbers):
        passages = passages_in(ours, text_of(other), without=f"{submission.prompt}\n{other.prompt}")
        if passages:
            shown = tuple(ours[one.starts_at : one.ends_at] for one in passages[:MOST_PASSAGES])
            words = sum(one.words for one in passages)
            found.append(Likeness(other, shown, words, max(0, len(passages) - MOST_PASSAGES)))
    return sorted(found, key=lambda one: -one.words)[:MOST_PAPERS]


def _alike(submission: Submission, numbers: Sequence[int]) -> list[Submission]:
    """Of each work of somebody else's the attempt with most in common."""
    prints: QuerySet[PaperPrint] = PaperPrint.objects.filter(
        numbers__overlap=numbers, submission__assignment__session__program=submission.assignment.session.program_id
    ).exclude(submission__enrollment__user=submission.enrollment.user_id)
    ranked = prints.annotate(in_common=InCommon(F("numbers"), Value(list(numbers), output_field=NUMBERS)))
    keys = list(ranked.order_by("-in_common", "pk").values_list("pk", flat=True)[:MOST_LOOKED_AT])
    named = Submission.objects.select_related(
        "assignment__item", "assignment__session__program", "enrollment__user"
    ).prefetch_related("files")
    papers = named.in_bulk(keys)
    best: dict[tuple[int, int], Submission] = {}
    for key in keys:
        paper = papers[key]
        best.setdefault((paper.assignment_id, paper.enrollment_id), paper)
    return list(best.values())
