"""What the look needs in templates: `{% icon "check" %}` and `{% chip "late" "Late" %}`."""

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

register = template.Library()

CHIP_ICONS = {
    "due": "clock",
    "open": "circle-dot",
    "late": "clock-alert",
    "done": "check",
    "released": "message-square-text",
    "revise": "pencil-line",
    "locked": "lock",
    "draft": "file-pen",
    "live": "video",
    "stop": "circle-alert",
    "closed": "circle-x",
    "": "circle",
}


# Drawing one costs as much as a dozen table cells, and a list draws the same few again and again.
@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, size: int = 20, stroke: float = 2) -> SafeString:
    """An inline sign beside words; hidden from screen readers, because the words are there."""
    drawn = lucide(str(name) + "", size=size, aria_hidden="true", stroke_width=str(stroke), focusable="false")
    return mark_safe(drawn)


@register.simple_tag
def chip(kind: str, text: str) -> SafeString:
    """A status: sign, words, then colour. An unknown kind fails, so that a misspelling is seen."""
    return format_html(
        '<span class="chip{}">{}{}</span>', f" chip-{kind}" if kind else "", icon(CHIP_ICONS[kind], 16), text
    )
