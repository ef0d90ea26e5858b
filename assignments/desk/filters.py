"""What of a list of papers is asked for, and how many papers each other choice would show. One query, however many."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, CharField, Count, Exists, F, Min, OuterRef, Q, QuerySet, Value, When

from assignments.desk.states import IsAnswered, LateBy, State
from assignments.models import Submission
from assignments.promises import PromisedAt, past
from programs.models import Session

# What nobody handed in stands in a list of its own: `assignments.desk.missing`.
MISSING = "missing"
# What is promised within this time is soon.
SOON = timedelta(days=2)
LONGEST_NUMBER = 12
LATE, REVISED, PAST, SOON_DUE = "late", "revised", "past", "soon"
ONLY = {
    "": "All of them",
    LATE: "Late",
    REVISED: "Revised",
    PAST: "Promise past",
    SOON_DUE: "Promised within 2 days",
}


class UnknownChoice(Exception):
    """The address asks for what no list has."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an address asks for."""

    shown: str = State.WAITING
    only: str = ""
    assignment: int | None = None
    section: int | None = None
    reader: int | None = None
    # Of everybody who reads here, where somebody may see that; else of the person alone.
    everybody: bool = False
    page: int = 1

    @property
    def fields(self) -> dict[str, str]:
        """As an address says it: what is as always is left out, and so is the page."""
        said = {
            "show": "" if self.shown == State.WAITING else self.shown,
            "only": self.only,
            "assignment": self.assignment or "",
            "section": self.section or "",
            "reader": self.reader or "",
            "everybody": "1" if self.everybody else "",
        }
        return {name: str(value) for name, value in said.items() if value}

    @property
    def query(self) -> str:
        """For the end of an address; empty when nothing was chosen."""
        return f"?{urlencode(self.fields)}" if self.fields else ""

    def narrow(self, papers: QuerySet[Any], session: Session, at: datetime) -> QuerySet[Any]:
        """Those of the papers that were asked for."""
        papers = papers.filter(state=self.shown)
        if self.assignment:
            papers = papers.filter(assignment=self.assignment)
        if self.section:
            papers = papers.filter(enrollment__section=self.section)
        if self.only == LATE:
            papers = papers.annotate(was_late_by=LateBy(F("pk"), F("enrollment_id"))).filter(was_late_by__isnull=False)
        if self.only == REVISED:
            papers = papers.filter(number__gt=1)
        if self.only in (PAST, SOON_DUE):
            papers = with_promise(papers, at).filter(promise=self.only)
        return papers


def read_wanted(source: Mapping[str, str]) -> Wanted:
    """What the address says. Raises UnknownChoice; a number that is none is passed over."""
    wanted = Wanted(
        shown=source.get("show") or State.WAITING,
        only=source.get("only", ""),
        assignment=number_in(source, "assignment"),
        section=number_in(source, "section"),
        reader=number_in(source, "reader"),
        everybody=source.get("everybody") == "1",
        page=number_in(source, "page") or 1,
    )
    if wanted.shown not in (*State.values, MISSING) or wanted.only not in ONLY:
        raise UnknownChoice
    return wanted


def number_in(source: Mapping[str, str], name: str) -> int | None:
    """A number from an address or a post, or None."""
    text = source.get(name, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < LONGEST_NUMBER else None


def with_promise(papers: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    """Adds `promise`: past of papers without an answer that is out, as `overview` counts them; soon of those that wait;
    or neither."""
    return papers.annotate(
        promised_by=PromisedAt(F("pk")),
        is_answered=IsAnswered(F("pk")),
        promise=Case(
            # First, because promises are long to work out. What is held may be a correction of what was answered.
            When(state=State.ANSWERED, then=Value("")),
            When(state=State.HELD, is_answered=True, then=Value("")),
            When(past(at), then=Value(PAST)),
            When(state=State.WAITING, promised_by__lte=at + SOON, then=Value(SOON_DUE)),
            default=Value(""),
            output_field=CharField(),
        ),
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Papers that no filter tells apart."""

    assignment: int
    title: str
    section: int | None
    section_name: str
    state: str
    traits: frozenset[str]
    count: int
    oldest_at: datetime


@dataclass(frozen=True)
class Choice:
    """One value of a filter: how many it would show, and the end of its address."""

    value: str
    words: str
    count: int
    query: str
    is_chosen: bool


@dataclass(frozen=True)
class Tally:
    """How many papers stand how."""

    groups: tuple[Group, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(group.count for group in self.groups)

    @property
    def waiting(self) -> int:
        """Those without an answer."""
        return self.count(Wanted())

    @property
    def oldest_at(self) -> datetime | None:
        """When the oldest of those that wait was handed in."""
        return min((group.oldest_at for group in self.groups if group.state == State.WAITING), default=None)

    def count(self, wanted: Wanted) -> int:
        """How many papers this would show."""
        return sum(group.count for group in self.groups if matches(group, wanted))

    def states(self, wanted: Wanted) -> list[Choice]:
        """Waiting, held, answered: with the assignment and section that were chosen."""
        return [self._choice(wanted, state.value, state.label, shown=state.value, only="") for state in State]

    def kinds(self, wanted: Wanted) -> list[Choice]:
        """All, late, revised…; those that would show nothing are left out unless chosen."""
        found = [self._choice(wanted, value, words, only=value) for value, words in ONLY.items()]
        return [one for one in found if one.count or one.is_chosen or not one.value]

    def assignments(self) -> dict[int, str]:
        """Those that papers were handed in for."""
        return {group.assignment: group.title for group in self.groups}

    def sections(self) -> dict[int, str]:
        """Those that papers come from, by name."""
        named = {group.section: group.section_name for group in self.groups if group.section}
        return dict(sorted(named.items(), key=lambda section: section[1]))

    def _choice(self, wanted: Wanted, value: str, words: str, **changes: Any) -> Choice:
        there = replace(wanted, **changes)
        is_chosen = all(getattr(wanted, name) == chosen for name, chosen in changes.items())
        if "shown" in changes:
            is_chosen = wanted.shown == value
        return Choice(value, words, self.count(there), there.query or "?", is_chosen)


def matches(group: Group, wanted: Wanted) -> bool:
    """Whether the list would show the papers of the group."""
    return (
        group.state == wanted.shown
        and wanted.assignment in (None, group.assignment)
        and wanted.section in (None, group.section)
        and (not wanted.only or wanted.only in group.traits)
    )


def tally(papers: QuerySet[Any], session: Session, at: datetime) -> Tally:
    """Count them. One query."""
    late = Submission.objects.filter(pk=OuterRef("pk"), authors__late_by__isnull=False)
    told_apart = with_promise(papers, at).annotate(is_late=Exists(late), is_revised=Q(number__gt=1))
    columns = (
        "assignment_id", "assignment__item__title", "enrollment__section", "enrollment__section__name", "state",
        "is_late", "is_revised", "promise",
    )  # fmt: skip
    counted = told_apart.order_by("assignment__due_at", "assignment_id").values_list(*columns)
    return Tally(
        tuple(
            Group(
                assignment,
                title,
                section,
                section_name or "",
                state,
                frozenset(filter(None, (is_late and LATE, is_revised and REVISED, promise))),
                count,
                oldest_at,
            )
            for assignment, title, section, section_name, state, is_late, is_revised, promise, count, oldest_at in (
                counted.annotate(Count("pk"), Min("handed_in_at"))
            )
        )
    )
