from django import template

from operations.demo.people import PASSWORD, SHOWN

register = template.Library()


@register.inclusion_tag("operations/demo_accounts.html", takes_context=True)
def demo_accounts(context: template.Context) -> dict[str, object]:
    """The people of the demo class, each with a button that signs in as them."""
    return {"people": SHOWN, "password": PASSWORD, "csrf_token": context.get("csrf_token")}
