"""Taking notices to send them, so that no two senders hold the same one and none is lost with its sender."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Q

from notifications.models import Lane, Notice, NoticeQuerySet

# A sender that has not settled its claim by then is taken for dead. Longer than a batch and one slow mail take.
LEASE = timedelta(minutes=3)
CLAIM_LOCK = 0x4E4F5443  # "NOTC"


@dataclass(frozen=True)
class Claim:
    """What one sender holds: its mark on the rows, and the rows by the mail they make."""

    mark: str
    mails: list[list[Notice]]
    # Those that were never in a mail before: nobody can have accepted them.
    fresh: frozenset[int]

    def settle(self, notices: Iterable[Notice], status: Notice.Status, **changes: object) -> None:
        """Say what became of them. Rows that were taken over by another sender are left to it."""
        if status in (Notice.Status.SENT, Notice.Status.CANCELLED, Notice.Status.EXPIRED, Notice.Status.FAILED):
            changes["sealed_mail"] = ""
        mine = Notice.objects.filter(claimed_by=self.mark, status=Notice.Status.CLAIMED)
        mine.filter(pk__in=[notice.pk for notice in notices]).update(status=status, claimed_by="", **changes)

    def put_back(self, notices: list[Notice], *, until: datetime, in_doubt: bool = False, **changes: object) -> None:
        """Let them wait again: free to join other mails, unless a server may have accepted them as they were."""
        for free in (True, False):
            group = [notice for notice in notices if (notice.pk in self.fresh and not in_doubt) is free]
            freed = {"message_id": ""} if free else {}
            if group:
                self.settle(group, Notice.Status.WAITING, next_try_at=until, **freed, **changes)


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
