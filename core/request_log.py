import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

logger = structlog.stdlib.get_logger("lyceum.request")

# Asked every few seconds by machines.
UNREMARKABLE = frozenset({"/healthz", "/readyz"})
# A route with one of these carries a secret in its path: whoever reads the log could use it.
SECRET_PARTS = re.compile(r"key|token|uid|code|secret")


class RequestLogMiddleware:
    """Gives each request an id (`request.request_id`, header `X-Request-ID`, every log line) and logs its end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request.request_id):  # type: ignore[attr-defined]
            response = self.get_response(request)
            response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
            if request.path not in UNREMARKABLE:
                _log_end(request, response, seconds=time.perf_counter() - started)
        return response


def loggable_path(request: HttpRequest) -> str:
    """The path without its query; the route's pattern where the path itself is a secret."""
    match = request.resolver_match
    if match is not None and any(SECRET_PARTS.search(name) for name in match.kwargs):
        return f"/{match.route}"
    return request.path


def _log_end(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    # Only a user that the view asked for: logging must not cost a query, nor fail without a database.
    user = getattr(request, "_cached_user", None)
    logger.info(
        "request",
        method=request.method,
        path=loggable_path(request),
        status=response.status_code,
        ms=round(seconds * 1000),
        user_id=getattr(user, "pk", None),
    )
