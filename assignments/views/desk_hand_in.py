"""Handing in for somebody what came by other ways."""

from uuid import uuid4

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.roles import Perm
from assignments.desk.grant_forms import HandInForm
from assignments.desk.grants import looked_after, work_of
from assignments.services import EmptyText, MayNotExtend, NotTakenFor, hand_in_for
from cohorts.http import SessionRequest
from core.access import requires
from core.moments import say_moment
from files.admission import MEGABYTE, Refused
from files.services import NoRoom
from files.uploads import Limits, refused_uploads, takes_files


def widest_limits(request: SessionRequest, session_slug: str) -> Limits:
    """As much as any work of the session takes: which it is, the form says only when it is read."""
    widest = work_of(request.program_session).aggregate(files=Max("most_files"), megabytes=Max("most_megabytes"))
    return Limits(widest["files"] or 0, (widest["megabytes"] or 1) * MEGABYTE)


@requires(Perm.HAND_IN_FOR_OTHERS)
@require_http_methods(["GET", "HEAD", "POST"])
@takes_files(widest_limits)
def paper_enter(request: SessionRequest, session_slug: str) -> HttpResponse:
    """For whom, when it really arrived, how it came, and what it is."""
    session = request.program_session
    form = HandInForm(
        request.POST or None,
        request.FILES or None,
        session=session,
        people=looked_after(request.user, session, request.now),
        work=work_of(session),
        initial={"key": uuid4()},
    )
    for refused in refused_uploads(request):
        form.add_error(None, str(refused))
    if request.method == "POST" and form.is_valid():
        brought = [(file, file.name or "") for file in request.FILES.getlist("attached")]
        try:
            paper = hand_in_for(files=brought, actor=request.user, now=request.now, **form.meant())
        except (NotTakenFor, MayNotExtend, EmptyText, Refused, NoRoom) as refused:
            form.add_error(None, str(refused))
        else:
            when = say_moment(paper.handed_in_at, request.user.tz, session.zone, now=request.now)
            messages.success(
                request,
                f"Handed in for {paper.enrollment.user}, who gets the receipt {paper.receipt}. It counts from {when}.",
            )
            return redirect("assignments:desk-time", session_slug)
    context = {"session": session, "program_zone": session.zone, "form": form}
    return render(request, "assignments/desk/hand_in.html", context, status=422 if form.errors else 200)
