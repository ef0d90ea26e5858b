"""Times in the text of a mail, its subject and its reason: the very words of the page, without markup."""

from datetime import datetime

from django import template
from django.template.context import Context

from core.moments import say_moment
from core.templatetags.moments import reader_zone

register = template.Library()


@register.simple_tag(takes_context=True)
def when(context: Context, value: datetime | None, form: str = "long") -> str:
    """`{% when due_at %}`, `{% when due_at "short" %}`; what `{% moment %}` shows, as plain words."""
    program = context.get("program_zone")
    return say_moment(value, reader_zone(context, program), program, now=context["now"], form=form)
