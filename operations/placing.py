"""Where people stand in a session, staff included: whoever moves, the papers that wait for an answer follow."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from assignments.models import Reader
from assignments.services import reallot_enrollment, reallot_section, reallot_session
from cohorts.models import Enrollment, Section
from cohorts.services import add_fellow, change_status, place_in_section, remove_fellow
from programs.models import Appointment, Program, Session
from programs.services import appoint, dismiss


@transaction.atomic
def place_person(*, enrollment: Enrollment, section: Section | None, actor: User, now: datetime) -> Enrollment:
    """Put somebody into a section, or into none. Raises SectionFull, ObserverUnplaced."""
    if enrollment.section_id == (section.pk if section else None):
        return enrollment
    place_in_section(enrollment=enrollment, section=section, actor=actor, now=now)
    reallot_enrollment(enrollment=enrollment, actor=actor, now=now)
    return enrollment


def follow_people(*, enrollments: Iterable[Enrollment], actor: User, now: datetime) -> None:
    """After several people were put into sections in the caller's transaction: as its last step, because whoever hands
    in holds their own place and waits for the session's lock, which this takes."""
    for enrollment in enrollments:
        reallot_enrollment(enrollment=enrollment, actor=actor, now=now)


@transaction.atomic
def change_place(*, enrollment: Enrollment, to: str, reason: str, actor: User, now: datetime) -> Enrollment:
    """Move a place through its life. Raises WrongState."""
    change_status(enrollment=enrollment, to=to, reason=reason, actor=actor, now=now)
    reallot_enrollment(enrollment=enrollment, actor=actor, now=now)
    return enrollment


@transaction.atomic
def let_lead(*, section: Section, fellows: Collection[User], actor: User, now: datetime) -> None:
    """These lead the section from now on, and nobody else."""
    present = {row.user for row in section.fellows.select_related("user")}
    for user in present - set(fellows):
        remove_fellow(section=section, user=user, actor=actor, now=now)
    for user in set(fellows) - present:
        add_fellow(section=section, user=user, actor=actor, now=now)
    if present != set(fellows):
        reallot_section(section=section, actor=actor, now=now)


def follow_sections(*, session: Session, actor: User, now: datetime) -> None:
    """After the first section was formed, or the last one was deleted: papers are read by other people then."""
    if session.sections.count() <= 1:
        reallot_session(session=session, actor=actor, now=now)


@transaction.atomic
def appoint_to(
    *, user: User, role: str, program: Program | None, session: Session | None, actor: User, now: datetime
) -> Appointment:
    """Give somebody a role. Raises MayNotAppoint, AlreadyAppointed."""
    made = appoint(user=user, role=role, program=program, session=session, actor=actor, now=now)
    _follow_staff(program, session, actor, now)
    return made


@transaction.atomic
def end_appointment(*, appointment: Appointment, reason: str, actor: User, now: datetime) -> None:
    """Take a role back. Raises MayNotAppoint."""
    program, session = appointment.program, appointment.session
    dismiss(appointment=appointment, actor=actor, reason=reason, now=now)
    _follow_staff(program, session, actor, now)


def follow_account(*, user: User, actor: User, now: datetime) -> None:
    """After an account was closed or opened: where the person reads papers, or is to read them, they are allotted."""
    reading = Reader.objects.current().filter(user=user).values("submission__assignment__session")
    theirs = Q(pk__in=reading) | Q(sections__fellows__user=user) | Q(appointments__user=user)
    sessions = Session.objects.filter(theirs | Q(program__appointments__user=user), access_ends_at__gt=now)
    for session in sessions.distinct().order_by("pk"):
        reallot_session(session=session, actor=actor, now=now)


def _follow_staff(program: Program | None, session: Session | None, actor: User, now: datetime) -> None:
    theirs = (
        Session.objects.filter(program=program)
        if program
        else Session.objects.filter(pk__in=[session.pk] if session else [])
    )
    for one in theirs.filter(access_ends_at__gt=now).order_by("pk"):
        reallot_session(session=one, actor=actor, now=now)
