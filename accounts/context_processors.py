from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.zones import differing_zone
from core.templatetags.moments import ZONE_COOKIE


def zone_question(request: HttpRequest) -> dict[str, object]:
    """`asked_zone`: the computer's zone where the page should ask about it, else empty. No query of its own."""

    def asked() -> str:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return ""
        return differing_zone(user, request.COOKIES.get(ZONE_COOKIE), at=request.now)  # type: ignore[attr-defined]

    return {"asked_zone": SimpleLazyObject(asked)}
