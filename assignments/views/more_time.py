"""More time for one's own work: taken without asking as far as the program allows, or asked for."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.roles import Perm
from assignments.forms import AskForm
from assignments.models import Assignment, ExtensionRequest
from assignments.services import (
    AlreadyAsked,
    MayNotAsk,
    TimeNotTaken,
    TooEarly,
    ask_for_time,
    take_time,
    withdraw_request,
)
from assignments.views.writing import clock, own_assignment, show
from cohorts.http import SessionRequest
from cohorts.models import Enrollment
from core.access import requires
from core.moments import say_moment
from core.moves import WrongState


@requires(Perm.DO_WORK)
@require_POST
def time_take(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Take more time by the button; the same post twice takes it once."""
    assignment, place = own_work_of(request, pk)
    number = request.POST.get("number", "1")
    try:
        take_time(
            assignment=assignment,
            enrollment=place,
            number=int(number) if number.isdecimal() and len(number) < 4 else 0,
            actor=request.user,
            now=request.now,
        )
    except TimeNotTaken as refused:
        messages.error(request, str(refused))
    else:
        due_at = assignment.window_for(place).due_at
        zones = (request.user.tz, request.program_session.zone)
        messages.success(request, f"You have more time: it is due {say_moment(due_at, *zones, now=request.now)}.")
    return redirect(assignment)


@requires(Perm.DO_WORK)
def time_ask(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Ask who decides about it; the same post twice asks once."""
    assignment, place = own_work_of(request, pk)
    if request.method != "POST":
        return redirect(assignment)
    ask = AskForm(request.POST)
    if not ask.is_valid():
        return show(request, pk, ask=ask, status=422)
    try:
        ask_for_time(assignment=assignment, enrollment=place, actor=request.user, now=request.now, **ask.cleaned_data)
    except TooEarly as refused:
        ask.add_error("wished_on", str(refused))
        return show(request, pk, ask=ask, status=422)
    except (AlreadyAsked, MayNotAsk) as refused:
        ask.add_error(None, str(refused))
        return show(request, pk, ask=ask, status=409)
    messages.success(request, f"Asked at {clock(request, request.now)}. The answer comes by mail, and stands here.")
    return redirect(assignment)


@requires(Perm.DO_WORK)
@require_POST
def request_withdraw(request: SessionRequest, session_slug: str, pk: int, asked: int) -> HttpResponse:
    """Take a question back."""
    assignment, place = own_work_of(request, pk)
    mine = ExtensionRequest.objects.filter(assignment=assignment, enrollment=place)
    question = get_object_or_404(mine.select_related("assignment__session", "enrollment__user"), pk=asked)
    try:
        withdraw_request(request=question, actor=request.user, now=request.now)
    except WrongState as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "You took your question back.")
    return redirect(assignment)


def own_work_of(request: SessionRequest, pk: int) -> tuple[Assignment, Enrollment]:
    """The assignment and the place of whoever does the work. Raises Http404."""
    assignment, place = own_assignment(request, pk), request.membership.enrollment
    if place is None:
        raise Http404
    return assignment, place
