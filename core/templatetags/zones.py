from django import template

from core import zones

register = template.Library()


@register.filter
def say_zone(name: object) -> str:
    """`{{ user.zone|say_zone }}`: "New York"; empty for none."""
    return zones.say_zone(str(name)) if name else ""
