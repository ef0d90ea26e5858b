from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.roles import GRANTS, Perm, Role
from audit.services import record
from core.moves import move
from programs.models import Appointment, Program, Session


class MayNotAppoint(Exception):
    """Directors are appointed by the operator, everybody else by a director of the program or session."""

    def __init__(self, role: str, where: Program | Session) -> None:
        by = "the operator" if role == Role.DIRECTOR else f"a director of {where}"
        super().__init__(f"Only {by} can appoint or dismiss a {Appointment.Role(role).label.lower()} there.")


class AlreadyAppointed(Exception):
    """The person has this role there."""

    def __init__(self, appointment: Appointment) -> None:
        super().__init__(f"{appointment} already.")


@transaction.atomic
def create_program(*, program: Program, actor: User, now: datetime) -> Program:
    """Save a new program. Whoever makes it without being the operator directs it: it would belong to nobody else."""
    program.save()
    record(
        actor=actor, verb="made the program", on=program, after={"title": program.title}, scope=program.scope, now=now
    )
    if not actor.is_superuser:
        _write_appointment(actor, Role.DIRECTOR, program=program, session=None, actor=actor, now=now)
    return program


@transaction.atomic
def appoint(
    *,
    user: User,
    role: str,
    program: Program | None = None,
    session: Session | None = None,
    actor: User | None,
    now: datetime,
) -> Appointment:
    """Give somebody a role in a program or in one session; `actor` None is the platform itself.

    Opens the program office to those whose role works there. Raises MayNotAppoint, AlreadyAppointed.
    """
    if actor is not None and not may_appoint(actor, role, program or session):
        raise MayNotAppoint(role, program or session)  # type: ignore[arg-type]
    return _write_appointment(user, role, program=program, session=session, actor=actor, now=now)


@transaction.atomic
def dismiss(*, appointment: Appointment, actor: User, reason: str = "", now: datetime) -> None:
    """End an appointment, and with the last one that works there the way into the office. Raises MayNotAppoint."""
    where = appointment.program or appointment.session
    if not may_appoint(actor, appointment.role, where):
        raise MayNotAppoint(appointment.role, where)  # type: ignore[arg-type]
    record(
        actor=actor,
        verb="dismissed",
        on=appointment,
        before={"person": appointment.user.email, "role": appointment.role, "of": str(where)},
        reason=reason,
        scope=where.scope if where else "",
        now=now,
    )
    user = appointment.user
    appointment.delete()
    open_office(user)


def may_appoint(actor: User, role: str, where: Program | Session | None) -> bool:
    """Whether this person may give and take that role there."""
    if role == Role.DIRECTOR:
        return actor.is_superuser and Perm.APPOINT_DIRECTORS in GRANTS[Role.OPERATOR]
    if where is None:
        return False
    return type(where)._default_manager.granting(actor, Perm.APPOINT_STAFF).filter(pk=where.pk).exists()


def open_office(user: User) -> None:
    """Keep `is_staff` true to the appointments. Locks the person's row."""
    stored = User.objects.select_for_update().get(pk=user.pk)
    working = [role.value for role, perms in GRANTS.items() if Perm.USE_OFFICE in perms]
    user.is_staff = stored.is_superuser or stored.appointments.filter(role__in=working).exists()
    if stored.is_staff != user.is_staff:
        User.objects.filter(pk=user.pk).update(is_staff=user.is_staff)


@transaction.atomic
def publish_session(*, session: Session, actor: User, now: datetime) -> Session:
    """Announce the session to visitors and open it to its people. Raises WrongState."""
    return _move_session(session, Session.Status.PUBLISHED, "published the session", "", actor, now)


@transaction.atomic
def cancel_session(*, session: Session, reason: str, actor: User, now: datetime) -> Session:
    """The session does not take place, or not to its end; what was handed in stays. Raises WrongState."""
    return _move_session(session, Session.Status.CANCELLED, "cancelled the session", reason, actor, now)


def _move_session(session: Session, to: str, verb: str, reason: str, actor: User, now: datetime) -> Session:
    before = session.status
    move(session, to)
    record(
        actor=actor,
        verb=verb,
        on=session,
        before={"status": before},
        after={"status": to},
        reason=reason,
        scope=session.scope,
        now=now,
    )
    return session


def _write_appointment(
    user: User, role: str, *, program: Program | None, session: Session | None, actor: User | None, now: datetime
) -> Appointment:
    appointment = Appointment(user=user, role=role, program=program, session=session, appointed_at=now)
    try:
        with transaction.atomic():
            appointment.save()
    except IntegrityError as taken:
        raise AlreadyAppointed(appointment) from taken
    where = program or session
    record(
        actor=actor,
        verb="appointed",
        on=appointment,
        after={"person": user.email, "role": role, "of": str(where)},
        scope=where.scope if where else "",
        now=now,
    )
    open_office(user)
    return appointment
