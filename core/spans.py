"""Saying how long something lasts, in words."""

from datetime import timedelta


def say_span(span: timedelta) -> str:
    """Its two largest units, rounded down: "3 hours", "2 days 4 hours", "under a minute".

    Up to two days it speaks in hours, as people who have been given 48 hours do.
    """
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "under a minute"
    hours, minutes = divmod(minutes, 60)
    if hours <= 48:
        return _join(_count(hours, "hour"), _count(minutes, "minute"))
    days, hours = divmod(hours, 24)
    return _join(_count(days, "day"), _count(hours, "hour"))


def _count(number: int, unit: str) -> str:
    return "" if number == 0 else f"{number} {unit}{'' if number == 1 else 's'}"


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)
