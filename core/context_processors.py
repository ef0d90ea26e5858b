from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """What every page may name: the site as the school calls it, and whether this is the demo."""
    return {"SITE_NAME": settings.SITE_NAME, "IS_DEMO": settings.IS_DEMO}
