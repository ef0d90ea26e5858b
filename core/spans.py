"""Saying how long something lasts, in words."""

from datetime import timedelta

from django.utils.translation import gettext, ngettext


def say_span(span: timedelta) -> str:
    """Its two largest units, rounded down: "3 hours", "2 days 4 hours", "under a minute".

    Up to two days it speaks in hours, as people who have been given 48 hours do.
    """
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return gettext("under a minute")
    hours, minutes = divmod(minutes, 60)
    if hours <= 48:
        return _join(_hours(hours), _minutes(minutes))
    days, hours = divmod(hours, 24)
    return _join(ngettext("{number} day", "{number} days", days).format(number=days), _hours(hours))


def _hours(number: int) -> str:
    return ngettext("{number} hour", "{number} hours", number).format(number=number) if number else ""


def _minutes(number: int) -> str:
    return ngettext("{number} minute", "{number} minutes", number).format(number=number) if number else ""


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)
