"""Finds what falls due by time, and takes back what has lost its cause."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists

from core import clock
from notifications.asking import TOO_LATE, Refusal, ask_wanted, is_database_away
from notifications.keeping import told_now
from notifications.kinds import Kind, NoticeRequest, Span, declared
from notifications.models import Notice, NoticeQuerySet, Planning

logger = logging.getLogger(__name__)

LOOK_AHEAD = timedelta(minutes=10)
# How far a kind that was never planned looks back: a new kind must not tell what is long past.
FIRST_LOOK_BACK = timedelta(hours=1)
# A look sees nothing of a transaction that is open. The next one must, also where the moment has passed meanwhile.
LONGEST_OPEN = timedelta(minutes=15)
ROWS_AT_ONCE = 500
# How many that wait are asked for their cause in one run, those that go next first; the sender asks each anyway.
MOST_ASKED = 5000
# No lease, retry or rest of a domain is longer.
FURTHEST_TRY = timedelta(minutes=35)
PLANNING_LOCK = 0x4E4F5450  # "NOTP"


def plan(*, now: datetime) -> bool:
    """Write what falls due within ten minutes, cancel what is no longer wanted. False if another planner is at it.

    Safe at any time, twice, or in parallel. All kinds are written in one transaction, so that what belongs into one
    mail reaches the sender together; a kind that fails keeps its place in time and is looked at again.
    """
    with transaction.atomic():
        if not _take_turn():
            return False
        free_from_wrong_clock(now=now)
        _plan_all([kind for kind in declared() if kind.candidates is not None], now, seen_until(now=now))
        expire_useless(now=now)
        cancel_unwanted(now=now)
    return True


def cancel_unwanted(*, now: datetime) -> None:
    """Cancel those that would soon go and whose cause is gone. The sender asks once more right before sending.

    What was put off to a morning is left to the sender until then: nobody plans it anew, so that a state that passes
    meanwhile would end it.
    """
    soon = _waiting().filter(next_try_at__lte=now + LOOK_AHEAD, expires_at__gt=now).exclude(waits_until__gt=now)
    asked = list(soon.order_by("next_try_at", "pk").values_list("pk", flat=True)[:MOST_ASKED])
    for begin in range(0, len(asked), ROWS_AT_ONCE):
        chunk = list(_waiting().filter(pk__in=asked[begin : begin + ROWS_AT_ONCE]).select_related("recipient"))
        pks: dict[Refusal, set[int]] = {}
        for pk, refusal in ask_wanted(chunk, now).items():
            if refusal.status is Notice.Status.CANCELLED:
                pks.setdefault(refusal, set()).add(pk)
        for refusal, unwanted in pks.items():
            kept = {"told": told_now([one for one in chunk if one.pk in unwanted], now)} if refusal.withheld else {}
            _waiting().filter(pk__in=unwanted).update(
                status=refusal.status, reason=refusal.reason, withheld=refusal.withheld, sealed_mail="", **kept
            )


def expire_useless(*, now: datetime) -> None:
    """Record those whose time has passed, also while no sender takes them. One query."""
    _waiting().filter(expires_at__lte=now).update(status=Notice.Status.EXPIRED, reason=TOO_LATE, sealed_mail="")


def seen_until(*, now: datetime) -> datetime:
    """Up to when a look at `now` can miss nothing: until then all is committed, or undone. One query."""
    return now - min(clock.longest_open(), LONGEST_OPEN)


def plan_nothing_before(now: datetime) -> None:
    """Let the past be past: no planner makes a notice of what was to be told until then. In the caller's transaction;
    waits for a planner that is at it, some seconds at most."""
    wait_for_turn()
    Planning.objects.filter(looks_from__lt=now).update(looks_from=now)


def free_from_wrong_clock(*, now: datetime) -> None:
    """Let those go whose next try is further ahead than any: the database's clock was wrong when that was written. One
    query.

    Not in the first run after the clock was set back (the planner itself has looked further than now): a sender that
    began before may still hold them.
    """
    far = Notice.objects.open().filter(waits_until=None, send_at__lte=now, next_try_at__gt=now + FURTHEST_TRY)
    far.exclude(Exists(Planning.objects.filter(planned_at__gt=now))).update(next_try_at=now)


def _take_turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [PLANNING_LOCK])
        return bool(cursor.fetchone()[0])


def wait_for_turn() -> None:
    """Until the transaction ends no planner looks, and the one that did has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PLANNING_LOCK])


def _plan_all(kinds: list[Kind], now: datetime, seen: datetime) -> None:
    """Together those that went well the last time, by themselves those that did not."""
    known = Planning.objects.in_bulk()
    ailing = [kind for kind in kinds if kind.key in known and known[kind.key].trouble]
    well = [kind for kind in kinds if kind not in ailing]
    while well and (culprit := _plan_or_note_trouble(well, known, now, seen)):
        well.remove(culprit)
    for kind in ailing:
        _plan_or_note_trouble([kind], known, now, seen)


def _plan_or_note_trouble(
    kinds: list[Kind], known: Mapping[str, Planning], now: datetime, seen: datetime
) -> Kind | None:
    """All at once; where one of them fails, none, and it is returned."""
    at_work = kinds[0]
    try:
        with transaction.atomic():
            # Most were planned together the last time: they look at the same span, and share what it knows.
            spans: dict[datetime, Span] = {}
            for at_work in kinds:
                since = min(known[at_work.key].looks_from, now) if at_work.key in known else now - FIRST_LOOK_BACK
                _plan_kind(at_work, spans.setdefault(since, Span(since=since, now=now, until=now + LOOK_AHEAD)))
            looked = [Planning(kind=kind.key, planned_at=now, looks_from=seen) for kind in kinds]
            _note(looked, "planned_at", "looks_from", "trouble")
    except Exception as error:
        if is_database_away(error):
            raise
        logger.exception("Notices of kind %s cannot be planned", at_work.key)
        never = now - FIRST_LOOK_BACK
        _note([Planning(kind=at_work.key, planned_at=never, looks_from=never, trouble=repr(error))], "trouble")
        return at_work
    return None


def _plan_kind(kind: Kind, span: Span) -> None:
    assert kind.candidates is not None  # noqa: S101
    write_planned([request for request in kind.candidates(span) if (request.send_at or span.now) in span], now=span.now)


def _note(plannings: list[Planning], *changed: str) -> None:
    Planning.objects.bulk_create(plannings, update_conflicts=True, unique_fields=["kind"], update_fields=list(changed))


def write_planned(requests: list[NoticeRequest], *, now: datetime) -> None:
    """Write those that do not exist, and wake those that were cancelled and have their cause again."""
    if not requests:
        return
    known = _known_statuses(requests)
    rows = [request.as_row(now) for request in requests if request.key not in known]
    for row in rows:
        if row.expires_at <= now:
            row.status, row.reason, row.sealed_mail = Notice.Status.EXPIRED, TOO_LATE, ""
    Notice.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
    for request in requests:
        pk, status = known.get(request.key, (0, ""))
        if status == Notice.Status.CANCELLED and (row := request.as_row(now)).expires_at > now:
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
    return {tuple(row[:6]): (row[6], row[7]) for row in same_things.values_list(*columns)}


def _wake(pk: int, row: Notice) -> None:
    Notice.objects.filter(pk=pk, status=Notice.Status.CANCELLED).update(
        status=Notice.Status.WAITING,
        reason="",
        withheld="",
        told=None,
        message_id="",
        send_at=row.send_at,
        next_try_at=row.send_at,
        waits_until=None,
        expires_at=row.expires_at,
        # What comes back is news, also to whoever had read that it was no longer so.
        read_at=None,
    )


def _waiting() -> NoticeQuerySet:
    return Notice.objects.filter(status=Notice.Status.WAITING)
