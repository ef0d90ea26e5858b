from datetime import datetime

from core.moves import move
from notifications.models import ACCOUNT_MAIL, Notice
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
