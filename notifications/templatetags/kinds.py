from django import template

from notifications.choices import name_kinds

register = template.Library()


@register.filter
def kind_names(keys: list[str]) -> str:
    """`{{ row.mails_off|kind_names }}`: "Modules that open, Reminders of deadlines"."""
    names = name_kinds()
    return ", ".join(sorted(names[key] for key in keys if key in names))
