"""The inbox: what a person was told, in the words in which they were told, and whether it is still so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe

from notifications.asking import ask_holding, describe
from notifications.keeping import Words, words_of
from notifications.kinds import Described, UnknownKind, kind_of
from notifications.models import Notice

Status = Notice.Status
# These have been told, or it was tried: they keep their line when what they told is no longer so.
KEEPS_ITS_LINE = (Status.SENT, Status.FAILED)
# Settled without a mail: the page is what tells them.
TOLD_HERE = (Status.FAILED, Status.EXPIRED, Status.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One notice as its reader finds it: as it was told, or, while it was not, as it would be told now. What is no
    longer so, and of which no words were kept, has its title and nothing else."""

    notice: Notice
    words: Words
    path: str = ""
    holds: bool = True

    @property
    def title(self) -> str:
        return self.words.title

    @property
    def html(self) -> SafeString:
        """Written by our own templates, which escape what people have typed."""
        return mark_safe(self.words.html)

    @property
    def is_told_here(self) -> bool:
        """Whether this page is what tells it: its words are not kept yet, and no mail has told it or will."""
        return self.notice.told is None and self.notice.status in TOLD_HERE


def read_notices(notices: Sequence[Notice], now: datetime) -> list[Told]:
    """Each in its own words, in the order given; a constant number of queries for each kind among them.

    What waits and has lost its cause, or is no longer for this person to see, is left out.
    """
    holding = ask_holding(notices, now)
    described, _ = describe([notice for notice in notices if notice.pk in holding], now)
    unsaid = words_of([notice for notice in notices if notice.told is None], described, now)
    told = []
    for notice in notices:
        words = Words.kept_with(notice) or unsaid.get(notice.pk)
        if words is not None:
            path = path_of(described[notice.pk]) if notice.pk in described else ""
            told.append(Told(notice=notice, words=words, path=path, holds=notice.pk in holding))
        elif notice.status in KEEPS_ITS_LINE or notice.withheld:
            told.append(Told(notice=notice, words=Words(title=name_of(notice), html=""), holds=False))
    return told


def name_of(notice: Notice) -> str:
    """What remains of one whose words no longer hold: what sort of notice it was."""
    try:
        return kind_of(notice).name
    except UnknownKind:
        return notice.title


def path_of(said: Described) -> str:
    """Where it leads on this site; empty when it leads nowhere."""
    path = said.path or str(said.context.get("path") or "")
    return path if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else ""
