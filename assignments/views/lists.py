from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import Perm
from assignments.models import Assignment
from assignments.own import as_for_everybody
from cohorts.http import SessionRequest
from cohorts.models import Enrollment
from core.access import signed_in


@signed_in
@require_safe
def assignment_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """What is open to this person and how it stands: first what is to be done, the next due first. One query."""
    check_may_look(request)
    place = own_place(request)
    session = request.program_session
    rows = Assignment.objects.visible_within(session, request.membership, request.now).for_session(session)
    rows = rows.select_related("item__module")
    if place is None:
        works = [as_for_everybody(row) for row in rows]
    else:
        works = list(rows.with_state_for(place).with_answer_for(place))
    for work in works:
        work.session = request.program_session
    standings = [(work, work.standing(request.now)) for work in works]
    context = {
        "session": request.program_session,
        "program_zone": request.program_session.zone,
        "is_staff": place is None,
        "answers_others": place is not None and any(work.answered_by == work.AnsweredBy.PEERS for work in works),
        "has_papers": any(work.own_handed_in_at for work in works),
        "rows": standings,
        "to_do": sorted((row for row in standings if row[1].is_open), key=lambda row: row[0].own_due_at),
        "others": [row for row in standings if not row[1].is_open],
    }
    return render(request, "assignments/list.html", context)


def check_may_look(request: SessionRequest) -> None:
    """Members of the session, and whoever withdrew and still reads the own papers. Raises PermissionDenied."""
    if not (request.membership.may(Perm.VIEW_SESSION) or request.membership.may(Perm.READ_OWN_WORK)):
        raise PermissionDenied


def own_place(request: SessionRequest) -> Enrollment | None:
    """The place of whoever does the work here; None for staff and observers, who only look."""
    place = request.membership.enrollment
    return place if place is not None and place.kind == Enrollment.Kind.PARTICIPANT else None
