"""Deadlines on the desk: who gets more time, seen beforehand, and what was granted."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import Perm
from assignments.desk.filters import number_in
from assignments.desk.grant_forms import GrantForm
from assignments.desk.grants import arrangements_of, grants_of, looked_after, questions_of, taken_of, work_of
from assignments.models import Extension
from assignments.services import (
    AlreadyRevoked,
    MayNotExtend,
    NotLater,
    Prospect,
    grant_extensions,
    preview_extensions,
    revoke_grant,
)
from assignments.texts import as_counted, storable
from cohorts.http import SessionRequest
from core.access import requires

NOBODY = "Nobody is meant by that: choose somebody else."


@requires(Perm.GRANT_OWN_EXTENSION)
@require_http_methods(["GET", "HEAD", "POST"])
def time_grant(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Ask for whom and how much, show who gets what, then grant it: two posts of one form."""
    session = request.program_session
    people = looked_after(request.user, session, request.now)
    form = GrantForm(
        request.POST or None,
        session=session,
        people=people,
        work=work_of(session),
        initial={"grant_id": uuid4(), "assignment": request.GET.get("assignment"), "whom": request.GET.get("whom")},
    )
    prospects: list[Prospect] = []
    if request.method == "POST" and form.is_valid():
        is_confirmed = request.POST.get("act") == "grant"
        meant = form.confirmed(request.POST.getlist("person")) if is_confirmed else form.chosen()
        asked = {"assignment": form.cleaned_data["assignment"], "enrollments": meant, **form.length()}
        try:
            prospects = preview_extensions(**asked, actor=request.user, now=request.now)
            if is_confirmed and meant:
                return _granted(request, form, asked)
        except (NotLater, MayNotExtend) as refused:
            form.add_error(None, str(refused))
        if not meant:
            form.add_error("whom", NOBODY)
    context = {
        "session": session,
        "program_zone": session.zone,
        "form": form,
        "prospects": [] if form.errors else prospects,
        "grants": grants_of(people, session),
        "taken": taken_of(people, session),
        "questions": questions_of(people),
        "arrangements": arrangements_of(people),
        "may_enter": request.membership.may(Perm.HAND_IN_FOR_OTHERS),
        "may_arrange": request.membership.may(Perm.GRANT_ANY_EXTENSION),
    }
    return render(request, "assignments/desk/time.html", context, status=422 if form.errors else 200)


def _granted(request: SessionRequest, form: GrantForm, asked: dict[str, Any]) -> HttpResponse:
    granted = grant_extensions(
        **asked,
        reason=form.cleaned_data["reason"],
        grant_id=form.cleaned_data["grant_id"],
        actor=request.user,
        now=request.now,
    )
    whose = (
        "One person has more time, and is told"
        if len(granted) == 1
        else f"{len(granted)} people have more time, and are told"
    )
    messages.success(request, f"{whose}: “{asked['assignment']}”.")
    return redirect("assignments:desk-time", request.program_session.slug)


@requires(Perm.GRANT_OWN_EXTENSION)
@require_POST
def grant_revoke(request: SessionRequest, session_slug: str, grant: UUID) -> HttpResponse:
    """Take a grant back as a whole."""
    session = request.program_session
    theirs = looked_after(request.user, session, request.now).order_by().values("pk")
    known = Extension.objects.filter(grant_id=grant, assignment__session=session, enrollment__in=theirs)
    work = work_of(session).filter(pk__in=known.values("assignment"))
    assignment = get_object_or_404(work, pk=number_in(request.POST, "assignment") or known.values("assignment")[:1])
    try:
        count = revoke_grant(
            grant_id=grant,
            assignment=assignment,
            reason=as_counted(storable(request.POST.get("reason", ""))).strip()[:500],
            actor=request.user,
            now=request.now,
        )
    except (AlreadyRevoked, MayNotExtend) as refused:
        messages.error(request, str(refused))
    else:
        whose = "One person is" if count == 1 else f"{count} people are"
        messages.success(request, f"Revoked. {whose} told that the deadline is again what it was.")
    return redirect("assignments:desk-time", session_slug)
