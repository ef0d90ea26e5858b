"""One paper on the reading desk."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import F, OuterRef, Subquery, Value
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Perm
from assignments.desk.filters import MISSING, UnknownChoice, Wanted, read_wanted
from assignments.desk.forms import AnswerForm
from assignments.desk.papers import AnswerView, Paper, find_paper
from assignments.desk.states import OthersHere
from assignments.desk.walking import Walk, papers_of, walk_from
from assignments.models import BankedComment, Presence, Submission
from assignments.services import note_presence, open_paper, with_name
from assignments.services.looks import note_look
from cohorts.http import SessionRequest
from core.access import requires


@requires(Perm.OPEN_DESK)
@require_safe
def paper(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """A paper and what is written about it, side by side. That it was looked at is recorded."""
    found = look_up(request, pk)
    if found is None and request.membership.may(Perm.OPEN_PAPER_WITH_REASON):
        return redirect("assignments:desk-open", session_slug, pk)
    return look(request, found)


@requires(Perm.DO_WORK)
@require_safe
def peer_paper(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """The same for the fellow participant who was asked to answer it."""
    found = look_up(request, pk)
    return look(request, found if found and found.is_for_peers else None)


class ReasonForm(forms.Form):
    """Why a paper is opened."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text="It is recorded with your name; the writer of the paper may read it.",
    )


@requires(Perm.OPEN_PAPER_WITH_REASON)
@require_http_methods(["GET", "HEAD", "POST"])
def paper_open(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Ask for the reason, then open this one paper for a day."""
    here = Submission.objects.in_sessions_granting(request.user, Perm.OPEN_PAPER_WITH_REASON).exclude(
        enrollment__user=request.user
    )
    named = here.filter(assignment__session=request.program_session).select_related(
        "assignment__item", "assignment__session", "enrollment__user"
    )
    submission = get_object_or_404(named.defer("text"), pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        open_paper(submission=submission, reason=form.cleaned_data["reason"], actor=request.user, now=request.now)
        return redirect("assignments:desk-paper", session_slug, pk)
    context = {"session": request.program_session, "submission": submission, "form": form}
    return render(request, "assignments/desk/open.html", context, status=422 if form.is_bound else 200)


def look_up(request: SessionRequest, pk: int) -> Paper | None:
    """The paper, if it is this person's to read and not their own."""
    return find_paper(pk, request.program_session, request.user, request.membership, request.now)


def look(request: SessionRequest, found: Paper | None) -> HttpResponse:
    """Record the look and show it, or 404."""
    if found is None:
        raise Http404
    if request.headers.get("X-Desk") == "ahead":
        # The page asks for the one that will be read next: that it was sent is recorded, that it was read later.
        note_look(submission=found.submission, actor=request.user, now=request.now, is_ahead=True)
        return show_paper(request, found)
    note_look(submission=found.submission, actor=request.user, now=request.now)
    if request.membership.may(Perm.OPEN_DESK):
        note_presence(submission=found.submission, actor=request.user, now=request.now)
    return show_paper(request, found)


@requires(Perm.OPEN_DESK)
@require_POST
def paper_here(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Said by an open page every half minute; answers who else is there, and whether it was overtaken."""
    here = Submission.objects.visible_to(request.user, request.now).exclude(enrollment__user=request.user)
    newer = Submission.objects.visible_to(request.user, request.now).filter(
        assignment=OuterRef("assignment"), enrollment=OuterRef("enrollment"), number__gt=OuterRef("number")
    )
    found = here.filter(assignment__session=request.program_session, pk=pk).annotate(
        others=OthersHere(F("pk"), Value(request.user.pk), Value(request.now - Presence.LASTS)),
        newest=Subquery(newer.order_by("-number").values("pk")[:1]),
    )
    submission = get_object_or_404(found.select_related("assignment__session").defer("text", "prompt"))
    if "looked" in request.POST:
        note_look(submission=submission, actor=request.user, now=request.now)
    note_presence(submission=submission, actor=request.user, now=request.now)
    others, newest = submission.others, submission.newest  # type: ignore[attr-defined]
    newer_url = reverse("assignments:desk-paper", args=[session_slug, newest]) if newest else ""
    return JsonResponse({"others": others, "newer": newer_url})


def show_paper(
    request: SessionRequest, found: Paper, form: AnswerForm | None = None, problems: list[str] | None = None
) -> HttpResponse:
    """The page; with a form that was refused, as it was typed and with what is wrong."""
    session = request.program_session
    newest = found.attempt.newest
    context: dict[str, Any] = {
        "session": session,
        "program_zone": session.zone,
        "paper": found,
        "newest": newest,
        "kept": found.kept(request.user),
        "problems": problems or [],
        "shows_changes": "changes" in request.GET and bool(found.earlier),
        "walk": walk_of(request, found),
        "bank": banked_for(request, found) if found.is_writable else [],
        **addresses(request, found),
    }
    if found.is_writable:
        bound = form or blank_form(request, found, newest)
        context |= {"form": bound, "chosen": chosen_levels(bound, newest), "remark_rows": remark_rows(bound, newest)}
    return render(request, "assignments/desk/paper.html", context, status=422 if problems else 200)


def banked_for(request: SessionRequest, found: Paper) -> list[str]:
    """The comments that the reader keeps, with the participant's name filled in. One query."""
    if not request.membership.may(Perm.GIVE_FEEDBACK):
        return []
    mine = BankedComment.objects.visible_to(request.user).values_list("text", flat=True)
    return [with_name(text, found.submission.enrollment.user) for text in mine]


def list_of(request: SessionRequest) -> Wanted | None:
    """The list that the paper was opened from, as its address says; None where there is none to walk through."""
    reads, watches = (request.membership.may(perm) for perm in (Perm.READ_PAPERS, Perm.WATCH_QUEUES))
    if not (reads or watches):
        return None
    try:
        wanted = read_wanted(request.GET)
    except UnknownChoice:
        wanted = Wanted()
    wanted = Wanted() if wanted.shown == MISSING else wanted
    return replace(wanted, everybody=watches and (wanted.everybody or not reads), page=1)


def walk_of(request: SessionRequest, found: Paper) -> Walk | None:
    """The papers before and after this one in its list. One query."""
    wanted = list_of(request)
    if wanted is None:
        return None
    session = request.program_session
    papers = papers_of(request.user, session, request.membership, wanted)
    return walk_from(wanted.narrow(papers, session, request.now), found.submission.pk, found.submission.handed_in_at)


def addresses(request: SessionRequest, found: Paper) -> dict[str, str]:
    """Where the page leads: staff and peers have doors of their own, and a paper leads back to its list."""
    is_staff = request.membership.may(Perm.OPEN_DESK)
    page, answer = ("desk-paper", "desk-answer") if is_staff else ("desk-peer-paper", "desk-peer-answer")
    file = "desk-file" if is_staff else "desk-peer-file"
    place = [request.program_session.slug, found.submission.pk]
    wanted = list_of(request)
    query = wanted.query if wanted else ""
    own_list = "desk-papers" if wanted is None or wanted.everybody else "desk-queue"
    back = own_list if is_staff else "desk-peer-queue"
    page_url = reverse(f"assignments:{page}", args=place)
    return {
        "paper_url": page_url + query,
        "changes_url": f"{page_url}{query or '?'}{'&' if query else ''}changes=1",
        "page_name": f"assignments:{page}",
        "file_name": f"assignments:{file}",
        "shown_name": f"assignments:{file}-shown",
        "query": query,
        "answer_url": reverse(f"assignments:{answer}", args=place) + query,
        "here_url": reverse("assignments:desk-here", args=place) if is_staff else "",
        "back_url": reverse(f"assignments:{back}", args=place[:1]) + query,
    }


def blank_form(request: SessionRequest, found: Paper, newest: AnswerView | None) -> AnswerForm:
    """The form as the saved answer fills it."""
    feedback = newest.feedback if newest else None
    zone = request.program_session.tz
    until = feedback.revise_until if feedback else None
    return AnswerForm(
        initial={
            "text": feedback.text if feedback else "",
            "next_step": feedback.next_step if feedback else "",
            "result": feedback.result if feedback else "",
            "revise_reason": feedback.revise_reason if feedback else "",
            "revise_on": until.astimezone(zone).date() if until else None,
            "based_on": feedback.revision if feedback else 0,
            "editor": uuid4(),
            "writer": request.user.pk,
        },
        **about(found),
    )


def about(found: Paper) -> dict[str, Any]:
    """What the form has to know of the paper."""
    return {
        "sources": found.attempt.sources,
        "rubric": found.rubric,
        "zone": found.assignment.session.zone,
    }


def chosen_levels(form: AnswerForm, newest: AnswerView | None) -> set[int]:
    """The levels that are marked on the page."""
    if form.is_bound:
        return set(dict(form.levels()).values())
    return set(newest.levels.values()) if newest else set()


def remark_rows(form: AnswerForm, newest: AnswerView | None) -> list[dict[str, str]]:
    """The comments on the page, and an empty row for one more."""
    empty = {"quote": "", "place": "", "remark": ""}
    if form.is_bound:
        typed = [row for row in form.rows() if row["quote"].strip() or row["remark"].strip()]
        return [*typed, empty]
    saved = newest.remarks if newest else []
    return [*({"quote": one.quote, "place": one.place, "remark": one.text} for one in saved), empty]
