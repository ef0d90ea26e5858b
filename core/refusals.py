"""What people read when something is refused or fails: what happened, what to do, and what they had written."""

import sys

import structlog
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import get_template

# Shorter texts are typed again in less time than it takes to find them on the page.
WORTH_KEEPING = 60
NEVER_SHOWN = ("password", "csrf", "credential", "code")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, and 413 where it was only too much."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: a member without the right."""
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing here, or nothing that this person may know of."""
    return render(request, "404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was opened before somebody signed in or out elsewhere: what was written is handed back."""
    return render(request, "403_csrf.html", {"kept": kept_texts(request)}, status=403)


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """The sign-in page and back here afterwards; a text that was sent meanwhile is handed back with the way to it."""
    address = redirect_to_login(request.get_full_path())
    kept = kept_texts(request) if request.method == "POST" else []
    return render(request, "signed_out.html", {"kept": kept, "sign_in": address.url}, status=403) if kept else address


def conflict(request: HttpRequest, reason: object, *, keep: str = "") -> HttpResponse:
    """409: it was possible when the page was opened and is not any more. `reason` is a sentence; `keep` the text."""
    return render(request, "409.html", {"reason": reason, "kept": [keep] if keep else []}, status=409)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when it is the database that is away: without a query, a session or a context processor."""
    is_database_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    name, status = ("maintenance.html", 503) if is_database_away else ("500.html", 500)
    page = get_template(name).render({"request_id": request_id(request), "page": request.path})
    return HttpResponse(page, status=status, headers={"Retry-After": "60"} if is_database_away else {})


def request_id(request: HttpRequest) -> str:
    """What finds this request in the logs; empty when nothing numbered it."""
    numbered = getattr(request, "request_id", "") or structlog.contextvars.get_contextvars().get("request_id", "")
    return str(numbered)


def kept_texts(request: HttpRequest) -> list[str]:
    """The longer texts of a form that could not be taken, without secrets; empty when the form cannot be read."""
    try:
        fields = [(name, text) for name, texts in request.POST.lists() for text in texts]
    except (UnreadablePostError, RequestDataTooBig, MultiPartParserError):
        return []
    return [
        text
        for name, text in fields
        if len(text) >= WORTH_KEEPING and not any(secret in name.lower() for secret in NEVER_SHOWN)
    ]
