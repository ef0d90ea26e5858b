"""Tells an entry to people: names of fields as the forms have them, times as times, yes and no as words."""

import contextlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from audit.models import Entry

# What was typed may look like a time without being one, or be too far away for any clock.
DAY = re.compile(r"(19|2\d)\d{2}-\d{2}-\d{2}")
INSTANT = re.compile(DAY.pattern + r"T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z")


@dataclass(frozen=True)
class Told:
    """A value for a page: words, or a day, or an instant that the page says on the reader's clock."""

    words: str = ""
    day: date | None = None
    instant: datetime | None = None


@dataclass(frozen=True)
class Line:
    """One value that was changed."""

    name: str
    before: Told
    after: Told


@dataclass(frozen=True)
class Happening:
    """One entry for a page."""

    entry: Entry
    lines: list[Line]


def tell(entry: Entry, model: type[models.Model]) -> Happening:
    """The entry with its changes in words, told on the history page of a row of this model."""
    lines = [Line(_name(key, model), _told(before), _told(after)) for key, before, after in entry.changes]
    return Happening(entry, lines)


def _name(key: str, model: type[models.Model]) -> str:
    try:
        column = model._meta.get_field(key)
    except FieldDoesNotExist:
        return key.replace("_", " ")
    return str(getattr(column, "verbose_name", key)).replace("_", " ")


def _told(value: Any) -> Told:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            if INSTANT.fullmatch(value):
                return Told(instant=datetime.fromisoformat(value))
            if DAY.fullmatch(value):
                return Told(day=date.fromisoformat(value))
    return Told(_words(value))


def _words(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_words(inner) for inner in value)
        case dict():
            said = {key.replace("_", " "): _words(inner) for key, inner in value.items()}
            return "; ".join(f"{key}: {words}" for key, words in said.items() if words)
        case _:
            return str(value)
