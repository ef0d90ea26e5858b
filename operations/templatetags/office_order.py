from typing import Any

from django import template
from django.utils.safestring import SafeString

from operations.admin.order import order_buttons as buttons

register = template.Library()


@register.simple_tag
def order_buttons(row: Any) -> SafeString:
    """Up and down, as buttons of the form around them."""
    return buttons(row)
