"""Where everybody begins: a visitor in the catalogue, a participant in the week, whoever has several in between."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.http import SignedInRequest
from accounts.roles import Perm
from announcements.models import Announcement
from cohorts.access import membership_of
from cohorts.models import Enrollment, Section
from cohorts.services import accept_place
from core.access import public, signed_in
from core.http import Request
from core.moves import WrongState
from notifications.returns import trouble_of
from programs.models import Session
from programs.models.session import Stage

Status = Enrollment.Status
# The first that somebody's roles open is where their work lies.
WORKPLACES = (
    (Perm.WATCH_QUEUES, "assignments:desk-all"),
    (Perm.READ_PAPERS, "assignments:desk-queue"),
    (Perm.VIEW_PEOPLE, "cohorts:people-list"),
)


# Of all sessions together; each session's week shows its own.
ANNOUNCEMENTS_SHOWN = 10


@dataclass(frozen=True)
class Place:
    """One enrollment as its card shows it."""

    enrollment: Enrollment
    stage: Stage

    @property
    def session(self) -> Session:
        return self.enrollment.session

    @property
    def is_open(self) -> bool:
        """The session's pages can be read."""
        return self.enrollment.status in Enrollment.READING

    @property
    def is_live(self) -> bool:
        """It is where its person goes: to be begun, or running."""
        return self.is_open and self.stage is not Stage.OVER


def places_of(request: SignedInRequest) -> list[Place]:
    """The person's places, those that run first. One query."""
    rows = (
        Enrollment.objects.filter(user=request.user, session__access_ends_at__gt=request.now)
        .exclude(session__status=Session.Status.DRAFT)
        .exclude(status=Status.REMOVED)
        .select_related("session__program")
    )
    places = [Place(row, row.session.stage(request.now)) for row in rows]
    order = list(Stage)
    order.sort(key=lambda stage: stage is not Stage.RUNNING)
    return sorted(places, key=lambda place: (order.index(place.stage), place.session.starts_at))


def taught_by(request: SignedInRequest) -> list[Session]:
    """Sessions in which the person is staff, as long as they last, the latest first. One query."""
    leads = Section.objects.filter(fellows__user=request.user).values("session")
    rows = Session.objects.of_staff(request.user) | Session.objects.filter(pk__in=leads)
    lasting = rows.filter(access_ends_at__gt=request.now).exclude(status=Session.Status.CANCELLED)
    return list(lasting.select_related("program").order_by("-starts_at", "pk"))


def workplace_of(request: SignedInRequest, taught: list[Session]) -> str:
    """Where somebody of the staff works whose only program, or only session, this is; empty where they choose."""
    if len({session.program_id for session in taught}) > 1:
        return ""
    perms = membership_of(request.user, taught[0], request.now).perms
    if Perm.USE_OFFICE in perms:
        return reverse("admin:index")
    if len(taught) > 1:
        return ""
    page = next((name for perm, name in WORKPLACES if perm in perms), "dashboards:week")
    return reverse(page, args=[taught[0].slug])


@public
@require_safe
def home(request: Request) -> HttpResponse:
    """The one place where somebody belongs, or a card for each; `?all` shows the cards to everybody."""
    if not request.user.is_authenticated:
        return redirect("programs:catalogue")
    places, taught = places_of(request), taught_by(request)  # type: ignore[arg-type]
    live = [place for place in places if place.is_live]
    waiting = [place for place in places if place.enrollment.status == Status.INVITED]
    if len(live) == 1 and not taught and not waiting and "all" not in request.GET:
        return redirect("dashboards:week", live[0].session.slug)
    main = next(iter(waiting + live), None)
    if taught and not places and "all" not in request.GET and (desk := workplace_of(request, taught)):  # type: ignore[arg-type]
        return redirect(desk)
    context = {"places": places, "taught": taught, "main": main, "mail_trouble": trouble_of(request.user)}
    if places or taught:
        told = Announcement.objects.visible_to(request.user, at=request.now).select_related("session__program")
        context["news"] = told.new(request.now, reader=request.user)[:ANNOUNCEMENTS_SHOWN]
    return render(request, "dashboards/home.html", context)


@signed_in
@require_POST
def place_accept(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take the place that one was invited to; the first steps come before it."""
    published = Enrollment.objects.filter(user=request.user, session__status=Session.Status.PUBLISHED)
    enrollment = get_object_or_404(published.select_related("session__program"), pk=pk)
    if not request.user.has_done_first_steps(request.now):
        return redirect("dashboards:first-steps")
    try:
        accept_place(enrollment=enrollment, actor=request.user, now=request.now)
    except WrongState as refused:
        messages.error(request, str(refused))
        return redirect("dashboards:home")
    messages.success(request, f"Welcome to {enrollment.session}.")
    return redirect("dashboards:week", enrollment.session.slug)
