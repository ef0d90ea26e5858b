"""What people are told about their account, in words that the account library wrote and the outbox keeps sealed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from notifications import models
from notifications.kinds import Described, Kind, register
from notifications.models import Lane, Notice
from notifications.sealing import unseal


def describe_account_mails(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Open what was sealed; a mail whose key is lost takes no other with it."""
    opened = {notice.pk: unseal(notice.sealed_mail) for notice in notices}
    return {pk: Described(context={**mail, "paragraphs": mail["text"].split("\n\n")}) for pk, mail in opened.items()}


ACCOUNT_MAIL = register(
    Kind(
        key=models.ACCOUNT_MAIL,
        name="Sign-in and account",
        lane=Lane.ACCOUNT,
        is_optional=False,
        subject="{{ subject }}",
        why="it is about signing in with this address",
        lasts=timedelta(hours=1),
        describe=describe_account_mails,
    )
)
