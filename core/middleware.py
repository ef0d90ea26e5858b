from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core import clock


class ClockMiddleware:
    """Freezes one moment for the whole request as `request.now`, so that a page never straddles a deadline."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = clock.now()  # type: ignore[attr-defined]
        return self.get_response(request)


class PrivatePagesMiddleware:
    """What is made for somebody who is signed in is kept by no cache between, and asked for anew by the browser's own.

    Not `no-store`: with it, what was typed without script would be gone after the Back button.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response
