"""Who is who in a session. `roles_of` is the only reader of roles; what a role may do is `accounts.roles.GRANTS`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from django.db.models import JSONField

from accounts.roles import Perm, Role, granted
from cohorts.models import Enrollment
from core.written import Written
from programs.models import Session

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

Tie: TypeAlias = tuple[str, str, Any, int | None]

# The operator sees how the platform runs, not what is taught.
NOT_STAFF = frozenset({Role.PARTICIPANT, Role.OBSERVER, Role.OPERATOR})


@dataclass(frozen=True)
class Membership:
    """What one person is to one session at a moment; empty for somebody who is nothing to it."""

    roles: frozenset[Role] = frozenset()
    perms: frozenset[Perm] = field(default=frozenset())
    # Own papers and feedback stay readable for somebody who withdrew; nothing else does.
    reads_own_work_only: bool = False
    is_invited: bool = False
    # The place that opens the session to this person, with `session` and `user` at hand; None for staff. Its columns
    # beyond status, kind and section are fetched when asked for.
    enrollment: Enrollment | None = None

    def __bool__(self) -> bool:
        return bool(self.roles)

    @property
    def is_staff(self) -> bool:
        """Whether the person teaches or runs the session, and so sees its curriculum before it opens."""
        return bool(self.roles - NOT_STAFF)

    def may(self, perm: Perm) -> bool:
        """Whether any of the roles holds the right."""
        return perm in self.perms


class TiesOf(Written):
    """Over `Session`: everything that ties the person of that key to it, as a list of [source, value, key, section]."""

    output_field: ClassVar = JSONField()
    names = ("session", "program", "user")
    template = """SELECT jsonb_agg(tie.parts) FROM (
            SELECT jsonb_build_array(place.kind, place.status, place.id, place.section_id) AS parts
              FROM cohorts_enrollment AS place
             WHERE place.user_id = {user} AND place.session_id = {session}
            UNION ALL SELECT jsonb_build_array('appointment', appointment.role, NULL, NULL)
              FROM programs_appointment AS appointment
             WHERE appointment.user_id = {user}
               AND (appointment.session_id = {session} OR appointment.program_id = {program})
            UNION ALL SELECT jsonb_build_array('fellow', 'teaching fellow', NULL, NULL)
              FROM cohorts_sectionfellow AS fellow JOIN cohorts_section AS section ON section.id = fellow.section_id
             WHERE fellow.user_id = {user} AND section.session_id = {session}
        ) AS tie"""

    def __init__(self, user: "User") -> None:
        super().__init__("pk", "program_id", user.pk)


def find_session(slug: str, user: "User", at: datetime) -> tuple[Session, Membership]:
    """A session by its address, with what the person is to it, in one query. Raises Session.DoesNotExist."""
    session = Session.objects.select_related("program").annotate(ties=TiesOf(user)).get(slug=slug)
    return session, membership_by(session.ties, user, session, at)


def membership_of(user: "User | AnonymousUser", session: Session, at: datetime) -> Membership:
    """Everything that access asks about a person and a session, in one query."""
    if not user.is_authenticated or not user.is_active:
        return Membership()
    ties = Session.objects.filter(pk=session.pk).values_list(TiesOf(user), flat=True).get()
    return membership_by(ties, user, session, at)


def membership_by(ties: "list[Tie] | None", user: "User", session: Session, at: datetime) -> Membership:
    """What somebody's ties to a session come to at a moment."""
    if not user.is_active:
        return Membership()
    roles: set[Role] = set()
    has_withdrawn = is_invited = False
    enrollment = None
    for source, value, pk, section_id in ties or ():
        if source not in Enrollment.Kind.values:
            roles.add(Role(value))
        elif session.status == Session.Status.DRAFT or session.access_ends_at <= at:
            continue
        elif value in Enrollment.OWN_WORK_READABLE:
            roles.add(Role.PARTICIPANT if source == Enrollment.Kind.PARTICIPANT else Role.OBSERVER)
            has_withdrawn = value == Enrollment.Status.WITHDRAWN
            enrollment = place_from(session, user, pk=pk, kind=source, status=value, section_id=section_id)
        elif value == Enrollment.Status.INVITED:
            is_invited = True
    if user.is_superuser:
        roles.add(Role.OPERATOR)
    held = frozenset(roles)
    # Who withdrew is still a participant, with one right left.
    reads_own_work_only = has_withdrawn and held <= {Role.PARTICIPANT, Role.OBSERVER}
    return Membership(
        roles=held,
        perms=granted(held) & {Perm.READ_OWN_WORK} if reads_own_work_only else granted(held),
        reads_own_work_only=reads_own_work_only,
        is_invited=is_invited,
        enrollment=enrollment,
    )


def place_from(session: Session, user: "User", *, pk: int, **columns: Any) -> Enrollment:
    """The enrollment of that key from the columns at hand; the others are deferred, as with `only()`."""
    known = {"id": pk, "session_id": session.pk, "user_id": user.pk, **columns}
    names = [field.attname for field in Enrollment._meta.concrete_fields if field.attname in known]
    place = Enrollment.from_db(session._state.db, names, [known[name] for name in names])
    place.session, place.user = session, user
    return place


def roles_of(user: "User | AnonymousUser", session: Session, at: datetime) -> frozenset[Role]:
    """The roles that a person holds in a session at a moment."""
    return membership_of(user, session, at).roles


def roles_in(user: "User", sessions: Sequence[Session], at: datetime) -> dict[int, frozenset[Role]]:
    """The same for several sessions, by their keys. One query."""
    rows = Session.objects.filter(pk__in=[session.pk for session in sessions])
    ties = dict(rows.values_list("pk", TiesOf(user)))
    return {session.pk: membership_by(ties.get(session.pk), user, session, at).roles for session in sessions}


def perms_anywhere(user: "User | AnonymousUser") -> frozenset[Perm]:
    """What the person may do somewhere: for pages over several sessions, whose rows `visible_to` then narrows.

    Of the roles only the staff's count: what a participant may do is always asked of one session.
    """
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    roles = {Role(value) for value in user.appointments.values_list("role", flat=True).distinct()}
    if user.fellowships.exists():
        roles.add(Role.TEACHING_FELLOW)
    if user.is_superuser:
        roles.add(Role.OPERATOR)
    return granted(frozenset(roles))
