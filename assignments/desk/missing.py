"""Who has not handed in what was due: that a draft exists and when it was saved, never its text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from assignments.due import OwnDraftSavedAt
from assignments.models import Assignment, Submission
from assignments.notices import DEADLINE_COMING, DRAFT_WAITING
from cohorts.models import Enrollment
from core.windows import ON_TIME_GRACE, Phase, Window
from notifications.models import Choice
from programs.models import Session


@dataclass(frozen=True, slots=True)
class Gap:
    """Work that was due and did not come."""

    enrollment: int
    person: str
    section: str
    title: str
    due_at: datetime
    is_closed: bool
    draft_saved_at: datetime | None
    # They wanted no reminders of it.
    is_not_reminded: bool


def people_of(user: User, session: Session) -> QuerySet[Enrollment]:
    """The participants of the sections that a teaching fellow leads."""
    return people_in(session).filter(section__fellows__user=user)


def people_in(session: Session) -> QuerySet[Enrollment]:
    """All who could hand in here."""
    return Enrollment.objects.working().filter(session=session)


def missing_of(
    people: QuerySet[Enrollment],
    session: Session,
    at: datetime,
    *,
    assignment: int | None = None,
    section: int | None = None,
) -> QuerySet[Any]:
    """A row for each person and work whose own deadline has passed with nothing handed in, the longest due first."""
    if section:
        people = people.filter(section=section)
    works = Assignment.objects.filter(due_at__lte=at - ON_TIME_GRACE, session=session)
    if assignment:
        works = works.filter(pk=assignment)
    handed_in = Submission.objects.filter(assignment=OuterRef("pk"), enrollment=OuterRef("whose"))
    reminders_off = Choice.objects.filter(
        person__enrollments=OuterRef("whose"), scope=session.scope, kind__in=[DEADLINE_COMING.key, DRAFT_WAITING.key]
    )
    return (
        works.for_each_of(people)
        .with_due_for(F("whose"))
        .past_due(at, of=~Q(Exists(handed_in)))
        .annotate(draft_saved_at=OwnDraftSavedAt(F("pk"), F("whose")), is_not_reminded=Exists(reminders_off))
    )


def gaps_of(rows: QuerySet[Any], at: datetime, page: int, at_once: int) -> list[Gap]:
    """A page of them. One query."""
    begins = (page - 1) * at_once
    columns = (
        "whose", "session__enrollments__user__name", "session__enrollments__section__name", "item__title",
        "own_due_at", "own_closes_at", "draft_saved_at", "is_not_reminded",
    )  # fmt: skip
    found = rows.order_by("own_due_at", "session__enrollments__user__sort_key", "whose")
    gaps = []
    for whose, person, name, title, due_at, closes_at, saved_at, is_not_reminded in found.values_list(*columns)[
        begins:
    ][:at_once]:
        is_closed = Window(None, due_at, closes_at).phase(at) is Phase.CLOSED
        gaps.append(Gap(whose, person, name or "", title, due_at, is_closed, saved_at, is_not_reminded))
    return gaps
