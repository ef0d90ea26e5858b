"""Papers in templates: `{% paper_text page %}` and, where one is written, `{% paper_modules %}`."""

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString
from js_asset import ImportMap

from assignments.source import Page
from core.templatetags.scripts import SHARED

register = template.Library()

PARTS = ("document", "footnotes", "pasted", "reading", "tools", "writing")
MODULES = ImportMap(
    {
        **SHARED,
        "django-prose-editor/editor": "django_prose_editor/editor.js",
        **{f"paper/{name}": f"js/paper/{name}.js" for name in PARTS},
    }
)


@register.simple_tag(takes_context=True)
def paper_modules(context: Context) -> SafeString:
    """Names of modules with the addresses they have today. Stands before the first module script of a page."""
    return MODULES.render(attrs={"nonce": str(context["request"].csp_nonce)})


@register.simple_tag
def paper_text(page: Page, prefix: str = "") -> SafeString:
    """What was written, with its comments marked; several on one page need a prefix each."""
    return page.html(prefix or "remark")
