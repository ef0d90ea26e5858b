from datetime import datetime

from core.moves import move
from notifications.models import ACCOUNT_MAIL, Notice, NoticeQuerySet
from notifications.outbox import wake_sender


class TooLate(Exception):
    """Its time has passed, or its words are gone: there is nothing left to send."""


def send_again(*, notice: Notice, now: datetime) -> Notice:
    """Give one that could not be delivered another try, after its address or its text was repaired.

    Raises WrongState, and TooLate for one that has expired or whose token was erased.
    """
    if notice.expires_at <= now or notice.kind == ACCOUNT_MAIL:
        raise TooLate("This can no longer be sent; it can only be asked for anew.")
    move(notice, Notice.Status.WAITING, next_try_at=now, reason="", message_id="")
    wake_sender()
    return notice


def mark_read(*, notices: NoticeQuerySet, now: datetime) -> int:
    """Note that their reader has seen these of an inbox; how many were new. Those read before keep their moment."""
    return notices.filter(read_at=None).update(read_at=now)
