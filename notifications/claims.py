"""Taking notices to send them, so that no two senders hold the same one and none is lost with its sender."""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from threading import Event, Thread
from uuid import uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.db.models import Q

from core import clock
from notifications.asking import is_database_away
from notifications.days import Mailed, put_off
from notifications.domains import Pace, domain_of, within
from notifications.gate import Terms, terms
from notifications.models import Lane, Notice, NoticeQuerySet

logger = logging.getLogger(__name__)

# So long does a sign-in code wait when its sender is killed. One slow mail may take longer (ten answers of the server,
# each within EMAIL_TIMEOUT), so a sender that lives renews its lease.
LEASE = timedelta(seconds=30)
RENEWED_EVERY = LEASE / 3
# One that hangs for good is not kept in its place by its renewals. No task may take longer (tasks.py).
LONGEST_HOLD = timedelta(seconds=150)
# A run that waits for the database as long as this still ends before its task is ended (tasks.py).
LONGEST_OUTAGE = timedelta(seconds=60)
SECONDS_BETWEEN_TRIES = 0.2
CLAIM_LOCK = 0x4E4F5443  # "NOTC"
LANES = tuple(Lane)
# Of so many batches in a row each row may have to wait for its person's morning; the next look goes on.
MOST_LOOKS = 20


@dataclass(frozen=True)
class Claim:
    """What one sender holds: its mark on the rows, and the rows by the mail they make."""

    mark: str
    mails: list[list[Notice]]
    # Those that were never in a mail before: nobody can have accepted them.
    fresh: frozenset[int]
    # Domains that have said "not now" since they last took a mail.
    troubled: frozenset[str] = frozenset()

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

    def settle_sent(self, said: Mapping[int, tuple[str, str | None]], *, now: datetime) -> None:
        """The mail server has accepted them: to each why it came, and its words as JSON where they are kept. One
        statement for a mail, which commits itself; Django takes half as long again to put the same together."""
        whys, words = zip(*said.values(), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE notifications_notice AS notice"
                " SET status = %s, claimed_by = '', sealed_mail = '', accepted_at = %s, attempts = attempts + 1,"
                " reason = given.reason, told = given.told::jsonb"
                " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given(id, reason, told)"
                " WHERE notice.id = given.id AND notice.claimed_by = %s AND notice.status = %s",
                [
                    Notice.Status.SENT,
                    now,
                    list(said),
                    list(whys),
                    list(words),
                    self.mark,
                    Notice.Status.CLAIMED,
                ],
            )

    def put_back(self, notices: list[Notice], *, until: datetime, in_doubt: bool = False, **changes: object) -> None:
        """Let them wait again: free to join other mails, unless a server may have accepted them as they were."""
        for free in (True, False):
            group = [notice for notice in notices if (notice.pk in self.fresh and not in_doubt) is free]
            freed = {"message_id": ""} if free else {}
            if group:
                self.settle(group, Notice.Status.WAITING, next_try_at=until, **freed, **changes)

    def let_go(self, *, now: datetime) -> None:
        """End the lease at once: what is not settled goes on with whoever comes, as it was begun."""
        self._mine().update(next_try_at=now)

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


def waiting_out_an_outage(act: Callable[[], None]) -> None:
    """Do it; while the database is away, again and again for `LONGEST_OUTAGE`.

    For what must not be forgotten: meanwhile nobody else can have taken the rows either.
    """
    give_up_at = clock.steady() + LONGEST_OUTAGE
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError) as away:
            if connection.in_atomic_block or not is_database_away(away) or clock.steady() > give_up_at:
                raise
            connection.close()
            time.sleep(SECONDS_BETWEEN_TRIES)


def claim(*, now: datetime, limit: int, lanes: Collection[Lane] = LANES) -> Claim:
    """Take about `limit` notices that may go now for `LEASE`; a claim without mails ends the work.

    Claims are made one after the other (a lock for some milliseconds): what is ordinary of one person must fall to one
    sender, or it would not become one mail a day; and senders share the rates.
    """
    mark = uuid4().hex
    with transaction.atomic():
        _take_turn()
        pace = Pace.read(now)
        mails: list[list[Notice]] = []
        allowed = terms()
        if _are_enough(now):
            lanes = [lane for lane in lanes if lane == Lane.ACCOUNT]
        for _ in range(MOST_LOOKS):
            due = within(pace, allowed.allowed(_due(now, lanes)))
            first = list(due.order_by("lane", "next_try_at", "pk")[:limit])
            if not first:
                break
            rows = first + list(_joining(first, allowed, now))
            mails = _in_time(_put_off(_mails(rows), allowed, now), pace)
            if mails:
                break
        else:
            logger.warning("%s looks found nothing that may go now", MOST_LOOKS)
        pace.write()
        new = frozenset(row.pk for mail in mails for row in mail if not row.message_id)
        for mail in mails:
            for row in mail:
                row.message_id = row.message_id or mail[0].first_message_id()
        _hold([row for mail in mails for row in mail], mark, until=now + LEASE)
    troubled = frozenset(name for name, row in pace.rows.items() if row.setbacks)
    return Claim(mark, mails, new, troubled)


def _are_enough(now: datetime) -> bool:
    """Whether as many senders as may be are busy with what is told to many. A killed one is forgotten when it should
    have renewed its lease."""
    busy = Notice.objects.filter(status=Notice.Status.CLAIMED, next_try_at__gt=now + LEASE / 2)
    return busy.exclude(lane=Lane.ACCOUNT).values("claimed_by").distinct().count() >= settings.MAIL_SENDERS


def _put_off(mails: list[list[Notice]], allowed: Terms, now: datetime) -> list[list[Notice]]:
    """Those that may go now; the others wait for their person's morning."""
    reminded = {mail[0].recipient_id for mail in mails if mail[0].lane == Lane.REMINDER and mail[0].recipient_id}
    mailed = Mailed.to(reminded, now=now, allowed=allowed)
    mornings: dict[datetime, list[int]] = {}
    going = []
    for mail in mails:
        until = put_off(mail, mailed, now)
        if until is None:
            going.append(mail)
        else:
            mornings.setdefault(until, []).extend(row.pk for row in mail)
    for until, pks in mornings.items():
        Notice.objects.filter(pk__in=pks).update(next_try_at=until, waits_until=until)
    return going


def _in_time(mails: list[list[Notice]], pace: Pace) -> list[list[Notice]]:
    """Those for which the rates have room; the account lane goes whatever they say."""
    going = []
    for mail in mails:
        domain = domain_of(mail[0].mail_address)
        if mail[0].lane == Lane.ACCOUNT:
            pace.charge(domain)
            going.append(mail)
        elif pace.take(domain):
            going.append(mail)
    return going


def _hold(rows: list[Notice], mark: str, *, until: datetime) -> None:
    """Mark them as this sender's, with the mails they make. One query, none for none."""
    if not rows:
        return
    with connection.cursor() as cursor:  # `bulk_update` takes twenty times as long
        cursor.execute(
            "UPDATE notifications_notice AS notice"
            " SET status = %s, claimed_by = %s, next_try_at = %s, message_id = given.message_id"
            " FROM unnest(%s::bigint[], %s::text[]) AS given(id, message_id) WHERE notice.id = given.id",
            [Notice.Status.CLAIMED, mark, until, [row.pk for row in rows], [row.message_id for row in rows]],
        )


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIM_LOCK])


def _due(now: datetime, lanes: Collection[Lane]) -> NoticeQuerySet:
    return _locked(Notice.objects.due(now).filter(lane__in=lanes))


def _locked(notices: NoticeQuerySet) -> NoticeQuerySet:
    # Rows that the planner is just cancelling are left to it.
    return notices.select_related("recipient").select_for_update(skip_locked=True, of=("self",))


def _joining(first: list[Notice], allowed: Terms, now: datetime) -> NoticeQuerySet:
    """What goes into the same mails: all that is ordinary to the same people, for whichever morning it waited, and
    rows that were one mail before."""
    reminded = [row for row in first if row.lane == Lane.REMINDER]
    same_person = Q(recipient__in={row.recipient_id for row in reminded if row.recipient_id}) | Q(
        recipient=None, address__in={row.address for row in reminded if row.address}
    )
    ordinary = Q(same_person, lane=Lane.REMINDER, status=Notice.Status.WAITING, message_id="", send_at__lte=now)
    begun = Q(message_id__in={row.message_id for row in first if row.message_id}, next_try_at__lte=now)
    others = Notice.objects.open().filter(ordinary | begun).exclude(pk__in=[row.pk for row in first])
    return _locked(allowed.allowed(others))


def _mails(rows: list[Notice]) -> list[list[Notice]]:
    """The rows by mail, in the order of sending."""

    def order(row: Notice) -> tuple[str, str, int, str, int, datetime, int]:
        alone = 0 if row.lane == Lane.REMINDER else row.pk
        return (row.lane, row.message_id, row.recipient_id or 0, row.address, alone, row.expires_at, row.pk)

    return [list(mail) for _, mail in groupby(sorted(rows, key=order), key=lambda row: order(row)[:5])]
