"""Comments that a reader keeps to use again: each has their own."""

import re
from datetime import datetime

from accounts.models import User
from assignments.models import BankedComment

NAME = "{name}"


class BankFull(Exception):
    """There are so many already that none is found."""

    def __init__(self) -> None:
        super().__init__(f"You keep {BankedComment.MOST} comments already; delete one that you no longer use.")


class NothingToKeep(Exception):
    """The comment is empty."""

    def __init__(self) -> None:
        super().__init__("Write the comment first.")


def bank_comment(*, text: str, about: User | None = None, actor: User, now: datetime) -> BankedComment:
    """Keep a comment; the name of whom it was written to becomes `{name}`. The same text again is kept once.

    Raises NothingToKeep, BankFull.
    """
    text = without_name(text.strip(), about)
    if not text:
        raise NothingToKeep
    mine = BankedComment.objects.visible_to(actor)
    if mine.exclude(text=text).count() >= BankedComment.MOST:
        raise BankFull
    return BankedComment.objects.get_or_create(user=actor, text=text, defaults={"saved_at": now})[0]


def change_banked(*, comment: BankedComment, text: str, now: datetime) -> BankedComment:
    """Write it anew; where the same is kept already, that one stays. Raises NothingToKeep."""
    if not text.strip():
        raise NothingToKeep
    same = BankedComment.objects.filter(user=comment.user_id, text=text.strip()).exclude(pk=comment.pk).first()
    if same is not None:
        comment.delete()
        return same
    comment.text, comment.saved_at = text.strip(), now
    comment.save(update_fields=["text", "saved_at"])
    return comment


def without_name(text: str, about: User | None) -> str:
    """The text for anybody: the person's name, whole or as they are addressed, becomes `{name}`."""
    names = {about.name, about.salutation} if about else set()
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", NAME, text)
    return text


def with_name(text: str, about: User) -> str:
    """The text for this person."""
    return text.replace(NAME, about.salutation)
