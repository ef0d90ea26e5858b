"""“This week”: what is due, what came back, what to read, when to meet, and what opens next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import Perm
from announcements.models import Announcement
from cohorts.http import SessionRequest
from cohorts.models import Enrollment, Meeting
from cohorts.models.meeting import MeetingQuerySet
from core.access import requires
from dashboards.curriculum import read_outline
from dashboards.lines import Line, count_done, lines_of
from dashboards.own_work import Task, count_to_answer, own_tasks
from modules.outline import Outline
from notifications.returns import trouble_of
from programs.models.session import Stage

# Feedback stays on the page for so long; later it is found beside its paper.
NEWS_LASTS = timedelta(days=14)
NEVER = datetime.min.replace(tzinfo=UTC)
MEETINGS_SHOWN = 3
ANNOUNCEMENTS_SHOWN = 5


@dataclass(frozen=True)
class Week:
    """What one member's page shows."""

    outline: Outline
    to_do: list[Task]
    returned: list[Task]
    # Of the current module.
    lines: list[Line]
    meetings: list[Meeting]
    # One more than is shown says that there are others.
    announced: list[Announcement]
    joinable: Meeting | None
    # Papers of fellow participants that wait for the member's answer.
    to_answer: int

    @property
    def announcements(self) -> list[Announcement]:
        return self.announced[:ANNOUNCEMENTS_SHOWN]

    @property
    def has_more_announcements(self) -> bool:
        return len(self.announced) > ANNOUNCEMENTS_SHOWN

    @property
    def next_task(self) -> Task | None:
        """What the page is about: the next due, and before it what is late and still taken."""
        return self.to_do[0] if self.to_do else None

    @property
    def other_tasks(self) -> list[Task]:
        return self.to_do[1:]

    @property
    def next_address(self) -> str:
        """Where to go on in the current module; its papers are tasks of their own."""
        return next((line.address for line in self.lines if line.done_at is None and not line.is_work), "")

    @property
    def is_required_done(self) -> bool:
        """Nothing that must be done is left in the current module, or only work, which is a task of its own."""
        return all(line.done_at is not None for line in self.lines if line.is_required and not line.is_work)


def read_week(request: SessionRequest) -> Week:
    """Put one member's week together. Five queries, whatever there is, and one more where peers answer."""
    outline = read_outline(request)
    tasks = own_tasks(outline)
    current = outline.current
    meetings = list(meetings_ahead(request)[:MEETINGS_SHOWN])
    return Week(
        outline=outline,
        to_do=[task for task in tasks if task.standing.is_open],
        returned=newest_first(task for task in tasks if is_news(task, request.now)),
        lines=lines_of(outline, current) if current else [],
        meetings=meetings,
        announced=announced_lately(request),
        to_answer=count_to_answer(outline, tasks),
        joinable=next((meeting for meeting in meetings if meeting.can_be_joined(request.now)), None),
    )


def is_news(task: Task, now: datetime) -> bool:
    """Feedback of the last days; one that asks for a revision stands with its task."""
    return task.released_at is not None and task.released_at > now - NEWS_LASTS and not task.is_to_revise


def newest_first(returned: Iterable[Task]) -> list[Task]:
    """By when the feedback came."""
    return sorted(returned, key=lambda task: task.released_at or NEVER, reverse=True)


def meetings_ahead(request: SessionRequest) -> MeetingQuerySet:
    """The next first; of one's own section and of the whole session."""
    enrollment, membership = request.membership.enrollment, request.membership
    rows = (
        Meeting.objects.of_place(enrollment)
        if enrollment is not None and not membership.is_staff
        else Meeting.objects.visible_to(request.user, at=request.now).filter(session=request.program_session)
    )
    return rows.still_ahead(request.now).order_by("starts_at", "pk")


def announced_lately(request: SessionRequest) -> list[Announcement]:
    """What was announced to the member within the last week, the newest first. One query."""
    enrollment, membership = request.membership.enrollment, request.membership
    rows = (
        Announcement.objects.of_place(enrollment, at=request.now)
        if enrollment is not None and not membership.is_staff
        else Announcement.objects.visible_to(request.user, at=request.now).filter(session=request.program_session)
    )
    found = list(rows.new(request.now, reader=request.user)[: ANNOUNCEMENTS_SHOWN + 1])
    for announcement in found:
        announcement.session = request.program_session
    return found


@requires(Perm.VIEW_SESSION)
@require_safe
def week(request: SessionRequest, session_slug: str) -> HttpResponse:
    """The page that a member comes back to."""
    session = request.program_session
    enrollment = request.membership.enrollment
    shown = read_week(request)
    done, total = count_done(shown.lines)
    context = {
        "session": session,
        "mail_trouble": trouble_of(request.user),
        "week": shown,
        "current": shown.outline.current,
        "coming": shown.outline.next_to_open,
        "done": done,
        "total": total,
        "is_staff": request.membership.is_staff,
        "is_on_leave": enrollment is not None and enrollment.status == Enrollment.Status.ON_LEAVE,
        "is_upcoming": session.stage(request.now) is Stage.UPCOMING,
        "is_over": session.stage(request.now) is Stage.OVER,
    }
    return render(request, "dashboards/week.html", context)
