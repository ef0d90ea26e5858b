from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core import clock


class ClockMiddleware:
    """Freezes one moment for the whole request as `request.now`, so that a page never straddles a deadline."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = clock.now()  # type: ignore[attr-defined]
        return self.get_response(request)
