"""More time, as the desk sees it: whose deadlines are somebody's to move, and what was granted to whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet

from accounts.models import User
from assignments.models import Arrangement, Assignment, Extension, ExtensionRequest
from assignments.standing_in import sections_covered_by
from assignments.windows import GRANTED, say_later, say_length
from cohorts.models import Enrollment
from cohorts.models.enrollment import EnrollmentQuerySet
from programs.models import Session

# Grants on the page, and names in a line.
GRANTS_SHOWN, NAMES_SHOWN = 25, 3


def looked_after(user: User, session: Session, at: datetime) -> EnrollmentQuerySet:
    """Those who do the work and whose deadlines this person may move: of the own sections and those they
    stand in for, or of the session."""
    people = Enrollment.objects.visible_to(user, at=at).filter(session=session)
    covered = sections_covered_by(user, session)
    theirs = Q(pk__in=people.order_by().values("pk")) | Q(section__in=covered)
    return Enrollment.objects.working().filter(theirs, session=session).exclude(user=user)


@dataclass(frozen=True)
class Grant:
    """What was granted in one act and is in force: the same to each of its people."""

    grant_id: UUID
    assignment_id: int
    title: str
    names: list[str]
    later_by: timedelta | None
    later_days: int | None
    until: datetime | None
    reason: str
    granter: str
    granted_at: datetime

    @property
    def people(self) -> str:
        """The first names of the list, and how many follow."""
        more = len(self.names) - NAMES_SHOWN
        if more <= 0:
            return ", ".join(self.names)
        return f"{', '.join(self.names[:NAMES_SHOWN])} and {more} {'other' if more == 1 else 'others'}"

    @property
    def length(self) -> str:
        """ "48 hours more, granted by Ruth Adeyemi"; of a fixed date only who gave it."""
        return say_later(GRANTED, self.later_by, self.later_days, self.granter)


def grants_of(people: QuerySet[Enrollment], session: Session) -> list[Grant]:
    """The newest in force that were given to any of these people; not what they took themselves. One query."""
    rows = Extension.objects.in_force().filter(
        assignment__session=session, taken=None, enrollment__in=people.order_by().values("pk")
    )
    columns = (
        "grant_id", "assignment_id", "assignment__item__title", "names", "later_by", "later_days", "until", "reason",
        "granted_by__name", "granted_at",
    )  # fmt: skip
    same = rows.order_by("-granted_at", "grant_id").values(*(name for name in columns if name != "names"))
    named = same.annotate(names=ArrayAgg("enrollment__user__name", order_by=["enrollment__user__sort_key"]))
    return [Grant(*row) for row in named.values_list(*columns)[:GRANTS_SHOWN]]


@dataclass(frozen=True)
class Taken:
    """What a participant took without asking."""

    name: str
    title: str
    later_by: timedelta | None
    later_days: int | None
    at: datetime

    @property
    def length(self) -> str:
        """As in “48 hours more”."""
        return say_length(self.later_by, self.later_days)


def taken_of(people: QuerySet[Enrollment], session: Session) -> list[Taken]:
    """What any of these people took as the program allows, the newest first. One query."""
    rows = Extension.objects.in_force().filter(assignment__session=session, taken__isnull=False)
    theirs = rows.filter(enrollment__in=people.order_by().values("pk")).order_by("-granted_at", "pk")
    columns = ("enrollment__user__name", "assignment__item__title", "later_by", "later_days", "granted_at")
    return [Taken(*row) for row in theirs.values_list(*columns)[:GRANTS_SHOWN]]


def work_of(session: Session) -> QuerySet[Assignment]:
    """The session's assignments, in the order of the curriculum."""
    return Assignment.objects.for_session(session).select_related("item__module", "session__program")


def questions_of(people: QuerySet[Enrollment]) -> QuerySet[ExtensionRequest]:
    """What these people asked and nobody answered yet, the longest waiting first."""
    rows = ExtensionRequest.objects.open().of(people)
    return rows.select_related("assignment__item", "enrollment__user", "enrollment__section")


def arrangements_of(people: QuerySet[Enrollment]) -> QuerySet[Arrangement]:
    """The standing arrangements of these people that are in force."""
    rows = Arrangement.objects.in_force().filter(enrollment__in=people.order_by().values("pk"))
    return rows.select_related("enrollment__user", "enrollment__section", "granted_by").order_by("from_on", "pk")


def count_questions(user: User, session: Session, at: datetime) -> int:
    """How many wait for this person. One query, and another where any question of the session is open."""
    # Whose questions are whose to answer is long to ask, and mostly there is none.
    if not ExtensionRequest.objects.open().filter(assignment__session=session).exists():
        return 0
    return questions_of(looked_after(user, session, at)).count()
