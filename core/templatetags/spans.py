from datetime import timedelta

from django import template

from core.spans import say_span

register = template.Library()


@register.filter
def span(length: timedelta | None) -> str:
    """`{{ late_by|span }}`: "3 hours 20 minutes"; empty for None."""
    return "" if length is None else say_span(length)
