from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import find_or_make_person
from audit.services import record
from cohorts.models import Enrollment, Section
from core.moves import move
from programs.models import Session


class SessionFull(Exception):
    """The session has no place left."""

    def __init__(self, session: Session) -> None:
        super().__init__(f"{session} has {session.capacity} places and all are taken.")


class SectionFull(Exception):
    """The section has no place left."""

    def __init__(self, section: Section) -> None:
        super().__init__(f"{section} has {section.capacity} places and all are taken.")


class ObserverUnplaced(Exception):
    """Observers belong to no section."""

    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(f"An observer belongs to no section, and {enrollment.user} is one.")


@transaction.atomic
def enroll_person(
    *,
    session: Session,
    email: str,
    name: str,
    zone: str = "",
    kind: str = Enrollment.Kind.PARTICIPANT,
    section: Section | None = None,
    actor: User | None,
    now: datetime,
) -> tuple[Enrollment, bool]:
    """Give somebody a place, invited; whether it is new. Tells nobody: invitations go out on the director's word.

    An address that is not known yet becomes an account without a password; one that is keeps its own name and zone.
    Locks the session's row. Raises SessionFull, SectionFull.
    """
    locked = Session.objects.select_for_update().get(pk=session.pk)
    user, _ = find_or_make_person(email=email, name=name, zone=zone, now=now)
    known = Enrollment.objects.filter(session=session, user=user).first()
    if known is not None:
        return known, False
    if kind == Enrollment.Kind.PARTICIPANT and locked.capacity is not None:
        taken = Enrollment.objects.filter(session=session).counted().count()
        if taken >= locked.capacity:
            raise SessionFull(locked)
    enrollment = Enrollment.objects.create(session=session, user=user, kind=kind, enrolled_at=now)
    record(
        actor=actor,
        verb="enrolled",
        on=enrollment,
        after={"user": user.email, "kind": kind, "status": enrollment.status},
        scope=session.scope,
        now=now,
    )
    if section is not None:
        place_in_section(enrollment=enrollment, section=section, actor=actor, now=now)
    return enrollment, True


@transaction.atomic
def accept_place(*, enrollment: Enrollment, actor: User, now: datetime) -> Enrollment:
    """An invited person takes the place. Raises WrongState."""
    move(enrollment, Enrollment.Status.ACTIVE, accepted_at=now)
    record(
        actor=actor,
        verb="accepted the place",
        on=enrollment,
        before={"status": Enrollment.Status.INVITED},
        after={"status": enrollment.status},
        scope=enrollment.session.scope,
        now=now,
    )
    return enrollment


@transaction.atomic
def change_status(*, enrollment: Enrollment, to: str, reason: str, actor: User, now: datetime) -> Enrollment:
    """Move an enrollment through its life, with the reason. Raises WrongState.

    Coming back into a full session is the director's decision and is not refused.
    """
    before = enrollment.status
    move(enrollment, to)
    record(
        actor=actor,
        verb="changed the enrollment",
        on=enrollment,
        before={"status": before},
        after={"status": to},
        reason=reason,
        scope=enrollment.session.scope,
        now=now,
    )
    return enrollment


@transaction.atomic
def place_in_section(
    *, enrollment: Enrollment, section: Section | None, actor: User | None, now: datetime
) -> Enrollment:
    """Put a participant into a section, or into none. Locks the section's row. Raises SectionFull, ObserverUnplaced.

    Who reads the papers follows from it: the caller re-allots them (`assignments.services`).
    """
    if enrollment.section_id == (section.pk if section else None):
        return enrollment
    if section is not None:
        if enrollment.kind == Enrollment.Kind.OBSERVER:
            raise ObserverUnplaced(enrollment)
        locked = Section.objects.select_for_update().get(pk=section.pk, session_id=enrollment.session_id)
        if locked.enrollments.counted().exclude(pk=enrollment.pk).count() >= locked.capacity:
            raise SectionFull(locked)
    before = enrollment.section
    enrollment.section = section
    enrollment.save(update_fields=["section"])
    record(
        actor=actor,
        verb="moved to a section",
        on=enrollment,
        before={"section": before.name if before else None},
        after={"section": section.name if section else None},
        scope=enrollment.session.scope,
        now=now,
    )
    return enrollment
