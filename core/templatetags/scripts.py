"""Scripts that others import, by names that stay the same: `{% shared_modules %}`."""

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString
from js_asset import ImportMap

register = template.Library()

SHARED = {"copies": "js/copies.js"}
MODULES = ImportMap(SHARED)


@register.simple_tag(takes_context=True)
def shared_modules(context: Context) -> SafeString:
    """Names of modules with the addresses they have today. Stands before the first module script of a page, once."""
    return MODULES.render(attrs={"nonce": str(context["request"].csp_nonce)})
