"""Times in the text of a mail, its subject and its reason: the very words of the page, without markup."""

from datetime import date, datetime

from django import template
from django.template.context import Context

from core.moments import say_day, say_moment
from core.templatetags.moments import reader_zone

register = template.Library()


@register.simple_tag(takes_context=True)
def when(context: Context, value: datetime | None, form: str = "long") -> str:
    """`{% when due_at %}`, `{% when due_at "short" %}`; what `{% moment %}` shows, as plain words."""
    program = context.get("program_zone")
    return say_moment(value, reader_zone(context, program), program, now=context["now"], form=form)


@register.simple_tag(takes_context=True)
def on_day(context: Context, value: date | None) -> str:
    """`{% on_day starts_on %}`; what `{% day %}` shows, as plain words."""
    return say_day(value, now=context["now"])
