"""Lists of the reading desk: the own queue, papers to answer as a peer, all queues of the session."""

from dataclasses import replace
from math import ceil
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.roles import Perm
from assignments.desk import overview
from assignments.desk.calibration import count_samples
from assignments.desk.filters import MISSING, UnknownChoice, Wanted, number_in, read_wanted, tally
from assignments.desk.grants import count_questions
from assignments.desk.missing import gaps_of, missing_of, people_in, people_of
from assignments.desk.queues import AT_ONCE, Row, next_waiting, read_by, rows_of
from assignments.desk.second import waiting_for
from assignments.desk.walking import papers_of
from assignments.models import Feedback, FirstLook, Submission
from assignments.services import MayNotRead, Releases, assign_reader, hold_finished, release_held
from assignments.services.looking_first import ask_first_look, end_first_look
from cohorts.http import SessionRequest
from core.access import requires


@requires(Perm.READ_PAPERS)
@require_safe
def queue(request: SessionRequest, session_slug: str) -> HttpResponse:
    """The person's own queue, oldest first. Six queries."""
    session = request.program_session
    wanted = replace(wanted_of(request), everybody=False, reader=None)
    mine = read_by(request.user, session)
    context = listed(request, mine, wanted, is_own=True) | {
        "asked": count_questions(request.user, session, request.now),
        "samples": count_samples(request.user, session, request.now),
        "to_read_again": waiting_for(request.user, session, request.now).count(),
    }
    return render(request, "assignments/desk/queue.html", context)


@requires(Perm.DO_WORK)
@require_safe
def peer_queue(request: SessionRequest, session_slug: str) -> HttpResponse:
    """What a participant is to answer for others."""
    wanted = replace(wanted_of(request), everybody=False, reader=None, section=None)
    if wanted.shown == MISSING:
        raise Http404
    context = listed(request, read_by(request.user, request.program_session), wanted, is_own=True)
    return render(request, "assignments/desk/peer_queue.html", context)


@requires(Perm.WATCH_QUEUES)
@require_safe
def papers(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Every paper of the session that somebody is to answer: who wrote it and who reads it, never its text."""
    session = request.program_session
    wanted = replace(wanted_of(request), everybody=True)
    context = listed(request, papers_of(request.user, session, request.membership, wanted), wanted)
    readers = overview.readers_of([row.pk for row in context["rows"]]) if wanted.shown != MISSING else {}
    context["sees_concerns"] = request.membership.may(Perm.SEE_CONCERNS)
    context["rows"] = (
        [(row, readers[row.pk]) for row in context["rows"]] if readers else [(row, "") for row in context["rows"]]
    )
    return render(request, "assignments/desk/papers.html", context | {"session": session})


def listed(request: SessionRequest, rows: QuerySet[Any], wanted: Wanted, *, is_own: bool = False) -> dict[str, Any]:
    """What the page of a list shows: the rows that were asked for, and what else could be asked for."""
    session, now = request.program_session, request.now
    counts = tally(rows, session, now)
    gaps = missing_of(
        people_in(session) if wanted.everybody else people_of(request.user, session),
        session,
        now,
        assignment=wanted.assignment,
        section=wanted.section,
    )
    missing = gaps.count() if request.membership.may(Perm.OPEN_DESK) and not wanted.reader else 0
    found = missing if wanted.shown == MISSING else counts.count(wanted)
    pages = max(1, ceil(found / AT_ONCE))
    page = min(pages, wanted.page)
    shown: list[Row] = []
    if wanted.shown != MISSING:
        shown = rows_of(wanted.narrow(rows, session, now), session, is_own=is_own, page=page)
    return {
        "session": session,
        "wanted": wanted,
        "counts": counts,
        "states": counts.states(wanted),
        "kinds": counts.kinds(wanted),
        "missing": missing,
        "missing_query": replace(wanted, shown=MISSING, only="").query,
        "page": page,
        "pages": pages,
        "found": found,
        "gaps": gaps_of(gaps, now, page, AT_ONCE) if wanted.shown == MISSING and found else [],
        "rows": shown,
        # Peers are told of no date where none is promised: that there is none says nothing to them.
        "names_promises": any(row.promised_by or not row.is_for_peers for row in shown),
        "may_watch": request.membership.may(Perm.WATCH_QUEUES),
        "has_own_queue": request.membership.may(Perm.READ_PAPERS),
    }


def wanted_of(request: SessionRequest) -> Wanted:
    """What the address asks for, or 404."""
    try:
        return read_wanted(request.GET)
    except UnknownChoice as unknown:
        raise Http404 from unknown


@requires(Perm.WATCH_QUEUES)
@require_safe
def all_queues(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Who reads how many, how old the oldest is, what has no reader, what is held or under review. Four queries,
    and one more for those who read."""
    session = request.program_session
    unread = overview.without_reader(session)
    may_allot, reads = (request.membership.may(perm) for perm in (Perm.ALLOT_READERS, Perm.READ_PAPERS))
    context = {
        "session": session,
        "overview": overview.overview(session, request.now),
        "unread": unread,
        "has_more_unread": len(unread) == AT_ONCE,
        "possible_readers": overview.possible_readers(session) if unread and may_allot else [],
        "may_allot": may_allot,
        "may_read_all": request.membership.may(Perm.READ_ALL_PAPERS),
        "sees_concerns": request.membership.may(Perm.SEE_CONCERNS),
        "may_extend": request.membership.may(Perm.GRANT_OWN_EXTENSION),
        "asked": count_questions(request.user, session, request.now),
        "may_release": request.membership.may(Perm.RELEASE_ALL_FEEDBACK),
        "samples": count_samples(request.user, session, request.now) if may_allot and reads else 0,
        "has_own_queue": request.membership.may(Perm.READ_PAPERS),
    }
    return render(request, "assignments/desk/all.html", context)


@require_safe
@requires(Perm.READ_PAPERS)
def next_paper(request: SessionRequest, session_slug: str) -> HttpResponse:
    """On to the oldest paper that waits, or back to the queue."""
    pk = next_waiting(request.user, request.program_session, number_in(request.GET, "after"))
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
    chosen = User.objects.filter(pk=number_in(request.POST, "reader") or 0).first()
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


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Perm.ALLOT_READERS)
def first_look(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Whose feedback is seen before it goes out; ask for it, or no longer (`act`)."""
    session = request.program_session
    readers = overview.possible_readers(session)
    if request.method != "POST":
        context = {
            "session": session,
            "possible_readers": readers,
            "seen_first": overview.seen_first(session),
            "has_own_queue": request.membership.may(Perm.READ_PAPERS),
        }
        return render(request, "assignments/desk/first_look.html", context)
    reader = number_in(request.POST, "reader")
    if reader not in dict(readers):
        messages.error(request, "Choose whose feedback is to be seen first.")
    elif request.POST.get("act") == "end":
        for look in FirstLook.objects.filter(session=session, user=reader, ended_at=None):
            end_first_look(look=look, actor=request.user, now=request.now)
        messages.success(request, "What they finish goes out as promised again.")
    else:
        ask_first_look(session=session, user=User(pk=reader), actor=request.user, now=request.now)
        messages.success(request, "What they finish waits until the head teaching fellow has seen it.")
    return redirect("assignments:desk-first-look", session_slug)


@require_POST
@requires(Perm.RELEASE_ALL_FEEDBACK)
def held_release(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Release what is finished of one section or one assignment, one notice each; or hold it (`act`)."""
    section, assignment = (number_in(request.POST, name) for name in ("section", "assignment"))
    if (section is None) == (assignment is None):
        raise Http404
    held = Feedback.objects.filter(submission__assignment__session=request.program_session)
    if section is not None:
        held = held.filter(submission__enrollment__section=section)
    else:
        held = held.filter(submission__assignment=assignment)
    if request.POST.get("act") == "hold":
        count = len(hold_finished(finished=held, actor=request.user, now=request.now))
        answers = "One answer is" if count == 1 else f"{count} answers are"
        messages.success(request, f"{answers} held until somebody lets them go or releases them.")
    else:
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
