from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.roles import Perm
from cohorts.forms import MeetingForm, MeetingMoveForm
from cohorts.http import SessionRequest
from cohorts.models import Meeting, Section
from cohorts.services import MeetingOver, cancel_meeting, change_link, move_meeting, schedule_meetings
from cohorts.services.meetings import MeetingInThePast
from core.access import requires
from core.moves import WrongState


@requires(Perm.VIEW_SESSION)
def meeting_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """What is ahead, then what was; cancelled ones stay and say so."""
    rows = list(
        Meeting.objects.visible_to(request.user, at=request.now)
        .filter(session=request.program_session)
        .select_related("section")
    )
    context = {
        "session": request.program_session,
        "ahead": [row for row in rows if row.ends_at > request.now],
        "joinable": {row.pk for row in rows if row.can_be_joined(request.now)},
        "past": [row for row in reversed(rows) if row.ends_at <= request.now],
        "may_manage": may_manage_some(request),
    }
    return render(request, "cohorts/meetings.html", context)


def may_manage_some(request: SessionRequest) -> bool:
    """Whether the person sets up meetings at all: of the session, or of an own section."""
    return request.membership.may(Perm.MANAGE_MEETINGS) or request.membership.may(Perm.MANAGE_OWN_MEETINGS)


def manageable_sections(request: SessionRequest) -> QuerySet[Section]:
    """The sections whose meetings the person may set up and move."""
    sections = Section.objects.filter(session=request.program_session)
    if request.membership.may(Perm.MANAGE_MEETINGS):
        return sections
    return sections.filter(fellows__user=request.user)


def manageable_meeting(request: SessionRequest, pk: int) -> Meeting:
    """The meeting, if it is the person's to move. Raises Http404, PermissionDenied."""
    mine = Meeting.objects.visible_to(request.user, at=request.now).filter(session=request.program_session)
    meeting = get_object_or_404(mine.select_related("session", "section"), pk=pk)
    if request.membership.may(Perm.MANAGE_MEETINGS):
        return meeting
    if meeting.section_id and manageable_sections(request).filter(pk=meeting.section_id).exists():
        return meeting
    raise PermissionDenied


@requires(Perm.MANAGE_OWN_MEETINGS)
def meeting_add(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Set up one meeting or a weekly row of them."""
    form = MeetingForm(
        request.POST or None,
        session=request.program_session,
        sections=manageable_sections(request),
        whole_session=request.membership.may(Perm.MANAGE_MEETINGS),
    )
    if request.method == "POST" and form.is_valid():
        made = schedule_meetings(
            session=request.program_session, actor=request.user, now=request.now, **form.cleaned_data
        )
        messages.success(request, "The meeting is set up." if len(made) == 1 else f"{len(made)} meetings are set up.")
        return redirect("cohorts:meeting-list", session_slug=session_slug)
    return render(
        request,
        "cohorts/meeting_form.html",
        {"session": request.program_session, "form": form},
        status=422 if form.is_bound else 200,
    )


@requires(Perm.MANAGE_OWN_MEETINGS)
def meeting_change(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Move a meeting (its members are told) or change its link (the pages and reminders follow)."""
    meeting = manageable_meeting(request, pk)
    initial = {"on_date": meeting.on_date, "at_time": meeting.at_time, "link": meeting.link}
    form = MeetingMoveForm(request.POST or None, session=request.program_session, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            meeting = move_meeting(
                meeting=meeting, on_date=data["on_date"], at_time=data["at_time"], actor=request.user, now=request.now
            )
            if data["link"] != meeting.link:
                change_link(meeting=meeting, link=data["link"], actor=request.user, now=request.now)
        except (MeetingOver, MeetingInThePast) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Saved. Its members are told if the time has changed.")
            return redirect("cohorts:meeting-list", session_slug=session_slug)
    return render(
        request,
        "cohorts/meeting_form.html",
        {"session": request.program_session, "form": form, "meeting": meeting},
        status=422 if form.is_bound else 200,
    )


@require_POST
@requires(Perm.MANAGE_OWN_MEETINGS)
def meeting_cancel(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Cancel a meeting and tell its members."""
    meeting = manageable_meeting(request, pk)
    try:
        cancel_meeting(meeting=meeting, actor=request.user, now=request.now)
    except (MeetingOver, WrongState) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The meeting is cancelled; its members are told.")
    return redirect("cohorts:meeting-list", session_slug=session_slug)
