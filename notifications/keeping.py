"""The words in which a person was told: kept with the notice, so that nothing that happens later rewrites them."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from core.languages import spoken
from core.written import Written
from notifications.asking import describe
from notifications.kinds import Described
from notifications.letters import Passage, write_passage
from notifications.models import ACCOUNT_MAIL, Notice

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a notice says to its reader: in their language, by the clock they had then."""

    title: str
    # HTML of our own templates.
    html: str
    # "You receive this because …"
    why: str = ""
    # Empty: the site's.
    language: str = ""
    is_confidential: bool = False

    @classmethod
    def of(cls, passage: Passage) -> "Words":
        """Those of a mail."""
        return cls(
            title=passage.subject,
            html=passage.html,
            why=passage.reason,
            language="" if passage.language == settings.LANGUAGE_CODE else passage.language,
            is_confidential=passage.is_confidential,
        )

    @classmethod
    def kept_with(cls, notice: Notice) -> "Words | None":
        """Those that were kept; None of one that was told before words were kept, or not yet."""
        return cls(**notice.told) if notice.told else None


class KeptByKey(Written):
    """In an UPDATE of many rows: to each its own words, however many they are in one statement."""

    output_field: ClassVar[Any] = models.JSONField()
    names = ("pk", "keys", "texts")
    template = (
        "SELECT given.said::jsonb FROM unnest({keys}::bigint[], {texts}::text[]) AS given(pk, said)"
        " WHERE given.pk = {pk}"
    )

    def __init__(self, texts: Mapping[int, str]) -> None:
        super().__init__("pk", list(texts), list(texts.values()))


def to_keep(notices: Iterable[Notice], words: Mapping[int, Words]) -> KeptByKey:
    """For `told`, in the statement that settles these notices. Nothing of what was sealed: it holds what opens an
    account."""
    kept = ((notice.pk, storable(notice, words.get(notice.pk))) for notice in notices)
    return KeptByKey({pk: text for pk, text in kept if text is not None})


def words_of(notices: Iterable[Notice], described: Mapping[int, Described], now: datetime) -> dict[int, Words]:
    """Of each as its mail would tell it; those whose text cannot be written are left out."""
    words = {}
    for notice in notices:
        if notice.pk in described and notice.kind != ACCOUNT_MAIL:
            try:
                words[notice.pk] = words_for(notice, described[notice.pk], now)
            except Exception:  # whatever a template or its context can raise: the others are told
                logger.exception("Notice %s cannot be told", notice.pk)
    return words


def words_for(notice: Notice, said: Described, now: datetime) -> Words:
    """In the language of its reader. Raises whatever its templates can raise."""
    with spoken(notice.recipient.language if notice.recipient else ""):
        return Words.of(write_passage(notice, said, now))


def told_now(notices: list[Notice], now: datetime) -> KeptByKey:
    """What these say at this moment, for the statement that settles them without a mail. A constant number of queries
    for each kind among them."""
    described, _ = describe(notices, now)
    return to_keep(notices, words_of(notices, described, now))


def storable(notice: Notice, words: Words | None) -> str | None:
    """As JSON that the database takes: a mail that has gone out must not be sent again for half a character. None of
    what was sealed."""
    if words is None or notice.kind == ACCOUNT_MAIL or notice.sealed_mail:
        return None
    said: dict[str, Any] = {name: _clean(value) for name, value in asdict(words).items() if value}
    return json.dumps({"title": "", "html": "", **said})


def _clean(value: Any) -> Any:
    return value.replace("\x00", "").encode(errors="replace").decode() if isinstance(value, str) else value
