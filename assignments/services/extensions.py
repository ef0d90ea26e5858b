"""Later deadlines: granted with a reason, revoked, never deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from accounts.roles import Perm
from assignments import notices
from assignments.models import Assignment, Extension, Submission
from assignments.standing_in import sections_covered_by
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


@dataclass(frozen=True)
class Prospect:
    """What an extension would come to for one person."""

    place: Enrollment
    was_due_at: datetime
    due_at: datetime
    closes_at: datetime
    has_handed_in: bool

    @property
    def changes_nothing(self) -> bool:
        """Whether the person has as long already."""
        return self.due_at == self.was_due_at


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
    tells: bool = True,
) -> list[Extension]:
    """Give these people until later, relative to the deadline (`by`) or to a fixed instant (`until`), and tell them
    (`tells` False: the caller does).

    One row each with a shared `grant_id`; the same `grant_id` again adds nothing. Locks the enrollments' rows, in the
    order of their keys. Raises NotLater, MayNotExtend.
    """
    places = list(enrollments)
    _check(assignment, places, by, until, actor, now)
    grant_id = grant_id or uuid4()
    # Of two clicks the second waits here, and then finds what the first one gave.
    list(Enrollment.objects.select_for_update(no_key=True).filter(pk__in=[place.pk for place in places]).order_by("pk"))
    if not places or (known := list(Extension.objects.filter(assignment=assignment, grant_id=grant_id))):
        return known if places else []
    before = windows_of(assignment, places)
    granted = [_later(assignment, place, by, until) for place in places]
    for extension in granted:
        extension.reason, extension.grant_id = reason, grant_id
        extension.granted_by, extension.granted_at = actor, now
    Extension.objects.bulk_create(granted)
    settle("granted an extension", granted, before, reason, actor, now, tells=tells)
    return granted


def preview_extensions(
    *,
    assignment: Assignment,
    enrollments: Iterable[Enrollment],
    by: Later | None = None,
    until: datetime | None = None,
    actor: User,
    now: datetime,
) -> list[Prospect]:
    """What `grant_extensions` would come to, and for whom; changes nothing. Raises NotLater, MayNotExtend."""
    places = list(enrollments)
    _check(assignment, places, by, until, actor, now)
    before = windows_of(assignment, places)
    thought = {place.pk: _later(assignment, place, by, until) for place in places}
    for extension in thought.values():
        extension.granted_by = actor
    after = windows_of(assignment, places, thought)
    papers = Submission.objects.filter(assignment=assignment, enrollment__in=places)
    handed_in = set(papers.values_list("enrollment_id", flat=True))
    return [
        Prospect(
            place,
            was_due_at=before[place.pk].due_at or assignment.due_at,
            due_at=after[place.pk].due_at or assignment.due_at,
            closes_at=after[place.pk].closes_at or assignment.closes_at,
            has_handed_in=place.pk in handed_in,
        )
        for place in places
    ]


def revoke_extension(*, extension: Extension, reason: str = "", actor: User, now: datetime) -> Extension:
    """Take an extension back and tell the person. Raises AlreadyRevoked, MayNotExtend."""
    _revoke([extension], reason, actor, now)
    return extension


def revoke_grant(*, grant_id: UUID, assignment: Assignment, reason: str = "", actor: User, now: datetime) -> int:
    """Take back what was granted to many at once, from all who still have it; how many. Raises the same."""
    rows = Extension.objects.in_force().filter(grant_id=grant_id, assignment=assignment)
    granted = list(rows.select_related("enrollment__user", "granted_by"))
    for extension in granted:
        extension.assignment = assignment
    if not granted:
        raise AlreadyRevoked
    _revoke(granted, reason, actor, now)
    return len(granted)


@transaction.atomic
def _revoke(extensions: list[Extension], reason: str, actor: User, now: datetime) -> None:
    assignment, places = extensions[0].assignment, [extension.enrollment for extension in extensions]
    check_section(assignment, places, actor, now)
    before = windows_of(assignment, places)
    in_force = Extension.objects.in_force().filter(pk__in=[extension.pk for extension in extensions])
    if in_force.update(revoked_at=now, revoked_by=actor) != len(extensions):
        raise AlreadyRevoked
    for extension in extensions:
        extension.revoked_at, extension.revoked_by = now, actor
    settle("revoked an extension", extensions, before, reason, actor, now)


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


def _later(assignment: Assignment, place: Enrollment, by: Later | None, until: datetime | None) -> Extension:
    return Extension(
        assignment=assignment,
        enrollment=place,
        later_by=None if by is None else elapsed(assignment, by),
        later_days=by.count if isinstance(by, Days) else None,
        until=until,
    )


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
    check_section(assignment, places, actor, now)


def check_section(assignment: Assignment, places: list[Enrollment], actor: User, now: datetime) -> None:
    """A teaching fellow grants in the own section and where they stand in, others in the whole session."""
    membership = membership_of(actor, assignment.session, now)
    led = set(SectionFellow.objects.filter(user=actor).values_list("section_id", flat=True))
    led.update(sections_covered_by(actor, assignment.session))
    for place in places:
        is_own = membership.may(Perm.GRANT_OWN_EXTENSION) and place.section_id in led
        if place.session_id != assignment.session_id or not (is_own or membership.may(Perm.GRANT_ANY_EXTENSION)):
            raise MayNotExtend(place)


def settle(
    verb: str,
    extensions: list[Extension],
    before: dict[int, Window],
    reason: str,
    actor: User,
    now: datetime,
    *,
    tells: bool = True,
) -> None:
    """Record what was granted, taken or revoked, and tell those whose deadline is another one now."""
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
        if tells and was is not None and is_now is not None and was != is_now:
            requests.append(notices.deadline_changed(assignment, place, was_due_at=was, due_at=is_now, now=now))
    outbox.enqueue(requests, now=now)
