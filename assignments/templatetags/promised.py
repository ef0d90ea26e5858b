"""Promises on pages."""

from datetime import datetime

from django import template

from assignments.promises import is_past

register = template.Library()


@register.filter(name="is_past")
def is_past_filter(promised_at: datetime | None, at: datetime) -> bool:
    """Whether it has passed at that moment: `{% if row.promised_by|is_past:request.now %}`."""
    return is_past(promised_at, at)
