"""Where notices are put: in the transaction of what they tell."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from core.publish import publish_on_commit
from notifications.kinds import NoticeRequest
from notifications.models import Lane, Notice

ROWS_AT_ONCE = 500


def enqueue(wanted: NoticeRequest | Iterable[NoticeRequest], *, now: datetime) -> None:
    """Write notices, once each: one that exists already (whatever became of it) is left as it is.

    Wakes the sender when the transaction commits; without a broker the sender finds them by itself.
    """
    requests = [wanted] if isinstance(wanted, NoticeRequest) else list(wanted)
    rows = [request.as_row(now) for request in requests]
    Notice.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
    due = {row.lane for row in rows if row.send_at <= now}
    if Lane.ACCOUNT in due:
        publish_on_commit("notifications.tasks.send_account_notices")
    if due - {Lane.ACCOUNT}:
        wake_sender()


def wake_sender() -> None:
    """Let a sender look now rather than in two seconds."""
    publish_on_commit("notifications.tasks.send_notices")


def reconsider(user: User, *, now: datetime) -> None:
    """After somebody has taken another clock: what waits for a morning of the old one looks for one of the new."""
    waiting = Notice.objects.filter(recipient=user, status=Notice.Status.WAITING, waits_until__gt=now)
    waiting.update(next_try_at=now, waits_until=None)
