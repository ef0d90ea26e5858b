"""Questions for more time, answered; standing arrangements, made and revoked."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import Perm
from assignments.desk.grant_forms import ArrangementForm, RequestForm
from assignments.desk.grants import arrangements_of, looked_after
from assignments.models import ExtensionRequest, Submission
from assignments.services import (
    AlreadyRevoked,
    MayNotExtend,
    NotLater,
    decline_request,
    grant_request,
    make_arrangement,
    revoke_arrangement,
)
from cohorts.http import SessionRequest
from core.access import requires
from core.moves import WrongState
from core.windows import Phase


@requires(Perm.GRANT_OWN_EXTENSION)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """One question: until when, or why not."""
    session = request.program_session
    people = looked_after(request.user, session, request.now)
    theirs = ExtensionRequest.objects.of(people).filter(assignment__session=session)
    rows = theirs.select_related("assignment__item", "assignment__session", "enrollment__user", "decided_by")
    asked = get_object_or_404(rows, pk=pk)
    is_declined = request.POST.get("act") == "decline"
    form = RequestForm(
        request.POST or None, session=session, is_declined=is_declined, initial={"until_on": asked.wished_on}
    )
    if request.method == "POST" and form.is_valid():
        told = {"request": asked, "answer": form.cleaned_data["answer"], "actor": request.user, "now": request.now}
        try:
            if is_declined:
                decline_request(**told)
            else:
                grant_request(until=form.until(), **told)
        except (NotLater, MayNotExtend) as refused:
            form.add_error(None, str(refused))
        except WrongState as refused:
            messages.error(request, str(refused))
            return redirect("assignments:desk-time", session_slug)
        else:
            done = "Declined" if is_declined else "Granted"
            messages.success(request, f"{done}; {asked.enrollment.user} is told.")
            return redirect("assignments:desk-time", session_slug)
    window = asked.assignment.window_for(asked.enrollment)
    phase = window.phase(request.now)
    handed_in = Submission.objects.counting().filter(assignment=asked.assignment, enrollment=asked.enrollment)
    context = {
        "session": session,
        "program_zone": session.zone,
        "asked": asked,
        "newest": handed_in.first(),
        "window": window,
        "is_closed": phase is Phase.CLOSED,
        "is_past": phase in (Phase.LATE, Phase.CLOSED),
        "form": form,
    }
    return render(request, "assignments/desk/request.html", context, status=422 if form.errors else 200)


@requires(Perm.GRANT_ANY_EXTENSION)
@require_http_methods(["GET", "HEAD", "POST"])
def arrangement_add(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Make a standing arrangement with one person."""
    session = request.program_session
    people = looked_after(request.user, session, request.now)
    form = ArrangementForm(request.POST or None, people=people, initial={"key": uuid4()})
    if request.method == "POST" and form.is_valid():
        made = make_arrangement(actor=request.user, now=request.now, **form.meant())
        messages.success(request, f"{made.enrollment.user} is told once, with all dates that are open to them.")
        return redirect("assignments:desk-time", session_slug)
    context = {"session": session, "form": form}
    return render(request, "assignments/desk/arrangement.html", context, status=422 if form.errors else 200)


@requires(Perm.GRANT_ANY_EXTENSION)
@require_POST
def arrangement_revoke(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """End it."""
    people = looked_after(request.user, request.program_session, request.now)
    arrangement = get_object_or_404(arrangements_of(people).select_related("enrollment__session"), pk=pk)
    try:
        revoke_arrangement(arrangement=arrangement, actor=request.user, now=request.now)
    except AlreadyRevoked as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Revoked; {arrangement.enrollment.user} is told.")
    return redirect("assignments:desk-time", session_slug)
