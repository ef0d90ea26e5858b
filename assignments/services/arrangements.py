"""Standing arrangements: longer for everything that is due in some weeks; made, revoked, never deleted."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.roles import Perm
from assignments import notices
from assignments.models import Arrangement
from assignments.services.extensions import AlreadyRevoked
from assignments.windows import say_arrangement
from audit.services import record
from cohorts.access import membership_of
from cohorts.models import Enrollment
from notifications import outbox


class MayNotArrange(Exception):
    """Only head teaching fellow and director do, and read why."""

    def __init__(self) -> None:
        super().__init__("Only the head teaching fellow and the director make standing arrangements.")


@transaction.atomic
def make_arrangement(
    *,
    enrollment: Enrollment,
    by: timedelta | None = None,
    days: int | None = None,
    from_on: date,
    until_on: date,
    reason: str,
    key: UUID,
    actor: User,
    now: datetime,
) -> Arrangement:
    """Give one person so much longer for what is due from one day to another, and tell them once.

    The same key again gives the same. The record names it and not why: that stands in its row alone.
    Raises MayNotArrange.
    """
    _check(enrollment, actor, now)
    arrangement, is_new = Arrangement.objects.get_or_create(
        key=key,
        defaults={
            "enrollment": enrollment,
            "later_by": by,
            "later_days": days,
            "from_on": from_on,
            "until_on": until_on,
            "reason": reason,
            "granted_by": actor,
            "granted_at": now,
        },
    )
    if is_new:
        _settle(arrangement, "made a standing arrangement", actor, now)
    return arrangement


@transaction.atomic
def revoke_arrangement(*, arrangement: Arrangement, actor: User, now: datetime) -> Arrangement:
    """End it for what is still to be handed in, and tell the person. Raises AlreadyRevoked, MayNotArrange."""
    _check(arrangement.enrollment, actor, now)
    if not Arrangement.objects.in_force().filter(pk=arrangement.pk).update(revoked_at=now, revoked_by=actor):
        raise AlreadyRevoked
    arrangement.revoked_at, arrangement.revoked_by = now, actor
    _settle(arrangement, "revoked a standing arrangement", actor, now)
    return arrangement


def _check(enrollment: Enrollment, actor: User, now: datetime) -> None:
    if not membership_of(actor, enrollment.session, now).may(Perm.GRANT_ANY_EXTENSION):
        raise MayNotArrange


def _settle(arrangement: Arrangement, verb: str, actor: User, now: datetime) -> None:
    record(
        actor=actor,
        verb=verb,
        on=arrangement,
        after={
            "person": arrangement.enrollment.user.email,
            "length": say_arrangement(arrangement),
            "from": arrangement.from_on,
            "until": arrangement.until_on,
        },
        scope=arrangement.enrollment.session.scope,
        now=now,
    )
    outbox.enqueue(notices.arrangement_changed(arrangement), now=now)
