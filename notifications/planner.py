"""Finds what falls due by time, and takes back what has lost its cause."""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction

from notifications.asking import TOO_LATE, Refusal, ask_wanted, is_database_away
from notifications.kinds import Kind, NoticeRequest, Span, declared
from notifications.models import Notice, NoticeQuerySet, Planning

logger = logging.getLogger(__name__)

LOOK_AHEAD = timedelta(minutes=10)
# How far a kind that was never planned looks back: a new kind must not tell what is long past.
FIRST_LOOK_BACK = timedelta(hours=1)
ROWS_AT_ONCE = 500
# How many that wait are asked for their cause in one run, those that go next first; the sender asks each anyway.
MOST_ASKED = 5000
PLANNING_LOCK = 0x4E4F5450  # "NOTP"


def plan(*, now: datetime) -> bool:
    """Write what falls due within ten minutes, cancel what is no longer wanted. False if another planner is at it.

    Safe at any time, twice, or in parallel. All kinds are written in one transaction, so that what belongs into one
    mail reaches the sender together; a kind that fails keeps its place in time and is looked at again.
    """
    with transaction.atomic():
        if not _take_turn():
            return False
        for kind in declared():
            if kind.candidates is not None:
                _plan_or_note_trouble(kind, now)
        expire_useless(now=now)
        cancel_unwanted(now=now)
    return True


def cancel_unwanted(*, now: datetime) -> None:
    """Cancel those that would soon go and whose cause is gone. The sender asks once more right before sending."""
    soon = _waiting().filter(next_try_at__lte=now + LOOK_AHEAD, expires_at__gt=now)
    asked = list(soon.order_by("next_try_at", "pk").values_list("pk", flat=True)[:MOST_ASKED])
    for begin in range(0, len(asked), ROWS_AT_ONCE):
        chunk = list(_waiting().filter(pk__in=asked[begin : begin + ROWS_AT_ONCE]).select_related("recipient"))
        pks: dict[Refusal, list[int]] = {}
        for pk, refusal in ask_wanted(chunk, now).items():
            if refusal.status is Notice.Status.CANCELLED:
                pks.setdefault(refusal, []).append(pk)
        for refusal, unwanted in pks.items():
            _waiting().filter(pk__in=unwanted).update(
                status=refusal.status, reason=refusal.reason, withheld=refusal.withheld, sealed_mail=""
            )


def expire_useless(*, now: datetime) -> None:
    """Record those whose time has passed, also while no sender takes them. One query."""
    _waiting().filter(expires_at__lte=now).update(status=Notice.Status.EXPIRED, reason=TOO_LATE, sealed_mail="")


def _take_turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [PLANNING_LOCK])
        return bool(cursor.fetchone()[0])


def _plan_or_note_trouble(kind: Kind, now: datetime) -> None:
    try:
        with transaction.atomic():
            _plan_kind(kind, now)
    except Exception as error:
        if is_database_away(error):
            raise
        logger.exception("Notices of kind %s cannot be planned", kind.key)
        _note(Planning(kind=kind.key, planned_at=now - FIRST_LOOK_BACK, trouble=repr(error)), "trouble")


def _plan_kind(kind: Kind, now: datetime) -> None:
    assert kind.candidates is not None  # noqa: S101
    planned_at = Planning.objects.filter(kind=kind.key).values_list("planned_at", flat=True).first()
    since = min(planned_at, now) if planned_at else now - FIRST_LOOK_BACK
    span = Span(since=since, now=now, until=now + LOOK_AHEAD)
    write_planned([request for request in kind.candidates(span) if (request.send_at or now) in span], now=now)
    _note(Planning(kind=kind.key, planned_at=now), "planned_at", "trouble")


def _note(planning: Planning, *changed: str) -> None:
    Planning.objects.bulk_create([planning], update_conflicts=True, unique_fields=["kind"], update_fields=list(changed))


def write_planned(requests: list[NoticeRequest], *, now: datetime) -> None:
    """Write those that do not exist, and wake those that were cancelled and have their cause again."""
    known = _known_statuses(requests)
    rows = [request.as_row(now) for request in requests if request.key not in known]
    for row in rows:
        if row.expires_at <= now:
            row.status, row.reason, row.sealed_mail = Notice.Status.EXPIRED, TOO_LATE, ""
    Notice.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
    for request in requests:
        pk, status = known.get(request.key, (0, ""))
        row = request.as_row(now)
        if status == Notice.Status.CANCELLED and row.expires_at > now:
            _wake(pk, row)


def _known_statuses(requests: list[NoticeRequest]) -> dict[tuple[object, ...], tuple[int, str]]:
    same_things = Notice.objects.filter(
        kind__in={request.kind.key for request in requests},
        object_type__in={request.object_type for request in requests},
        object_id__in={request.object_id for request in requests},
        # What is told of a session week after week is not read again with it.
        occurrence__in={request.occurrence for request in requests},
    )
    columns = ("kind", "object_type", "object_id", "recipient_id", "address", "occurrence", "pk", "status")
    return {tuple(row[:6]): (row[6], row[7]) for row in same_things.values_list(*columns)} if requests else {}


def _wake(pk: int, row: Notice) -> None:
    Notice.objects.filter(pk=pk, status=Notice.Status.CANCELLED).update(
        status=Notice.Status.WAITING,
        reason="",
        withheld="",
        message_id="",
        send_at=row.send_at,
        next_try_at=row.send_at,
        waits_until=None,
        expires_at=row.expires_at,
    )


def _waiting() -> NoticeQuerySet:
    return Notice.objects.filter(status=Notice.Status.WAITING)
