from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from core.moves import move
from notifications.gate import held, the_row
from notifications.inbox import TOLD_HERE, Told
from notifications.keeping import to_keep
from notifications.models import ACCOUNT_MAIL, Notice, NoticeQuerySet, Sending
from notifications.outbox import wake_sender
from notifications.planner import plan_nothing_before

DROPPED = "it dates from before the database was restored"


class TooLate(Exception):
    """Its time has passed, or its words are gone: there is nothing left to send."""


class NotPaused(Exception):
    """Mails go out already."""

    def __init__(self) -> None:
        super().__init__("Mails are not paused.")


class NothingHeld(Exception):
    """No restore waits for a word."""

    def __init__(self) -> None:
        super().__init__("Nothing is held: the database is the one that last sent.")


def send_again(*, notice: Notice, now: datetime) -> Notice:
    """Give one that could not be delivered another try, after its address or its text was repaired.

    Raises WrongState, and TooLate for one that has expired or whose token was erased.
    """
    if notice.expires_at <= now or notice.kind == ACCOUNT_MAIL:
        raise TooLate("This can no longer be sent; it can only be asked for anew.")
    move(notice, Notice.Status.WAITING, next_try_at=now, reason="", told=None, message_id="")
    wake_sender()
    return notice


def mark_read(*, notices: NoticeQuerySet, now: datetime) -> int:
    """Note that their reader has seen these of an inbox; how many were new. Those read before keep their moment."""
    return notices.filter(read_at=None).update(read_at=now)


def keep_shown(*, shown: Sequence[Told]) -> None:
    """What no mail has told is told by the page that shows it: its words are kept as they stood there.

    Not of one that was mailed before words were kept: nobody knows what that mail said. No query where there are none.
    """
    words = {one.notice.pk: one.words for one in shown if one.holds and one.is_told_here}
    if words:
        rows = Notice.objects.filter(pk__in=words, told__isnull=True, status__in=TOLD_HERE)
        rows.update(told=to_keep([one.notice for one in shown], words))


@transaction.atomic
def pause_sending(*, because: str, actor: User | None, now: datetime) -> Sending:
    """Let nothing go out but the account lane; what expires meanwhile is recorded. A sender at work ends its batch.

    A second pause keeps the newer reason. Locks the row.
    """
    row = the_row(lock=True)
    row.paused_at, row.paused_by, row.paused_because = row.paused_at or now, actor, because
    row.save()
    record(actor=actor, verb="paused the mails", on=row, reason=because, now=now)
    return row


@transaction.atomic
def resume_sending(*, actor: User | None, now: datetime) -> Sending:
    """Let mails go out again: the still useful, ordinary ones in their person's next mail. Raises NotPaused."""
    row = the_row(lock=True)
    if row.paused_at is None:
        raise NotPaused
    record(
        actor=actor,
        verb="let the mails go on",
        on=row,
        before={"paused_at": row.paused_at, "because": row.paused_because},
        now=now,
    )
    row.paused_at, row.paused_by, row.paused_because = None, None, ""
    row.save()
    wake_sender()
    return row


@transaction.atomic
def send_held(*, actor: User | None, now: datetime) -> int:
    """After a restore: let go what is still useful, each cause asked as ever; how many wait. Raises NothingHeld."""
    count = _end_hold("let the mails of before the restore go", actor, now)
    wake_sender()
    return count


@transaction.atomic
def drop_held(*, actor: User | None, now: datetime) -> int:
    """After a restore: nothing of before goes out, nor is it planned again. How many those were. Raises NothingHeld."""
    # What the planner would find between the backup and now was told by the database that was lost.
    plan_nothing_before(now)
    rows = held()
    count = _end_hold("dropped the mails of before the restore", actor, now)
    rows.update(status=Notice.Status.EXPIRED, reason=DROPPED, sealed_mail="", claimed_by="")
    return count


def _end_hold(verb: str, actor: User | None, now: datetime) -> int:
    row = the_row(lock=True)
    if row.held_before is None:
        raise NothingHeld
    count = held().count()
    record(actor=actor, verb=verb, on=row, before={"held_before": row.held_before, "notices": count}, now=now)
    row.held_before = None
    row.save()
    return count
