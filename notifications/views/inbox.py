from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from accounts.http import SignedInRequest
from core.access import signed_in
from notifications.inbox import read_notices
from notifications.models import Notice, NoticeQuerySet
from notifications.services import keep_shown, mark_read

PER_PAGE = 25


def inbox_of(request: SignedInRequest) -> NoticeQuerySet:
    """The person's own, the newest first."""
    return (
        Notice.objects.visible_to(request.user, at=request.now).select_related("recipient").order_by("-send_at", "-pk")
    )


@signed_in
@require_safe
def inbox_list(request: SignedInRequest) -> HttpResponse:
    """What a person was told, over all sessions."""
    page = Paginator(inbox_of(request), PER_PAGE).get_page(request.GET.get("page"))
    notices = list(page.object_list)
    told = read_notices(notices, request.now)
    keep_shown(shown=told)
    count_no_longer_new(request, notices, {one.notice.pk for one in told if one.holds})
    context = {
        "page": page,
        "told": told,
        "seen_until": request.now.isoformat(),
    }
    return render(request, "notifications/inbox.html", context)


def count_no_longer_new(request: SignedInRequest, notices: list[Notice], holding: set[int]) -> None:
    """What tells nothing any more has nothing left to open, and was seen with this page: it counts as new no longer,
    here and in the header. No query where all holds."""
    void = [one.pk for one in notices if one.pk not in holding and one.is_new]
    if void:
        request.user.unread -= mark_read(notices=inbox_of(request).filter(pk__in=void), now=request.now)  # type: ignore[attr-defined]


@signed_in
@require_safe
def notice_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Go where a notice leads; that is reading it."""
    notice = get_object_or_404(inbox_of(request), pk=pk)
    mark_read(notices=inbox_of(request).filter(pk=pk), now=request.now)
    told = read_notices([notice], request.now)
    return redirect(told[0].path if told and told[0].path else "notifications:inbox-list")


@signed_in
@require_POST
def inbox_read(request: SignedInRequest) -> HttpResponse:
    """Mark all as read that had come when the page was shown."""
    mark_read(notices=inbox_of(request).filter(send_at__lte=seen_until(request)), now=request.now)
    messages.success(request, "All is marked as read.")
    return redirect("notifications:inbox-list")


def seen_until(request: SignedInRequest) -> datetime:
    """The moment of the page that the button stood on; now where it does not say."""
    try:
        said = parse_datetime(request.POST.get("seen_until", ""))
    except ValueError:
        said = None
    return min(said, request.now) if said is not None and said.tzinfo else request.now
