from django import template

register = template.Library()

KIND_ICONS = {
    "reading": "book-open",
    "video": "circle-play",
    "page": "file-text",
    "link": "external-link",
    "discussion": "message-circle",
    "live": "video",
    "assignment": "pencil-line",
}


@register.filter
def kind_icon(kind: str) -> str:
    """`{% icon item.kind|kind_icon 16 %}`"""
    return KIND_ICONS[kind]
