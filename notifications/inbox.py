"""The inbox: what a person was told, in the words of the mail, and asked once more before it is shown."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString

from notifications.asking import ask_holding, describe
from notifications.kinds import Described, UnknownKind, kind_of
from notifications.letters import write_passage
from notifications.models import Notice

logger = logging.getLogger(__name__)

Status = Notice.Status
# These have been told, or it was tried: they keep their line when what they told is no longer so.
KEEPS_ITS_LINE = (Status.SENT, Status.FAILED)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One notice as its reader finds it. What is no longer so has its title and nothing else."""

    notice: Notice
    title: str
    words: SafeString | str = ""
    why: str = ""
    path: str = ""
    action: str = ""
    holds: bool = True


def read_notices(notices: Sequence[Notice], now: datetime) -> list[Told]:
    """Each in its own words, in the order given; a constant number of queries for each kind among them.

    What waits and has lost its cause, or is no longer for this person to see, is left out.
    """
    holding = ask_holding(notices, now)
    described, _ = describe([notice for notice in notices if notice.pk in holding], now)
    told = []
    for notice in notices:
        line = in_own_words(notice, described[notice.pk], now) if notice.pk in described else None
        if line is not None:
            told.append(line)
        elif notice.status in KEEPS_ITS_LINE or notice.withheld:
            told.append(Told(notice=notice, title=name_of(notice), holds=False))
    return told


def in_own_words(notice: Notice, said: Described, now: datetime) -> Told | None:
    """The notice as its mail tells it; None when its text cannot be written."""
    try:
        passage = write_passage(notice, said, now)
    except Exception:  # whatever a template or its context can raise: the other notices are shown
        logger.exception("Notice %s cannot be shown", notice.pk)
        return None
    return Told(
        notice=notice,
        title=passage.subject,
        words=passage.html,
        why=passage.why,
        path=path_of(said),
        action=passage.action,
    )


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
