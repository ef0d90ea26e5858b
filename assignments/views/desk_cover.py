"""Reading in a colleague's place: what stands, arranged, seen beforehand, ended."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Perm
from assignments.desk.cover_forms import CoverEndForm, CoverForm, proposed_end_words, proposed_words
from assignments.desk.overview import possible_readers, who_arranges
from assignments.models import Cover
from assignments.services import CoverRefused, arrange_cover, end_cover, preview_cover
from assignments.services.covering import Plan, Prospect, preview_end
from cohorts.http import SessionRequest
from core.access import requires


@requires(Perm.OPEN_DESK)
@require_safe
def cover_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """What is planned and running, as far as the person sees it; whom to ask for cover, for those who arrange none."""
    session, may = request.program_session, request.membership.may
    covers = Cover.objects.visible_to(request.user, at=request.now).standing().filter(session=session)
    may_arrange = may(Perm.ALLOT_READERS)
    asks = may(Perm.READ_PAPERS) and not may_arrange
    context = {
        "session": session,
        "program_zone": session.zone,
        "covers": covers.select_related("away").prefetch_related("colleagues", "sections"),
        "may_arrange": may_arrange,
        "sees_all": may(Perm.WATCH_QUEUES),
        "has_own_queue": may(Perm.READ_PAPERS),
        "asks": asks,
        "subject": f"Cover in {session}",
        "arrangers": who_arranges(session) if asks else [],
    }
    return render(request, "assignments/desk/cover.html", context)


@requires(Perm.ALLOT_READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def cover_arrange(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Ask who reads in whose place, show what that comes to, then arrange it: two posts of one form."""
    session = request.program_session
    people = [pk for pk, _ in possible_readers(session)]
    form = CoverForm(request.POST or None, session=session, people=people, now=request.now)
    prospect = plan = None
    if request.method == "POST" and form.is_valid():
        plan = form.plan()
        try:
            if request.POST.get("act") == "arrange" and form.cleaned_data["message"].strip():
                return _arranged(request, plan, form)
            prospect = preview_cover(plan=plan, now=request.now)
        except CoverRefused as refused:
            form.add_error(None, str(refused))
    return _show(request, form, plan, prospect)


def _show(request: SessionRequest, form: CoverForm, plan: Plan | None, prospect: Prospect | None) -> HttpResponse:
    context = {
        "session": request.program_session,
        "program_zone": request.program_session.zone,
        "form": form,
        "plan": plan,
        "prospect": prospect,
        # The preview sends again what was asked.
        "sent": [
            (name, value)
            for name in form.fields
            if name not in ("message", "key")
            for value in request.POST.getlist(name)
            if value
        ],
        "key": uuid4(),
        "words": form.data.get("message") or (proposed_words(plan) if plan else ""),
    }
    return render(request, "assignments/desk/cover_arrange.html", context, status=422 if form.errors else 200)


def _arranged(request: SessionRequest, plan: Plan, form: CoverForm) -> HttpResponse:
    said = {name: form.cleaned_data[name] for name in ("message", "key")}
    cover = arrange_cover(plan=plan, **said, actor=request.user, now=request.now)
    when = "begins now" if cover.began_at else "begins by itself"
    messages.success(request, f"Arranged: it {when}, and the participants are told.")
    return redirect("assignments:desk-cover", request.program_session.slug)


@requires(Perm.ALLOT_READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def cover_end(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Show what ending it, or calling it off, comes to and in which words it is told; then end it."""
    mine = Cover.objects.visible_to(request.user, at=request.now).filter(session=request.program_session)
    named = mine.select_related("session__program", "away").prefetch_related("colleagues", "sections")
    cover = get_object_or_404(named, pk=pk)
    if cover.ended_at is not None:
        messages.info(request, "It was over already.")
        return redirect("assignments:desk-cover", session_slug)
    prospect = preview_end(cover=cover, now=request.now)
    # Where the page had nobody to tell and now somebody knows of it, it asks again, with words.
    is_answered = request.method == "POST" and ("message" in request.POST or not prospect.told)
    words = {"message": proposed_end_words(cover, request.now)}
    form = CoverEndForm(request.POST if is_answered else None, initial=words, told=prospect.told)
    if form.is_valid():
        return _ended(request, cover, form.cleaned_data["message"])
    context = {
        "session": request.program_session,
        "program_zone": request.program_session.zone,
        "cover": cover,
        "prospect": prospect,
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "assignments/desk/cover_end.html", context, status=status)


def _ended(request: SessionRequest, cover: Cover, message: str) -> HttpResponse:
    if not end_cover(cover=cover, message=message, actor=request.user, now=request.now):
        messages.info(request, "It was over already.")
    elif cover.was_called_off:
        messages.success(request, f"It is called off: {cover.away} goes on reading.")
    else:
        messages.success(
            request, f"It is over. What nobody has begun stands in the queue of {cover.away} again; the rest follows."
        )
    return redirect("assignments:desk-cover", request.program_session.slug)
