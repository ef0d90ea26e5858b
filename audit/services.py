from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import models

from accounts.models import User
from audit.models import Entry, object_type_of
from audit.values import json_safe

LONGEST_REQUEST_ID = 64


def record(
    *,
    actor: User | None,
    verb: str,
    on: models.Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    scope: str = "",
    now: datetime,
) -> Entry:
    """Write down what was done, in the caller's transaction: the act and its record stand or fall together.

    `on` is a saved row; before it is deleted, record it while it still has its key. `actor` is None when the platform
    acted by itself. `scope` names where it belongs, "session:12" or "program:3". Texts that only their writer and
    readers may see do not belong in `before` and `after`. Raises `audit.values.NotRecordable`.
    """
    entry = _entry(actor, verb, on, before, after, reason, scope, now)
    entry.save(force_insert=True)
    return entry


def record_each(
    *,
    actor: User | None,
    verb: str,
    on: Sequence[models.Model],
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    scope: str = "",
    now: datetime,
) -> list[Entry]:
    """Write down that the same was done to each of these rows; one query, however many."""
    return Entry.objects.bulk_create(_entry(actor, verb, row, None, after, reason, scope, now) for row in on)


def _entry(
    actor: User | None,
    verb: str,
    on: models.Model,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    reason: str,
    scope: str,
    now: datetime,
) -> Entry:
    if on.pk is None:
        raise ValueError(f"Save the {on._meta.verbose_name} before recording what was done to it.")
    return Entry(
        at=now,
        actor=actor,
        verb=verb,
        object_type=object_type_of(on),
        object_id=str(on.pk),
        scope=scope,
        before=None if before is None else json_safe(before),
        after=None if after is None else json_safe(after),
        reason=reason,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:LONGEST_REQUEST_ID],
    )
