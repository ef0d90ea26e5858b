"""Turns what is recorded into values that JSON can hold and that read the same in ten years."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils.functional import Promise


class NotRecordable(TypeError):
    """This value has no agreed way of being written down; say in words what is meant."""

    def __init__(self, value: object) -> None:
        super().__init__(f"The record cannot hold {type(value).__name__}: {value!r}")


def json_safe(value: object) -> Any:
    """The same value in JSON's words: instants in UTC, durations in seconds, rows as "name [key]".

    Raises NotRecordable for anything else, and for a datetime that does not say its zone.
    """
    match value:
        case Enum():
            return json_safe(value.value)
        case None | bool() | int() | str():
            return value
        case float() if value == value and abs(value) != float("inf"):
            return value
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case datetime():
            raise NotRecordable(value)
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal() | UUID() | Promise() | ZoneInfo():
            return str(value)
        case Model():
            return f"{value} [{value.pk}]"
        case Mapping():
            return {str(json_safe(key)): json_safe(inner) for key, inner in value.items()}
        case list() | tuple():
            return [json_safe(inner) for inner in value]
        case set() | frozenset():
            return sorted((json_safe(inner) for inner in value), key=str)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return json_safe({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    raise NotRecordable(value)
