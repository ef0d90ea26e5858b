from django import template
from django.utils.safestring import SafeString

from core.markdown import render

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """`<div class="prose">{{ item.body|markdown }}</div>`"""
    return render(text)
