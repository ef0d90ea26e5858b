"""Taking notices to send them, so that no two senders hold the same one and none is lost with its sender."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from threading import Event, Thread
from uuid import uuid4

from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.db.models import Q

from notifications.models import Lane, Notice, NoticeQuerySet

logger = logging.getLogger(__name__)

# So long does a sign-in code wait when its sender is killed. One slow mail may take longer (ten answers of the server,
# each within EMAIL_TIMEOUT), so a sender that lives renews its lease.
LEASE = timedelta(seconds=30)
RENEWED_EVERY = LEASE / 3
# One that hangs for good is not kept in its place by its renewals. No task may take longer (tasks.py).
LONGEST_HOLD = timedelta(seconds=150)
CLAIM_LOCK = 0x4E4F5443  # "NOTC"


@dataclass(frozen=True)
class Claim:
    """What one sender holds: its mark on the rows, and the rows by the mail they make."""

    mark: str
    mails: list[list[Notice]]
    # Those that were never in a mail before: nobody can have accepted them.
    fresh: frozenset[int]

    def renew(self, *, now: datetime) -> None:
        """Hold what is not settled yet for another `LEASE`. Rows that another sender has are left to it."""
        with transaction.atomic():
            # Rows that are just being settled are not waited for: of two that wait for each other the database ends
            # one, and that could be the one that records what the mail server has accepted.
            rows = list(self._mine().select_for_update(skip_locked=True).values_list("pk", flat=True))
            Notice.objects.filter(pk__in=rows).update(next_try_at=now + LEASE)

    def settle(self, notices: Iterable[Notice], status: Notice.Status, **changes: object) -> None:
        """Say what became of them. Rows that were taken over by another sender are left to it."""
        if status in (Notice.Status.SENT, Notice.Status.CANCELLED, Notice.Status.EXPIRED, Notice.Status.FAILED):
            changes["sealed_mail"] = ""
        mine = self._mine().filter(pk__in=[notice.pk for notice in notices])
        mine.update(status=status, claimed_by="", **changes)

    def put_back(self, notices: list[Notice], *, until: datetime, in_doubt: bool = False, **changes: object) -> None:
        """Let them wait again: free to join other mails, unless a server may have accepted them as they were."""
        for free in (True, False):
            group = [notice for notice in notices if (notice.pk in self.fresh and not in_doubt) is free]
            freed = {"message_id": ""} if free else {}
            if group:
                self.settle(group, Notice.Status.WAITING, next_try_at=until, **freed, **changes)

    def _mine(self) -> NoticeQuerySet:
        return Notice.objects.filter(claimed_by=self.mark, status=Notice.Status.CLAIMED)


@contextmanager
def kept(batch: Claim, moment: Callable[[], datetime]) -> Iterator[None]:
    """Renew its lease from a thread while the block runs, whatever the block waits for. It dies with its process."""
    ended, give_up_at = Event(), moment() + LONGEST_HOLD

    def keep() -> None:
        while not ended.wait(RENEWED_EVERY.total_seconds()) and moment() < give_up_at:
            try:
                batch.renew(now=moment())
            except (OperationalError, InterfaceError) as away:
                logger.warning("a lease was not renewed: %s", str(away).splitlines()[0])
                connection.close()
        connections.close_all()

    keeper = Thread(target=keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def claim(*, now: datetime, limit: int) -> Claim:
    """Take about `limit` due notices for `LEASE`; a mail without rows ends the work.

    Claims are made one after the other (a lock for some milliseconds): reminders to one person that are due together
    must fall to one sender, or they would not become one mail.
    """
    mark = uuid4().hex
    with transaction.atomic():
        _take_turn()
        first = list(_due(now).order_by("lane", "next_try_at", "pk")[:limit])
        rows = first + list(_due(now).filter(_belongs_to(first)).exclude(pk__in=[row.pk for row in first]))
        mails = _mails(rows)
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(
            status=Notice.Status.CLAIMED, claimed_by=mark, next_try_at=now + LEASE
        )
        new = [row for row in rows if not row.message_id]
        for mail in mails:
            for row in mail:
                row.message_id = row.message_id or mail[0].first_message_id()
        _keep_message_ids(new)
    return Claim(mark, mails, frozenset(row.pk for row in new))


def _keep_message_ids(rows: list[Notice]) -> None:
    with connection.cursor() as cursor:  # `bulk_update` takes twenty times as long
        cursor.execute(
            "UPDATE notifications_notice AS notice SET message_id = given.message_id"
            " FROM unnest(%s::bigint[], %s::text[]) AS given(id, message_id) WHERE notice.id = given.id",
            [[row.pk for row in rows], [row.message_id for row in rows]],
        )


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIM_LOCK])


def _due(now: datetime) -> NoticeQuerySet:
    # Rows that the planner is just cancelling are left to it.
    return Notice.objects.due(now).select_related("recipient").select_for_update(skip_locked=True, of=("self",))


def _belongs_to(first: list[Notice]) -> Q:
    """What goes into the same mails: reminders to the same people, and rows that were one mail before."""
    reminded = [row for row in first if row.lane == Lane.REMINDER]
    same_person = Q(recipient__in={row.recipient_id for row in reminded if row.recipient_id}) | Q(
        recipient=None, address__in={row.address for row in reminded if row.address}
    )
    same_mail = Q(message_id__in={row.message_id for row in first if row.message_id})
    return Q(same_person, lane=Lane.REMINDER) | same_mail


def _mails(rows: list[Notice]) -> list[list[Notice]]:
    """The rows by mail, in the order of sending."""

    def order(row: Notice) -> tuple[str, str, int, str, int, datetime, int]:
        alone = 0 if row.lane == Lane.REMINDER else row.pk
        return (row.lane, row.message_id, row.recipient_id or 0, row.address, alone, row.expires_at, row.pk)

    return [list(mail) for _, mail in groupby(sorted(rows, key=order), key=lambda row: order(row)[:5])]
