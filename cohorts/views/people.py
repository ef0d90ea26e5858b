from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.roles import Perm
from cohorts import notices
from cohorts.http import SessionRequest
from cohorts.models import Enrollment
from cohorts.services import JustInvited, NothingToInvite, send_invitations
from cohorts.services.invitations import SessionNotPublished
from core.access import requires
from notifications.choices import off_columns
from notifications.models import Notice
from notifications.returns import trouble_columns
from programs.models import Session

STAFF_SIGHT = (Perm.VIEW_PEOPLE, Perm.VIEW_OWN_SECTION)

# What the office looks for among its people; the key stands in the address.
SHOWN = {
    "": ("Everybody", Q()),
    "not-invited": ("Not invited yet", Q(status="invited", invited_at__isnull=True)),
    "waiting": ("Invited, place not taken", Q(status="invited", invited_at__isnull=False)),
    "first-steps": ("First steps open", Q(status="active", user__first_steps_at__isnull=True)),
    "no-section": ("No section", Q(section__isnull=True, kind="participant", status__in=Enrollment.COUNTED)),
    "mails": ("Mail comes back", Q(came_back_at__isnull=False)),
    "gone": ("On leave or gone", ~Q(status__in=("invited", "active", "completed", "not_completed"))),
}


@requires(Perm.VIEW_SESSION)
def people_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Staff see how far everybody is; participants see their section, as far as each one shows."""
    if any(request.membership.may(perm) for perm in STAFF_SIGHT):
        return staff_list(request)
    mine = request.membership.enrollment
    has_sections = bool(mine and mine.section_id) or request.program_session.sections.exists()
    context = {
        "session": request.program_session,
        "peers": peers_of(request, has_sections),
        "has_sections": has_sections,
    }
    return render(request, "cohorts/peers.html", context)


def staff_list(request: SessionRequest) -> HttpResponse:
    """Everybody whom the role sees, with what they were sent and how far they came. Three queries."""
    shown = request.GET.get("show", "")
    label, condition = SHOWN.get(shown, SHOWN[""])
    sought = request.GET.get("q", "").strip()
    rows = with_mails(
        Enrollment.objects.visible_to(request.user, at=request.now)
        .filter(session=request.program_session)
        .select_related("user", "section"),
        request.program_session,
    ).filter(condition)
    if sought:
        rows = rows.filter(Q(user__name__icontains=sought) | Q(user__email__icontains=sought))
    context = {
        "session": request.program_session,
        "rows": rows,
        "shown": shown,
        "shown_label": label,
        "choices": [(key, text) for key, (text, _) in SHOWN.items()],
        "sought": sought,
        "may_manage": request.membership.may(Perm.MANAGE_PEOPLE),
        "opens_persons": request.membership.may(Perm.USE_OFFICE) and request.membership.may(Perm.VIEW_PEOPLE),
    }
    return render(request, "cohorts/people.html", context)


def with_mails(rows: QuerySet[Enrollment], session: Session) -> QuerySet[Enrollment]:
    """What became of the latest invitation, what the person does not want by mail, and whether mail reaches them:
    without a query for each row."""
    latest = Notice.objects.filter(
        kind=notices.INVITATION.key, object_type="cohorts.enrollment", object_id=OuterRef("pk")
    ).order_by("-created_at")
    return rows.annotate(
        invitation_status=Subquery(latest.values("status")[:1]),
        **off_columns(OuterRef("user"), session.scope),
        **trouble_columns(),
    )


def peers_of(request: SessionRequest, has_sections: bool) -> QuerySet[Enrollment]:
    """The others of one's section, or of the session where there are no sections."""
    peers = Enrollment.objects.filter(
        session=request.program_session, status__in=Enrollment.READING, kind=Enrollment.Kind.PARTICIPANT
    ).select_related("user", "section")
    mine = request.membership.enrollment
    if mine is not None and mine.section_id is not None:
        return peers.filter(section_id=mine.section_id)
    return peers.none() if has_sections else peers


@require_POST
@requires(Perm.MANAGE_PEOPLE)
def invitation_send(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Mail the chosen people who have not taken their place."""
    chosen = request.POST.getlist("enrollment")
    if not all(pk.isdecimal() for pk in chosen):
        raise BadRequest("What was sent names no people.")
    rows = Enrollment.objects.visible_to(request.user, at=request.now).filter(
        session=request.program_session, pk__in=chosen
    )
    try:
        sent = send_invitations(enrollments=rows, actor=request.user, now=request.now)
    except JustInvited as again:
        messages.info(request, str(again))
    except (NothingToInvite, SessionNotPublished) as refused:
        messages.error(request, str(refused) if chosen else "Tick the people whom the invitation is for.")
    else:
        one = len(sent) == 1
        messages.success(request, "The invitation goes out now." if one else f"{len(sent)} invitations go out now.")
    return redirect("cohorts:people-list", session_slug=session_slug)
