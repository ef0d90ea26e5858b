"""Asks the declarations about many notices at once, so that one that fails takes no other with it."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError, transaction
from psycopg2.errors import LockNotAvailable, QueryCanceled

from notifications.choices import switched_off
from notifications.kinds import Described, Kind, UnknownKind, kind_of
from notifications.models import Notice
from notifications.returns import not_working_among
from notifications.scopes import named

logger = logging.getLogger(__name__)

GONE = "what it tells of is no longer there"
CLOSED = "the account is closed"
UNDECLARED = "this kind of notice is no longer known here"
TOO_LATE = "its time had passed before it could be sent"
NOT_ANSWERED = "its cause could not be asked for in time"

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Refusal:
    """What becomes of a notice that is not sent, and why; one that could not be asked for in time goes on waiting."""

    status: Notice.Status
    reason: str
    # It holds good and is told in the app.
    withheld: str = ""


def ask_wanted(notices: Sequence[Notice], now: datetime) -> dict[int, Refusal]:
    """Those that are not to be sent now; the others are still wanted. A constant number of queries per kind."""
    refused: dict[int, Refusal] = {}
    asked: list[Notice] = []
    for notice in notices:
        if notice.expires_at <= now:
            refused[notice.pk] = Refusal(Notice.Status.EXPIRED, TOO_LATE)
        elif notice.recipient and not notice.recipient.is_active:
            refused[notice.pk] = Refusal(Notice.Status.CANCELLED, CLOSED)
        else:
            asked.append(notice)
    for kind, group in _by_kind(asked, refused):
        if kind.still_wanted is not None:
            answers = _ask(kind.still_wanted, group, now, refused)
            refused |= {
                notice.pk: Refusal(Notice.Status.CANCELLED, _reason(answers.get(notice.pk, GONE)))
                for notice in group
                if notice.pk not in refused and answers.get(notice.pk, GONE) is not True
            }
    return refused | _withhold([notice for notice in asked if notice.pk not in refused])


def _withhold(wanted: Sequence[Notice]) -> dict[int, Refusal]:
    """Of those that hold good, what their readers do not want by mail or cannot get. Two queries."""
    unwanted, unreachable = switched_off(wanted), not_working_among(wanted)
    withheld: dict[int, Refusal] = {}
    for notice in wanted:
        if notice.pk in unwanted:
            said = f"you switched “{kind_of(notice).name}” off"
            withheld[notice.pk] = Refusal(Notice.Status.CANCELLED, said, Notice.Withheld.CHOICE)
        elif notice.pk in unreachable:
            said = f"mail to {notice.mail_address} came back"
            withheld[notice.pk] = Refusal(Notice.Status.CANCELLED, said, Notice.Withheld.ADDRESS)
    return withheld


def ask_holding(notices: Sequence[Notice], now: datetime) -> set[int]:
    """Those of which what they tell is still so, whatever became of their mail: for whoever reads them on a page."""
    refused: dict[int, Refusal] = {}
    holding: set[int] = set()
    for kind, group in _by_kind(notices, refused):
        if kind.still_wanted is None:
            holding |= {notice.pk for notice in group}
        else:
            answers = _ask(kind.still_wanted, group, now, refused)
            holding |= {pk for pk, answer in answers.items() if answer is True}
    return holding


def describe(notices: Sequence[Notice], now: datetime) -> tuple[dict[int, Described], dict[int, Refusal]]:
    """What the templates need for each, and those about which nothing can be said."""
    told: dict[int, Described] = {}
    refused: dict[int, Refusal] = {}
    for kind, group in _by_kind(notices, refused):
        if kind.describe is None:
            told |= {notice.pk: Described(context=notice.context) for notice in group}
        else:
            told |= _ask(kind.describe, group, now, refused)
    for notice in notices:
        if notice.pk not in told:
            refused.setdefault(notice.pk, Refusal(Notice.Status.CANCELLED, GONE))
    within = named({notice.scope for notice in notices if notice.pk in told})
    for notice in notices:
        if notice.pk in told and notice.scope in within:
            told[notice.pk] = replace(told[notice.pk], within=within[notice.scope])
    return told, refused


def _by_kind(notices: Sequence[Notice], refused: dict[int, Refusal]) -> Iterator[tuple[Kind, list[Notice]]]:
    groups: dict[str, tuple[Kind, list[Notice]]] = {}
    for notice in notices:
        try:
            kind = kind_of(notice)
        except UnknownKind:
            refused[notice.pk] = Refusal(Notice.Status.FAILED, UNDECLARED)
        else:
            groups.setdefault(kind.key, (kind, []))[1].append(notice)
    yield from groups.values()


def _ask(
    question: Callable[[Sequence[Notice], datetime], Mapping[int, Answer]],
    notices: list[Notice],
    now: datetime,
    refused: dict[int, Refusal],
) -> dict[int, Answer]:
    """All at once; when that fails, one by one, so that only the culprit is refused. What takes too long is not asked
    again for each: those wait, and no other kind does."""
    try:
        with transaction.atomic():
            return dict(question(notices, now))
    except Exception as error:
        if is_database_away(error):
            raise
        if isinstance(error, OperationalError):
            logger.exception("Notices of kind %s cannot be asked about now", notices[0].kind)
            refused |= {notice.pk: Refusal(Notice.Status.WAITING, NOT_ANSWERED) for notice in notices}
            return {}
        if len(notices) == 1:
            logger.exception("Notice %s cannot be worked out", notices[0].pk)
            refused[notices[0].pk] = Refusal(Notice.Status.FAILED, f"its text could not be worked out: {error!r}")
            return {}
    answers: dict[int, Answer] = {}
    for notice in notices:
        answers |= _ask(question, [notice], now, refused)
    return answers


def is_database_away(error: Exception) -> bool:
    """Whether nothing can be asked at all; not when the database has ended one query, which took or waited too long."""
    ended = isinstance(error.__cause__, QueryCanceled | LockNotAvailable)
    return isinstance(error, OperationalError | InterfaceError) and not ended


def _reason(answer: bool | str) -> str:
    return answer if isinstance(answer, str) else GONE
