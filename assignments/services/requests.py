"""Asking for more time, and answering: once, and the person is told."""

from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction

from accounts.models import User
from assignments import notices
from assignments.models import Assignment, Extension, ExtensionRequest
from assignments.services.extensions import NotLater, check_section, grant_extensions
from audit.services import record
from cohorts.models import Enrollment
from core.moves import move
from core.rules import Side, instant_of
from core.windows import ON_TIME_GRACE, Phase
from modules.models import Module
from notifications import outbox

LAST_MINUTE = time(23, 59)
Status = ExtensionRequest.Status


class MayNotAsk(Exception):
    """Why no more time can be asked for here."""


class AlreadyAsked(Exception):
    """One question at a time."""

    def __init__(self) -> None:
        super().__init__("You have asked already, and the answer is still to come.")


class TooEarly(Exception):
    """The wished day is no later than what the person has."""

    def __init__(self) -> None:
        super().__init__("That day is over before the deadline you have; name a later one.")


class NotYours(Exception):
    """Somebody else's question."""

    def __init__(self) -> None:
        super().__init__("This was asked by somebody else.")


@transaction.atomic
def ask_for_time(
    *,
    assignment: Assignment,
    enrollment: Enrollment,
    text: str,
    wished_on: date,
    key: UUID,
    actor: User,
    now: datetime,
) -> ExtensionRequest:
    """Ask until the end of a day in program time; after closing that the work be taken after all. Tells who decides.

    The same key again gives the same question. Locks the enrollment's row. Raises MayNotAsk, AlreadyAsked, TooEarly.
    """
    place = Enrollment.objects.select_for_update(of=("self",), no_key=True).get(pk=enrollment.pk)
    asked = ExtensionRequest.objects.filter(enrollment=place)
    if same := asked.filter(key=key).first():
        return same
    if place.session_id != assignment.session_id or place.user_id != actor.pk:
        raise NotYours
    if not place.may_hand_in:
        raise MayNotAsk("Your place in this program no longer takes work.")
    if not Module.objects.filter(pk=assignment.item.module_id).with_opening_for(place).open(now).exists():
        raise MayNotAsk("This part of the program is not open for you.")
    if asked.open().filter(assignment=assignment).exists():
        raise AlreadyAsked
    window = assignment.window_for(place)
    if end_of(wished_on, assignment) <= max(window.due_at or now, now):
        raise TooEarly
    request = ExtensionRequest.objects.create(
        assignment=assignment,
        enrollment=place,
        text=text,
        wished_on=wished_on,
        is_after_close=window.phase(now) is Phase.CLOSED,
        asked_at=now,
        key=key,
    )
    _record(request, "asked for more time", actor, now)
    outbox.enqueue(notices.time_asked(request, due_at=window.due_at, now=now), now=now)
    return request


@transaction.atomic
def grant_request(
    *, request: ExtensionRequest, until: datetime, answer: str = "", actor: User, now: datetime
) -> Extension:
    """Give time until then, and tell the person in one mail. Work that has closed is taken again until then, late.

    Raises NotLater, MayNotExtend, WrongState.
    """
    assignment, place = request.assignment, request.enrollment
    window = assignment.window_for(place)
    is_closed = window.phase(now) is Phase.CLOSED
    if until + ON_TIME_GRACE <= now or window.due_at is None or until <= window.due_at:
        raise NotLater
    # After closing the close is moved, and the deadline by as much: taken, and late.
    [extension] = grant_extensions(
        assignment=assignment,
        enrollments=[place],
        by=until - assignment.closes_at if is_closed else None,
        until=None if is_closed else until,
        reason=f"Asked for: {request.text}"[:500],
        actor=actor,
        now=now,
        tells=False,
    )
    # It may have closed, or been opened again, since it was asked; what is told goes by what was given.
    move(
        request,
        Status.GRANTED,
        decided_by=actor,
        decided_at=now,
        answer=answer,
        extension=extension,
        is_after_close=is_closed,
    )
    _record(request, "granted more time", actor, now)
    outbox.enqueue(notices.time_answered(request, due_at=window.due_at, now=now), now=now)
    return extension


@transaction.atomic
def decline_request(*, request: ExtensionRequest, answer: str, actor: User, now: datetime) -> ExtensionRequest:
    """Say no, and tell the person what was answered. Raises MayNotExtend, WrongState."""
    check_section(request.assignment, [request.enrollment], actor, now)
    due_at = request.assignment.window_for(request.enrollment).due_at
    move(request, Status.DECLINED, decided_by=actor, decided_at=now, answer=answer)
    _record(request, "declined more time", actor, now)
    outbox.enqueue(notices.time_answered(request, due_at=due_at, now=now), now=now)
    return request


@transaction.atomic
def withdraw_request(*, request: ExtensionRequest, actor: User, now: datetime) -> ExtensionRequest:
    """Take a question back. Raises NotYours, WrongState."""
    if request.enrollment.user_id != actor.pk:
        raise NotYours
    move(request, Status.WITHDRAWN, decided_by=actor, decided_at=now)
    _record(request, "took the question back", actor, now)
    return request


def end_of(day: date, assignment: Assignment) -> datetime:
    """The last minute of a day in program time."""
    return instant_of(day, LAST_MINUTE, assignment.session.zone, Side.DEADLINE)


def _record(request: ExtensionRequest, verb: str, actor: User, now: datetime) -> None:
    record(
        actor=actor,
        verb=verb,
        on=request,
        after={"person": request.enrollment.user.email, "work": str(request.assignment), "wished": request.wished_on},
        scope=request.assignment.session.scope,
        now=now,
    )
