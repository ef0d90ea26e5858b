"""Where a mail provider reports what came back, signed with a secret that only it and we know."""

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.access import public
from core.http import Request
from notifications.models import Return
from notifications.returns import Report, code_in, find_mail, find_returned, sort_of, take_report

LONGEST = 256 * 1024
MOST_EVENTS = 500


class Unreadable(ValueError):
    """What was sent is no report; says why."""


@public
@csrf_exempt
@require_POST
def report_take(request: Request) -> HttpResponse:
    """One event or a list of them. Header `X-Signature: sha256=` and the HMAC-SHA256 of the body, in hexadecimal.

    `{"event": "bounce" or "complaint", "message_id": "<…>", "recipient": "…", "status": "5.1.1", "text": "…"}`; the
    return address as `return_path` may stand in place of the other two.
    """
    if not settings.MAIL_REPORTS_SECRET:
        raise Http404
    if len(request.body) > LONGEST:
        return JsonResponse({"error": f"At most {LONGEST} bytes at once."}, status=413)
    if not is_signed(request.body, request.headers.get("X-Signature", "")):
        raise PermissionDenied
    try:
        reports = [report for event in read_events(request.body) if (report := read_event(event))]
    except Unreadable as error:
        return JsonResponse({"error": str(error)}, status=400)
    new = sum(take_report(report=report, now=request.now) for report in reports)
    return JsonResponse({"new": new})


def is_signed(body: bytes, signature: str) -> bool:
    """Whether somebody who knows the secret sent these very bytes."""
    expected = hmac.new(settings.MAIL_REPORTS_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={expected}".encode(), signature.encode(errors="replace"))


def read_events(body: bytes) -> list[dict[str, Any]]:
    """The events in a body. Raises Unreadable."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is not JSON.") from error
    events = said if isinstance(said, list) else [said]
    if len(events) > MOST_EVENTS:
        raise Unreadable(f"At most {MOST_EVENTS} events at once.")
    if not all(isinstance(event, dict) for event in events):
        raise Unreadable("An event is an object with “event”, “message_id” and “recipient”.")
    return events


def read_event(event: dict[str, Any]) -> Report | None:
    """What it says of a mail of ours; None for a mail that we do not know, an address that has changed since, or a
    failure that is not final. Raises Unreadable."""
    sort = event.get("event")
    if sort not in ("bounce", "complaint"):
        raise Unreadable("“event” is “bounce” or “complaint”.")
    words = {name: str(event.get(name) or "") for name in ("return_path", "message_id", "recipient", "status", "text")}
    notice = find_returned(words["return_path"]) or find_mail(words["message_id"], words["recipient"])
    if notice is None:
        return None
    if sort == "complaint":
        return Report(notice=notice, sort=Return.Sort.COMPLAINT, text=words["text"])
    code = code_in(words["status"]) or code_in(words["text"])
    if code.startswith(("2", "4")):
        return None
    return Report(notice=notice, sort=sort_of(code), code=code, text=words["text"])
