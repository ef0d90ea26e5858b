"""All papers of one person in one scroll: for those who may read them, and for the person."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.roles import Perm
from assignments.desk.arcs import places_for, read_arc
from assignments.models import Feedback, Submission
from assignments.services.looks import note_looks
from cohorts.http import SessionRequest
from core.access import requires


@requires(Perm.OPEN_DESK)
@require_safe
def person(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """The arc of one participant, as far as the reader may read it; each paper shown is recorded as read."""
    session = request.program_session
    papers = Submission.objects.visible_to(request.user, at=request.now)
    place = get_object_or_404(places_for(request.user, session, papers, request.now), pk=pk)
    answers = Feedback.objects.visible_to(request.user, at=request.now)
    chapters = read_arc(papers, answers, place, session)
    note_looks(submissions=[chapter.submission for chapter in chapters], actor=request.user, now=request.now)
    context = {
        "session": session,
        "program_zone": session.zone,
        "place": place,
        "chapters": chapters,
        "reads_all": request.membership.may(Perm.READ_ALL_PAPERS),
    }
    return render(request, "assignments/desk/person.html", context)


@requires(Perm.READ_OWN_WORK)
@require_safe
def own(request: SessionRequest, session_slug: str) -> HttpResponse:
    """The person's own, with the answers that are released."""
    session = request.program_session
    papers = Submission.objects.own_of(request.user, request.now)
    answers = Feedback.objects.visible_to(request.user, at=request.now)
    place = request.membership.enrollment
    chapters = read_arc(papers, answers, place, session) if place else []
    context = {"session": session, "program_zone": session.zone, "chapters": chapters}
    return render(request, "assignments/mine.html", context)
