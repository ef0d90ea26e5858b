"""The rows behind notices about one assignment and one person, many at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.roles import GRANTS, Perm, Role, roles_with
from assignments.due import OwnLastExtension
from assignments.models import Assignment
from assignments.querysets import AssignmentQuerySet
from cohorts.models import SectionFellow
from cohorts.models.enrollment import EnrollmentQuerySet
from modules.models import Module
from modules.opening import OpensAt
from notifications.addresses import answers_line
from notifications.models import Notice
from programs.models import Appointment, Session

# An assignment and a person, by their ids.
Told = dict[tuple[int, int], Assignment]


def pairs_of(enrollments: EnrollmentQuerySet, assignments: AssignmentQuerySet, at: datetime) -> AssignmentQuerySet:
    """A row for each assignment and person: how it stands for them, `is_theirs` (open for them), and who they are."""
    opened = Module.objects.filter(pk=OuterRef("item__module")).annotate(  # type: ignore[no-redef]
        opens_at=OpensAt(OuterRef("whose"))
    )
    return (
        assignments.for_each_of(enrollments)
        .with_state_for(F("whose"))
        .annotate(  # type: ignore[no-redef]
            is_theirs=Exists(opened.open(at)),
            person=F("session__enrollments__user"),
            persons_zone=F("session__enrollments__user__zone"),
            section=F("session__enrollments__section"),
        )
        .select_related("item__module", "session__program")
    )


def with_shared(rows: AssignmentQuerySet) -> list[Assignment]:
    """These rows of `pairs_of`; item, module, session and program are read once for an assignment instead of for each
    person, which takes half as long for ten thousand. Two queries."""
    found = list(rows.select_related(None))
    shared = Assignment.objects.select_related("item__module", "session__program").in_bulk({row.pk for row in found})
    pairs = [row for row in found if row.pk in shared]
    for row in pairs:
        row.item, row.session = shared[row.pk].item, shared[row.pk].session
    return pairs


def told_of(notices: Sequence[Notice], enrollments: EnrollmentQuerySet, at: datetime) -> Told:
    """What these notices, made `on` an assignment, tell of; those about people outside `enrollments` are missing."""
    people = {notice.recipient_id for notice in notices}
    about = Assignment.objects.filter(pk__in={notice.object_id for notice in notices})
    rows = pairs_of(enrollments.filter(user__in=people), about, at).annotate(  # type: ignore[no-redef]
        own_extension=OwnLastExtension(F("due_at"), F("pk"), F("whose"))
    )
    return {(row.pk, row.person): row for row in with_shared(rows)}


def who_answers(sections: Iterable[int | None]) -> dict[int | None, str]:
    """By section, the address of the teaching fellow to whom answers about its papers go. One query."""
    led = SectionFellow.objects.filter(section__in={pk for pk in sections if pk}).select_related("user").order_by("-pk")
    return {fellow.section_id: address_of(fellow.user) for fellow in led}


def answering(session: Session, user: User | None, staff: set[tuple[int, int]]) -> str:
    """Where an answer to a mail about this person's reading goes: to them, if they are staff of the session, else to
    its office, because a fellow participant's address is theirs to show."""
    if user is None or (session.pk, user.pk) not in staff:
        return session.answers_to
    return address_of(user) or session.answers_to


def people_who_read(session: Session) -> QuerySet[User]:
    """Everybody whose role, or whose section, lets them read papers there. A query that looks at each once."""
    roles = [role.value for role in roles_with(Perm.READ_PAPERS)]
    appointed = Q(appointments__role__in=roles) & (
        Q(appointments__session=session) | Q(appointments__program=session.program_id)
    )
    return User.objects.filter(appointed | Q(fellowships__section__session=session), is_active=True).distinct()


def reading_among(asked: Iterable[tuple[Session, User]]) -> set[tuple[int, int]]:
    """Those of these (session, person) who read papers there, by their keys. Two queries."""
    pairs = list(asked)
    return _appointed_among(pairs, roles_with(Perm.READ_PAPERS)) | _leading_among(pairs)


def staff_among(asked: Iterable[tuple[Session, User]]) -> set[tuple[int, int]]:
    """Those of these (session, person) who teach or run that session, by their keys. Two queries."""
    pairs = list(asked)
    return _appointed_among(pairs, list(Role)) | _leading_among(pairs)


def holding_among(asked: Iterable[tuple[Session, User]], perms: Iterable[Perm]) -> set[tuple[int, int]]:
    """Those of these (session, person) who are appointed to a role with one of these rights there. One query."""
    wanted = set(perms)
    return _appointed_among(asked, [role for role, granted in GRANTS.items() if wanted & set(granted)])


def _leading_among(pairs: Sequence[tuple[Session, User]]) -> set[tuple[int, int]]:
    leading = SectionFellow.objects.filter(user__in={user.pk for _, user in pairs})
    return {(session.pk, user.pk) for session, user in pairs} & set(leading.values_list("section__session", "user"))


def _appointed_among(asked: Iterable[tuple[Session, User]], roles: Iterable[Role]) -> set[tuple[int, int]]:
    pairs = list(asked)
    rows = Appointment.objects.filter(user__in={user.pk for _, user in pairs}, role__in=[role.value for role in roles])
    there = set(rows.values_list("session", "program", "user"))
    return {
        (session.pk, user.pk)
        for session, user in pairs
        if {(session.pk, None, user.pk), (None, session.program_id, user.pk)} & there
    }


def address_of(user: User) -> str:
    """As it stands in a Reply-To; empty when no mail can be sent there."""
    return answers_line(user.name, user.email)
