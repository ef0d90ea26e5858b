"""Lists of the reading desk: the own queue, papers to answer as a peer, all queues of the session."""

from math import ceil
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.roles import Perm
from assignments.desk import overview
from assignments.desk.queues import AT_ONCE, Tally, next_waiting, read_by, rows_of, tally
from assignments.desk.states import State, to_answer
from assignments.models import Feedback, Submission
from assignments.services import MayNotRead, Releases, assign_reader, release_held
from cohorts.http import SessionRequest
from core.access import requires


@requires(Perm.READ_PAPERS)
@require_safe
def queue(request: SessionRequest, session_slug: str) -> HttpResponse:
    """The person's own queue, oldest first. Two queries."""
    return show_queue(request, "assignments/desk/queue.html")


@requires(Perm.DO_WORK)
@require_safe
def peer_queue(request: SessionRequest, session_slug: str) -> HttpResponse:
    """What a participant is to answer for others."""
    return show_queue(request, "assignments/desk/peer_queue.html")


def show_queue(request: SessionRequest, template: str) -> HttpResponse:
    """Filtered by state and assignment, a page at a time."""
    session = request.program_session
    mine = read_by(request.user, session)
    counts = tally(mine)
    context = filtered(request, counts)
    rows = rows_of(narrowed(mine, context), session, is_own=True, page=context["page"])
    return render(request, template, {**context, "session": session, "rows": rows})


@requires(Perm.WATCH_QUEUES)
@require_safe
def papers(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Every paper of the session that somebody is to answer: who wrote it and who reads it, never its text."""
    session = request.program_session
    all_papers = to_answer(Submission.objects.filter(assignment__session=session))
    reader = number_of(request, "reader")
    if reader:
        all_papers = all_papers.filter(pk__in=read_by(User(pk=reader), session).values("pk"))
    context = filtered(request, tally(all_papers))
    rows = rows_of(narrowed(all_papers, context), session, page=context["page"])
    readers = overview.readers_of([row.pk for row in rows])
    context |= {"rows": [(row, readers[row.pk]) for row in rows], "reader": reader, "session": session}
    return render(request, "assignments/desk/papers.html", context)


@requires(Perm.WATCH_QUEUES)
@require_safe
def all_queues(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Who reads how many, how old the oldest is, what has no reader, what is held. Four queries."""
    session = request.program_session
    unread = overview.without_reader(session)
    may_allot = request.membership.may(Perm.ALLOT_READERS)
    context = {
        "session": session,
        "overview": overview.overview(session),
        "unread": unread,
        "has_more_unread": len(unread) == AT_ONCE,
        "possible_readers": overview.possible_readers(session) if unread and may_allot else [],
        "may_allot": may_allot,
        "may_extend": request.membership.may(Perm.GRANT_OWN_EXTENSION),
        "may_release": request.membership.may(Perm.RELEASE_ALL_FEEDBACK),
        "has_own_queue": request.membership.may(Perm.READ_PAPERS),
    }
    return render(request, "assignments/desk/all.html", context)


@require_safe
@requires(Perm.READ_PAPERS)
def next_paper(request: SessionRequest, session_slug: str) -> HttpResponse:
    """On to the oldest paper that waits, or back to the queue."""
    pk = next_waiting(request.user, request.program_session, number_of(request, "after"))
    if pk is None:
        messages.success(request, "No other paper waits for you.")
        return redirect("assignments:desk-queue", session_slug)
    return redirect("assignments:desk-paper", session_slug, pk)


@require_POST
@requires(Perm.ALLOT_READERS)
def reader_assign(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Put a paper into somebody's queue."""
    of_session = Submission.objects.in_sessions_granting(request.user, Perm.ALLOT_READERS).filter(
        assignment__session=request.program_session
    )
    paper = get_object_or_404(of_session.select_related("assignment__session", "enrollment"), pk=pk)
    chosen = User.objects.filter(pk=number_of(request, "reader", request.POST) or 0).first()
    if chosen is None:
        messages.error(request, "Choose who is to read it.")
        return redirect("assignments:desk-all", session_slug)
    try:
        assign_reader(submission=paper, user=chosen, actor=request.user, now=request.now)
    except MayNotRead as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"It stands in the queue of {chosen} now.")
    return redirect("assignments:desk-all", session_slug)


@require_POST
@requires(Perm.RELEASE_ALL_FEEDBACK)
def held_release(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Release what is held of one section or one assignment, one notice each."""
    section, assignment = (number_of(request, name, request.POST) for name in ("section", "assignment"))
    if (section is None) == (assignment is None):
        raise Http404
    held = Feedback.objects.filter(submission__assignment__session=request.program_session)
    if section is not None:
        held = held.filter(submission__enrollment__section=section)
    else:
        held = held.filter(submission__assignment=assignment)
    tell_releases(request, release_held(held=held, actor=request.user, now=request.now))
    return redirect("assignments:desk-all", session_slug)


def tell_releases(request: HttpRequest, outcome: Releases) -> None:
    """What came of it, and what did not and why."""
    count = len(outcome.released)
    if count:
        messages.success(request, "One answer is released." if count == 1 else f"{count} answers are released.")
    for feedback, why in outcome.kept_back:
        messages.warning(request, f"Kept back, for {feedback.submission.enrollment.user}: {why}")
    if not count and not outcome.kept_back:
        messages.info(request, "There was nothing left to release.")


def filtered(request: SessionRequest, counts: Tally) -> dict[str, Any]:
    """What of a list is asked for, and how many there are."""
    shown = request.GET.get("show", State.WAITING)
    if shown not in State.values:
        raise Http404
    chosen = number_of(request, "assignment")
    found = counts.by_state[shown]
    if chosen:
        found = counts.by_assignment[chosen][1][shown] if chosen in counts.by_assignment else 0
    pages = max(1, ceil(found / AT_ONCE))
    return {
        "states": [(state.value, state.label, counts.by_state[state]) for state in State],
        "counts": counts,
        "shown": shown,
        "assignment": chosen,
        "page": min(pages, number_of(request, "page") or 1),
        "pages": pages,
        "found": found,
        "may_watch": request.membership.may(Perm.WATCH_QUEUES),
    }


def narrowed(rows: QuerySet[Any], context: dict[str, Any]) -> QuerySet[Any]:
    """Those of the state and the assignment that are shown."""
    rows = rows.filter(state=context["shown"])
    return rows.filter(assignment=context["assignment"]) if context["assignment"] else rows


def number_of(request: HttpRequest, name: str, source: Any = None) -> int | None:
    """A number from the address (or the post), or None."""
    text = (request.GET if source is None else source).get(name, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 12 else None
