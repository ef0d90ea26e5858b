"""Papers that readers want the faculty chair to see."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from assignments.desk.states import Marks
from assignments.querysets import SubmissionQuerySet
from programs.models import Session

# Before a live class nobody looks at more.
MOST = 300


@dataclass(frozen=True)
class Chosen:
    """A paper on the chair's list."""

    pk: int
    person: str
    section: str
    title: str
    number: int
    marked_by: str
    marked_at: datetime
    tags: tuple[str, ...]


@dataclass(frozen=True)
class ChairList:
    """The papers of one tag or all, and how many each tag has."""

    rows: list[Chosen]
    total: int
    by_tag: list[tuple[int, str, int]]
    tag: int | None


def chosen_for_chair(papers: SubmissionQuerySet, session: Session, tag: int | None) -> ChairList:
    """Among papers that the person may read. One query."""
    marked = papers.filter(chair_mark__isnull=False, assignment__session=session).order_by("-chair_mark__at", "-pk")
    columns = (
        "pk", "enrollment__user__name", "enrollment__section__name", "assignment__item__title", "number",
        "chair_mark__by__name", "chair_mark__at", "marks",
    )  # fmt: skip
    found = marked.annotate(marks=Marks(F("pk"), F("assignment__session"))).values_list(*columns)
    rows, counts, titles = [], Counter[int](), dict[int, str]()
    total = 0
    for pk, person, section, title, number, by, at, marks in found[:MOST]:
        given = {key: word for key, word, is_given in marks["tags"] if is_given}
        total += 1
        counts.update(given.keys())
        titles |= given
        if tag is None or tag in given:
            rows.append(Chosen(pk, person, section or "", title, number, by, at, tuple(given.values())))
    by_tag = [(key, titles[key], counts[key]) for key in sorted(titles, key=lambda key: titles[key])]
    return ChairList(rows, total, by_tag, tag)
