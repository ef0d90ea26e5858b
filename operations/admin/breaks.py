import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from core.rules import BreakSpan, CalendarError

LINE = re.compile(r"(?P<name>.+?)\s*:\s*(?P<first>\d{4}-\d{2}-\d{2})\s+to\s+(?P<last>\d{4}-\d{2}-\d{2})")
EXAMPLE = "Spring break: 2027-03-22 to 2027-03-28"


class BreaksField(forms.CharField):
    """Weeks without teaching, one break a line; a tuple of BreakSpan out."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Weeks without teaching")
        kwargs.setdefault("help_text", f"One a line, whole weeks from Monday to Sunday, such as “{EXAMPLE}”.")
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        return tuple(read_break(line) for line in lines)


def read_break(line: str) -> BreakSpan:
    """A break from its line. Raises ValidationError."""
    found = LINE.fullmatch(line)
    if found is None:
        raise ValidationError(f"“{line}” cannot be read; write it like “{EXAMPLE}”.")
    try:
        first, last = date.fromisoformat(found["first"]), date.fromisoformat(found["last"])
    except ValueError:
        raise ValidationError(f"“{line}” names a date that does not exist.") from None
    try:
        return BreakSpan(found["name"], first, last)
    except CalendarError as error:
        raise ValidationError(str(error)) from None


def say_breaks(breaks: Iterable[BreakSpan]) -> str:
    """The lines that `BreaksField` reads."""
    return "\n".join(f"{one.name}: {one.starts_on} to {one.ends_on}" for one in breaks)
