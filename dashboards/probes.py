from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from core import clock
from dashboards.health import examine


class ProbeMiddleware:
    """Answers `/healthz` and `/readyz` before anything else runs.

    Machines ask by whatever address they know, without cookies and over plain HTTP; the host check, the redirect to
    HTTPS, sessions and access marks are all for people.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("alive\n", content_type="text/plain", headers={"Cache-Control": "no-store"})
        if request.path == "/readyz":
            health = examine(now=clock.now())
            status = 200 if health.is_ready else 503
            return JsonResponse(health.as_json(), status=status, headers={"Cache-Control": "no-store"})
        return self.get_response(request)
