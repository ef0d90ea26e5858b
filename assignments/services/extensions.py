"""Later deadlines: granted with a reason, revoked, never deleted."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from accounts.roles import Perm
from assignments import notices
from assignments.models import Assignment, Extension
from assignments.windows import say_extension, windows_of
from audit.services import record
from cohorts.access import membership_of
from cohorts.models import Enrollment, SectionFellow
from core.windows import Days, Later, Window
from notifications import outbox


class NotLater(Exception):
    """What was to be granted is no later than the deadline."""

    def __init__(self) -> None:
        super().__init__("An extension has to end after the deadline.")


class MayNotExtend(Exception):
    """A teaching fellow extends deadlines in the own section only."""

    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(f"{enrollment.user} is not in your section; ask the head teaching fellow or the director.")


class AlreadyRevoked(Exception):
    """Somebody was quicker."""

    def __init__(self) -> None:
        super().__init__("This extension was revoked already.")


def grant_extension(
    *,
    assignment: Assignment,
    enrollment: Enrollment,
    by: Later | None = None,
    until: datetime | None = None,
    reason: str,
    actor: User,
    now: datetime,
) -> Extension:
    """`grant_extensions` for one person."""
    granted = grant_extensions(
        assignment=assignment, enrollments=[enrollment], by=by, until=until, reason=reason, actor=actor, now=now
    )
    return granted[0]


@transaction.atomic
def grant_extensions(
    *,
    assignment: Assignment,
    enrollments: Iterable[Enrollment],
    by: Later | None = None,
    until: datetime | None = None,
    reason: str,
    actor: User,
    now: datetime,
    grant_id: UUID | None = None,
) -> list[Extension]:
    """Give these people until later, relative to the deadline (`by`) or to a fixed instant (`until`), and tell them.

    One row each with a shared `grant_id`; the same `grant_id` again adds nothing. Raises NotLater, MayNotExtend.
    """
    places = list(enrollments)
    _check(assignment, places, by, until, actor, now)
    grant_id = grant_id or uuid4()
    if not places or (known := list(Extension.objects.filter(assignment=assignment, grant_id=grant_id))):
        return known if places else []
    before = windows_of(assignment, places)
    granted = [
        Extension.objects.create(
            assignment=assignment,
            enrollment=place,
            later_by=None if by is None else elapsed(assignment, by),
            later_days=by.count if isinstance(by, Days) else None,
            until=until,
            reason=reason,
            grant_id=grant_id,
            granted_by=actor,
            granted_at=now,
        )
        for place in places
    ]
    _settle("granted an extension", granted, before, reason, actor, now)
    return granted


@transaction.atomic
def revoke_extension(*, extension: Extension, reason: str = "", actor: User, now: datetime) -> Extension:
    """Take an extension back and tell the person. Raises AlreadyRevoked, MayNotExtend."""
    assignment, place = extension.assignment, extension.enrollment
    _check_section(assignment, [place], actor, now)
    before = windows_of(assignment, [place])
    revoked = Extension.objects.in_force().filter(pk=extension.pk).update(revoked_at=now, revoked_by=actor)
    if not revoked:
        raise AlreadyRevoked
    extension.revoked_at, extension.revoked_by = now, actor
    _settle("revoked an extension", [extension], before, reason, actor, now)
    return extension


def resolve_days(assignment: Assignment) -> int:
    """After its deadline or the session's zone moved: extensions by days on the clocks, once more. How many changed.

    Whoever moves deadlines calls this in the same transaction; it tells nobody.
    """
    changed = 0
    for extension in Extension.objects.in_force().filter(assignment=assignment, later_days__isnull=False):
        later_by = elapsed(assignment, Days(extension.later_days or 0, assignment.session.zone))
        changed += Extension.objects.filter(pk=extension.pk).exclude(later_by=later_by).update(later_by=later_by)
    return changed


def elapsed(assignment: Assignment, later: Later) -> timedelta:
    """How long that is from the deadline: a day may be 23 or 25 hours long."""
    return (assignment.due_at + later) - assignment.due_at


def _check(
    assignment: Assignment,
    places: list[Enrollment],
    by: Later | None,
    until: datetime | None,
    actor: User,
    now: datetime,
) -> None:
    due_at = until if by is None else assignment.due_at + by
    if due_at is None or due_at <= assignment.due_at:
        raise NotLater
    _check_section(assignment, places, actor, now)


def _check_section(assignment: Assignment, places: list[Enrollment], actor: User, now: datetime) -> None:
    """A teaching fellow grants in the own section, others in the whole session."""
    membership = membership_of(actor, assignment.session, now)
    led = set(SectionFellow.objects.filter(user=actor).values_list("section_id", flat=True))
    for place in places:
        is_own = membership.may(Perm.GRANT_OWN_EXTENSION) and place.section_id in led
        if place.session_id != assignment.session_id or not (is_own or membership.may(Perm.GRANT_ANY_EXTENSION)):
            raise MayNotExtend(place)


def _settle(
    verb: str, extensions: list[Extension], before: dict[int, Window], reason: str, actor: User, now: datetime
) -> None:
    """Record what was granted or revoked, and tell those whose deadline is another one now."""
    assignment = extensions[0].assignment
    after = windows_of(assignment, [extension.enrollment for extension in extensions])
    requests = []
    for extension in extensions:
        place = extension.enrollment
        was, is_now = before[place.pk].due_at, after[place.pk].due_at
        record(
            actor=actor,
            verb=verb,
            on=extension,
            before={"person": place.user.email, "due_at": was},
            after={"person": place.user.email, "due_at": is_now, "extension": say_extension(extension)},
            reason=reason,
            scope=assignment.session.scope,
            now=now,
        )
        if was is not None and was != is_now:
            requests.append(notices.deadline_changed(assignment, place, was_due_at=was, now=now))
    outbox.enqueue(requests, now=now)
