"""What the link in a mail leads to: mails are switched off, and on again, without signing in."""

from collections.abc import Iterable

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.access import public
from core.http import Request
from notifications.choices import BadLink, NobodyThere, Stop, Topic, is_off, optional_kinds, read_link
from notifications.choices import switch_off as switch_mails_off
from notifications.choices import switch_on as switch_mails_on
from notifications.models import Choice
from notifications.scopes import named

ONE_CLICK = "List-Unsubscribe"


@public
# Whoever holds the address may post to it; a mail program does so by itself (RFC 8058). No cookie says anything here.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mails_stop(request: Request, token: str) -> HttpResponse:
    """Only a post acts: scanners that open every link of a mail change nothing."""
    try:
        stop = read_link(token)
    except BadLink:
        raise Http404 from None
    except NobodyThere:
        return render(request, "notifications/stop_gone.html", status=410)
    if request.method != "POST":
        return show(request, stop)
    if "on" in request.POST:
        switch_mails_on(person=stop.person, topics=stop.topics)
    else:
        switch_mails_off(person=stop.person, topics=stop.topics, way=Choice.Way.LINK, now=request.now)
    # A mail program is to be answered, not to be sent on.
    return show(request, stop) if ONE_CLICK in request.POST else redirect(request.path)


def show(request: Request, stop: Stop) -> HttpResponse:
    """What the mail was about, and whether it is off."""
    context = {"topics": said(stop.topics), "is_off": is_off(stop.person, stop.topics)}
    return render(request, "notifications/stop.html", context)


def said(topics: Iterable[Topic]) -> list[tuple[str, str]]:
    """Kind and session in words, in the order of the words."""
    kinds, sessions = optional_kinds(), named({scope for _, scope in topics})
    return sorted((kinds[kind].name, sessions[scope].name if scope in sessions else "") for kind, scope in topics)
