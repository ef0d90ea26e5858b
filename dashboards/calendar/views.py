"""The calendar of one person: the page that says how to take it along, and the feed that their own calendar fetches."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from core.access import public, signed_in
from core.http import Request
from dashboards.calendar.address import address_of, find_owner
from dashboards.calendar.events import events_of
from dashboards.calendar.feed import tag_of, write_feed
from operations.profiles import renew_calendar_address

TYPE = "text/calendar; charset=utf-8"


@public
@require_safe
def feed(request: Request, token: str) -> HttpResponse:
    """Without signing in, because a calendar program cannot: the address is the secret. A wrong one is 404."""
    owner = find_owner(token)
    if owner is None:
        raise Http404
    written = write_feed(events_of(owner, request.now), user=owner, now=request.now)
    tag = tag_of(written)
    answer = get_conditional_response(request, etag=tag)
    if answer is None:
        answer = HttpResponse(written, content_type=TYPE)
        answer["Content-Disposition"] = 'inline; filename="calendar.ics"'
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@signed_in
@require_safe
def calendar_page(request: SignedInRequest) -> HttpResponse:
    """What is ahead, and the address under which another calendar shows it too."""
    ahead = [event for event in events_of(request.user, request.now) if event.is_over_at > request.now]
    context = {
        "events": ahead,
        "address": address_of(request.user),
        "subscription": address_of(request.user).replace("https://", "webcal://", 1).replace("http://", "webcal://", 1),
        "renewals": request.user.calendar_renewals,
    }
    return render(request, "dashboards/calendar.html", context)


@signed_in
@require_safe
def download(request: SignedInRequest) -> HttpResponse:
    """The same once, as a file: it does not follow what is moved later."""
    events = events_of(request.user, request.now)
    answer = HttpResponse(write_feed(events, user=request.user, now=request.now), content_type=TYPE)
    answer["Content-Disposition"] = 'attachment; filename="calendar.ics"'
    return answer


@signed_in
@require_POST
def address_renew(request: SignedInRequest) -> HttpResponse:
    """Another address; whoever had the old one reads nothing more."""
    seen = request.POST.get("seen", "")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 10):
        messages.error(request, "The address was not renewed. Open this page again, then press the button.")
        return redirect("dashboards:calendar")
    renew_calendar_address(user=request.user, seen=int(seen), now=request.now)
    messages.success(request, "Your calendar has a new address. The old one is dead; put the new one in its place.")
    return redirect("dashboards:calendar")
