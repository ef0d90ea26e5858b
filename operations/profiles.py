"""What people change about themselves, each change with its record: earlier names stay there, for the office only."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import User
from assignments.notices import skipped_late, skipped_promises, skipped_reminders
from audit.services import record
from coaching.notices import skipped_coaching
from cohorts.notices import skipped_meetings
from modules.notices import skipped_openings
from notifications import outbox
from notifications.kinds import NoticeRequest
from operations.clock_changes import skipped_clock_changes
from operations.week_ahead import skipped_weeks

# What a change of zone may skip, by the kinds that are told in people's own mornings.
SKIPPED: tuple[Callable[[User, ZoneInfo, datetime], Iterator[NoticeRequest]], ...] = (
    skipped_reminders,
    skipped_late,
    skipped_promises,
    skipped_meetings,
    skipped_coaching,
    skipped_openings,
    skipped_weeks,
    skipped_clock_changes,
)
PROFILE_FIELDS = frozenset(
    {
        "name",
        "addressed_as",
        "certificate_name",
        "sort_key",
        "pronouns",
        "zone",
        "zone_kept_for",
        "language",
        "shows_email",
        "shows_zone",
        "first_steps_at",
    }
)


@transaction.atomic
def update_profile(
    *, user: User, changes: Mapping[str, Any], actor: User, now: datetime, verb: str = "profile changed"
) -> User:
    """Save what differs and record it, before and after; saves and records nothing when nothing does.

    Locks the person's row. A new zone ends an earlier "keep my zone", and reminders that it skips go at once.
    """
    unknown = set(changes) - PROFILE_FIELDS
    if unknown:
        raise ValueError(f"Not part of a profile: {', '.join(sorted(unknown))}")
    stored = User.objects.select_for_update().get(pk=user.pk)
    wanted = dict(changes)
    if wanted.get("zone", stored.zone) != stored.zone:
        wanted.setdefault("zone_kept_for", "")
    changed = {field: value for field, value in wanted.items() if getattr(stored, field) != value}
    if not changed:
        return user
    record(
        actor=actor,
        verb=verb,
        on=stored,
        before={field: getattr(stored, field) for field in changed},
        after=changed,
        now=now,
    )
    was = stored.tz
    for row in (stored, user):
        for field, value in changed.items():
            setattr(row, field, value)
    stored.save(update_fields=list(changed))
    if "zone" in changed:
        found = (request for find in SKIPPED for request in find(stored, was, now))
        outbox.enqueue(list(found), now=now)
        outbox.reconsider(stored, now=now)
    return user


def confirm_first_steps(*, user: User, changes: Mapping[str, Any], now: datetime) -> User:
    """Name, zone and what others may see, said by the person; the moment of the first time stays."""
    confirmed = dict(changes) if user.first_steps_at else {**changes, "first_steps_at": now}
    return update_profile(user=user, changes=confirmed, actor=user, now=now, verb="first steps done")


def change_zone(*, user: User, zone: str, now: datetime) -> User:
    """Live by another clock from now on: changes what is shown, never what is due."""
    return update_profile(user=user, changes={"zone": zone}, actor=user, now=now, verb="time zone changed")


@transaction.atomic
def renew_calendar_address(*, user: User, seen: int, now: datetime) -> User:
    """Give the calendar feed another address; the one before it is dead. `seen` is how often it had been renewed when
    the person asked, so that two clicks renew it once."""
    if User.objects.filter(pk=user.pk, calendar_renewals=seen).update(calendar_renewals=seen + 1):
        record(actor=user, verb="calendar address renewed", on=user, now=now)
    user.refresh_from_db(fields=["calendar_renewals"])
    return user


def keep_zone(*, user: User, browser_zone: str, now: datetime) -> User:
    """Stay with the profile's zone though the computer shows another; that one is not asked about again."""
    return update_profile(
        user=user, changes={"zone_kept_for": browser_zone}, actor=user, now=now, verb="time zone kept"
    )
