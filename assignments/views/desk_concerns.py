"""Papers under review: put there from the desk, looked at with what they have in common with others, ended."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Perm
from assignments.desk.concerns import Likeness, can_be_told, concerns_of, likenesses
from assignments.models import Concern, Submission
from assignments.services.concerns import (
    ConcernIncomplete,
    MayNotEnd,
    MayNotRaise,
    UnderReviewAlready,
    clear_concern,
    raise_concern,
    write_to_participant,
)
from assignments.services.looks import note_look, note_passages
from assignments.texts import as_counted, storable
from assignments.views.desk_papers import look_up
from cohorts.http import SessionRequest
from core.access import requires
from core.moves import WrongState
from core.refusals import conflict

LONGEST = 4000
CANNOT_READ = "can no longer read pages of this session, so that nobody is told by mail."


@requires(Perm.SEE_CONCERNS)
@require_safe
def concern_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Those that are open first. One query."""
    session = request.program_session
    context = {"session": session, "concerns": concerns_of(request.user, session, request.now)}
    return render(request, "assignments/desk/concern_list.html", context)


@requires(Perm.GIVE_FEEDBACK)
@require_http_methods(["GET", "HEAD", "POST"])
def concern_raise(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Say what somebody should look at."""
    note = _typed(request, "note")
    found = look_up(request, pk)
    if found is None or not found.may_answer or found.is_for_peers:
        if note and found is None and request.method == "POST":
            return _no_longer_theirs(request, pk, note)
        raise Http404
    if found.concern and found.concern.is_open and request.method != "POST":
        return redirect("assignments:desk-concern", session_slug, found.concern.pk)
    problem = ""
    if request.method == "POST":
        try:
            concern = raise_concern(submission=found.submission, note=note, actor=request.user, now=request.now)
        except ConcernIncomplete as incomplete:
            problem = str(incomplete)
        except (MayNotRaise, UnderReviewAlready) as refused:
            return conflict(request, refused, keep=note)
        else:
            messages.success(request, "Under review: head teaching fellow and director are told now.")
            return redirect("assignments:desk-concern", session_slug, concern.pk)
    context = {"session": request.program_session, "paper": found, "note": note, "problem": problem}
    return render(request, "assignments/desk/concern_raise.html", context, status=422 if problem else 200)


@requires(Perm.OPEN_DESK)
@require_safe
def concern_read(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """What it is about, and what the paper has in common with others for whoever may read the paper."""
    return show(request, find(request, pk), {})


@requires(Perm.SEE_CONCERNS)
@require_POST
def concern_end(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Let the feedback go on, or write to the participant (`act`)."""
    concern = find(request, pk)
    act, outcome, words = request.POST.get("act"), _typed(request, "outcome"), _typed(request, "words")
    kept = f"{words}\n\n{outcome}".strip()
    try:
        if act == "write":
            write_to_participant(concern=concern, outcome=outcome, words=words, actor=request.user, now=request.now)
            if can_be_told(concern, request.now):
                messages.success(request, f"{concern.enrollment.user} is told now that you have written.")
            else:
                messages.warning(request, f"Ended. {concern.enrollment.user} {CANNOT_READ}")
        elif act == "clear" and words.strip():
            raise ConcernIncomplete("You have written to the participant: send that, or empty the field.")
        elif act == "clear":
            clear_concern(concern=concern, outcome=outcome, actor=request.user, now=request.now)
            messages.success(request, "The review has ended: what is finished goes out as promised.")
        else:
            raise Http404
    except ConcernIncomplete as incomplete:
        return show(request, concern, {"outcome": outcome, "words": words, "problem": str(incomplete)})
    except MayNotEnd as refused:
        return conflict(request, refused, keep=kept)
    except WrongState:
        return conflict(request, "Somebody has ended this review in the meantime; nothing was sent.", keep=kept)
    return redirect("assignments:desk-concern", session_slug, pk)


def find(request: SessionRequest, pk: int) -> Concern:
    """The concern, if the person may know of it. Raises Http404."""
    found = Concern.objects.visible_to(request.user, at=request.now).filter(assignment__session=request.program_session)
    named = found.select_related(
        "assignment__item", "submission__enrollment", "enrollment__user", "enrollment__section", "raised_by", "ended_by"
    )
    concern = get_object_or_404(named, pk=pk)
    concern.assignment.session = request.program_session
    concern.submission.assignment = concern.assignment
    return concern


def show(request: SessionRequest, concern: Concern, typed: dict[str, Any]) -> HttpResponse:
    """The page; with what was typed and what is missing where it could not be ended."""
    looks_after = request.membership.may(Perm.SEE_CONCERNS)
    papers = Submission.objects.visible_to(request.user, at=request.now)
    reads_paper = papers.filter(pk=concern.submission_id).exists()
    alike = likenesses(concern.submission) if reads_paper else []
    note_shown(request, concern, alike)
    context = {
        "session": request.program_session,
        "concern": concern,
        "alike": alike,
        "reads_paper": reads_paper,
        "looks_after": looks_after,
        "may_write": request.membership.may(Perm.WRITE_ON_CONCERN),
        "cannot_be_told": "" if can_be_told(concern, request.now) else CANNOT_READ,
        "typed": typed,
    }
    return render(request, "assignments/desk/concern.html", context, status=422 if typed.get("problem") else 200)


def note_shown(request: SessionRequest, concern: Concern, alike: list[Likeness]) -> None:
    """Passages of the paper were read, and of each other that it has them too."""
    if not alike:
        return
    note_look(submission=concern.submission, actor=request.user, now=request.now)
    others = defaultdict(list)
    for one in alike:
        others[one.other.assignment.session.scope].append(one.other)
    for scope, submissions in others.items():
        note_passages(submissions=submissions, scope=scope, actor=request.user, now=request.now)


def _no_longer_theirs(request: SessionRequest, pk: int, note: str) -> HttpResponse:
    """404, but whoever was its reader until now gets back what they had typed."""
    was_theirs = request.user.readings.filter(submission=pk, submission__assignment__session=request.program_session)
    if not was_theirs.exists():
        raise Http404
    return conflict(request, MayNotRaise(), keep=note)


def _typed(request: SessionRequest, name: str) -> str:
    return as_counted(storable(request.POST.get(name, "")))[:LONGEST]
