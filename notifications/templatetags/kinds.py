from django import template

from notifications.choices import name_kinds
from notifications.models.notice import of_them

register = template.Library()


@register.filter
def kind_names(keys: list[str]) -> str:
    """For staff, of somebody: `{{ row.mails_off|kind_names }}` is "Feedback on their work, Reminders of deadlines"."""
    names = name_kinds()
    return ", ".join(sorted(of_them(names[key]) for key in keys if key in names))
