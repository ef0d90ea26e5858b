from dataclasses import dataclass
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import in_lists
from accounts.roles import Perm
from announcements import notices
from announcements.addressing import Reach, key_of
from announcements.forms import AnnouncementForm, written
from announcements.history import Outcome, outcomes_of
from announcements.models import NEWS_LASTS, Announcement, AnnouncementQuerySet
from announcements.recipients import recipients_of
from announcements.services import (
    AlreadySent,
    MustBeConfirmed,
    NobodyToTell,
    StaleAnnouncement,
    TimePassed,
    call_off_announcement,
    change_announcement,
    draft_announcement,
    instant_meant,
    send_announcement,
)
from cohorts.http import SessionRequest
from core.access import requires
from core.copies import confirm_saved
from core.moves import WrongState
from notifications.gate import paused_since
from notifications.models import Notice
from notifications.services import mark_read

PER_PAGE = 20
MOST_SHOWN = 200


@dataclass(frozen=True)
class Line:
    """One announcement of a list, with what became of it where the reader may know."""

    announcement: Announcement
    outcome: Outcome | None = None


def announcements_of(request: SessionRequest) -> AnnouncementQuerySet:
    """What this member sees of the session's."""
    rows = Announcement.objects.visible_to(request.user, at=request.now).filter(session=request.program_session)
    return rows.select_related("author", "section", "enrollment__user", "session__program", "corrects")


def reach_of(request: SessionRequest) -> Reach:
    """Whom this member may write to."""
    return Reach(request.program_session, request.membership, request.user, request.now)


def own_announcement(request: SessionRequest, pk: int) -> Announcement:
    """One that this person wrote, to somebody whom they may still write to. Raises Http404, PermissionDenied."""
    announcement = get_object_or_404(announcements_of(request), pk=pk)
    if announcement.author_id != request.user.pk:
        raise PermissionDenied
    return announcement


@requires(Perm.VIEW_SESSION)
@require_safe
def announcement_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """What was announced, the newest first; for those who write, before it what is not out yet."""
    rows = announcements_of(request)
    page = Paginator(rows.sent(request.now).order_by("-send_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    may_write = request.membership.may(Perm.ANNOUNCE)
    context: dict[str, object] = {
        "session": request.program_session,
        "page": page,
        "may_write": may_write,
        "lines": [Line(one) for one in page.object_list],
    }
    if may_write:
        sent = list(page.object_list)
        outcomes = outcomes_of(sent)
        context["lines"] = [Line(one, outcomes.get(one.pk, Outcome())) for one in sent]
        waiting = rows.exclude(status=Announcement.Status.CALLED_OFF).exclude(
            pk__in=rows.sent(request.now).values("pk")
        )
        context["waiting"] = list(waiting.order_by("status", "send_at", "-saved_at"))
    return render(request, "announcements/list.html", context)


@requires(Perm.VIEW_SESSION)
@require_safe
def announcement_detail(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """One announcement; opening it is reading its notice. Writers see how many were told, never who has read."""
    announcement = get_object_or_404(announcements_of(request), pk=pk)
    told = Notice.objects.visible_to(request.user, at=request.now)
    mark_read(
        notices=told.filter(kind__in=notices.KINDS, object_type=Announcement._meta.label_lower, object_id=pk),
        now=request.now,
    )
    is_sent = announcement.is_sent(request.now)
    is_own = announcement.author_id == request.user.pk
    may_write = request.membership.may(Perm.ANNOUNCE)
    context = {
        "session": request.program_session,
        "announcement": announcement,
        "is_sent": is_sent,
        "is_own": is_own,
        "may_call_off": may_call_off(request, announcement),
        "may_correct": is_sent and is_own and may_write,
        "outcome": outcomes_of([announcement]).get(pk, Outcome()) if is_sent and may_write else None,
        "corrections": announcements_of(request).sent(request.now).filter(corrects=pk).order_by("send_at"),
    }
    return render(request, "announcements/detail.html", context)


def may_call_off(request: SessionRequest, announcement: Announcement) -> bool:
    """Its writer, and those who write to the whole session, while it has not gone out."""
    is_theirs = announcement.author_id == request.user.pk or request.membership.may(Perm.ANNOUNCE_TO_SESSION)
    return is_theirs and request.membership.may(Perm.ANNOUNCE) and announcement.can_change(request.now)


@requires(Perm.ANNOUNCE)
@require_http_methods(["GET", "HEAD", "POST"])
def announcement_add(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Write one; kept as a draft, then looked at before it goes out."""
    corrected = corrected_one(request)
    initial = {"key": uuid4(), "to": request.GET.get("to", "")}
    if corrected is not None:
        initial |= {"to": key_of(corrected), "title": f"Correction: {corrected.title}"[:150]}
    form = AnnouncementForm(request.POST or None, reach=reach_of(request), now=request.now, initial=initial)
    if request.method == "POST" and form.is_valid():
        announcement = draft_announcement(
            session=request.program_session,
            words=form.words,
            key=form.given_key,
            corrects=corrected,
            actor=request.user,
            now=request.now,
        )
        return after_saving(request, announcement, form)
    return show_form(request, form, corrects=corrected)


def corrected_one(request: SessionRequest) -> Announcement | None:
    """The own announcement, gone out already, that a new one corrects; None when it corrects none."""
    said = request.GET.get("corrects", "")
    if not said.isdecimal() or len(said) > 15:
        return None
    mine = announcements_of(request).sent(request.now).filter(author=request.user, pk=int(said))
    return mine.first()


@requires(Perm.ANNOUNCE)
@require_http_methods(["GET", "HEAD", "POST"])
def announcement_change(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Write on, until a minute before it goes out; what is typed too late, or beside another window, is kept."""
    announcement = own_announcement(request, pk)
    form = AnnouncementForm(
        request.POST or None, reach=reach_of(request), now=request.now, initial=written(announcement) | {"key": uuid4()}
    )
    if request.method == "POST" and form.is_valid():
        try:
            announcement = change_announcement(
                announcement=announcement,
                words=form.words,
                revision=form.cleaned_data["revision"] or 0,
                now=request.now,
            )
        except (StaleAnnouncement, AlreadySent) as refused:
            form.add_error(None, str(refused))
            return show_form(request, form, announcement, status=409)
        return after_saving(request, announcement, form)
    if request.method != "POST" and not announcement.can_change(request.now):
        messages.info(request, str(AlreadySent()))
        return redirect("announcements:announcement-detail", session_slug, pk)
    return show_form(request, form, announcement)


def after_saving(request: SessionRequest, announcement: Announcement, form: AnnouncementForm) -> HttpResponse:
    """To the preview, or back to the list where it is only to be kept; the browser's copy is needed no longer."""
    slug = request.program_session.slug
    if request.POST.get("act") == "keep":
        messages.success(request, "Kept as a draft. Nobody is told anything yet.")
        return confirm_saved(redirect("announcements:announcement-list", slug), form.given_key)
    return confirm_saved(redirect("announcements:announcement-preview", slug, announcement.pk), form.given_key)


def copy_name(request: SessionRequest, announcement: Announcement | None, corrects: Announcement | None) -> str:
    """Of what the browser keeps: whose it is, and of which form."""
    of = f"{announcement.pk}" if announcement else f"corrects-{corrects.pk}" if corrects else "new"
    return f"announcement:{request.user.pk}:{request.program_session.pk}:{of}"


def show_form(
    request: SessionRequest,
    form: AnnouncementForm,
    announcement: Announcement | None = None,
    *,
    corrects: Announcement | None = None,
    status: int = 0,
) -> HttpResponse:
    context = {
        "session": request.program_session,
        "form": form,
        "announcement": announcement,
        "corrects": announcement.corrects if announcement else corrects,
        "copy": copy_name(request, announcement, corrects),
    }
    return render(request, "announcements/form.html", context, status=status or (422 if form.is_bound else 200))


@requires(Perm.ANNOUNCE)
@require_http_methods(["GET", "HEAD", "POST"])
def announcement_preview(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """How it will read, and who gets it; confirmed here, once."""
    announcement = own_announcement(request, pk)
    refusal = ""
    if request.method == "POST":
        if not reach_of(request).holds(announcement):
            raise PermissionDenied
        try:
            sent = send_announcement(
                announcement=announcement,
                revision=revision_in(request),
                is_confirmed="confirmed" in request.POST,
                actor=request.user,
                now=request.now,
            )
        except (StaleAnnouncement, AlreadySent, WrongState):
            refusal = "This was changed since you looked at it. Look once more, then confirm it."
            announcement = own_announcement(request, pk)
        except (MustBeConfirmed, NobodyToTell, TimePassed) as refused:
            refusal = str(refused)
        else:
            messages.success(request, say_sent(sent, request))
            return redirect("announcements:announcement-detail", session_slug, pk)
    if not announcement.is_draft:
        return redirect("announcements:announcement-detail", session_slug, pk)
    return show_preview(request, announcement, refusal)


def say_sent(announcement: Announcement, request: SessionRequest) -> str:
    """What happens to it from now on; while mails are paused its page says since when."""
    if not announcement.is_sent(request.now):
        return "It goes out by itself at its time."
    if paused_since():
        return "It stands on people’s first page and in their inbox now. Its mails wait, because mails are paused."
    return "It goes out now."


def revision_in(request: SessionRequest) -> int:
    """The revision that was looked at; none where the post does not say it."""
    said = request.POST.get("revision", "")
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def show_preview(request: SessionRequest, announcement: Announcement, refusal: str) -> HttpResponse:
    people = recipients_of(announcement, request.now)
    names = [str(person) for person in people.order_by(in_lists(), "pk")[: MOST_SHOWN + 1]]
    count = len(names) if len(names) <= MOST_SHOWN else people.count()
    kind = notices.URGENT if announcement.is_urgent else notices.ANNOUNCED
    context = {
        "session": request.program_session,
        "announcement": announcement,
        "names": names[:MOST_SHOWN],
        "count": count,
        "unnamed": max(count - MOST_SHOWN, 0),
        "goes_out_at": instant_meant(announcement),
        "days_on_page": NEWS_LASTS.days,
        "paused_since": paused_since(),
        "days_of_use": kind.lasts.days,
        "refusal": refusal,
    }
    return render(request, "announcements/preview.html", context, status=409 if refusal else 200)


@requires(Perm.ANNOUNCE)
@require_POST
def announcement_call_off(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Let it not go out."""
    announcement = get_object_or_404(announcements_of(request), pk=pk)
    if announcement.author_id != request.user.pk and not request.membership.may(Perm.ANNOUNCE_TO_SESSION):
        raise PermissionDenied
    was_draft = announcement.is_draft
    try:
        call_off_announcement(announcement=announcement, actor=request.user, now=request.now)
    except AlreadySent as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The draft is put away." if was_draft else "It is called off; nobody is told.")
    return redirect("announcements:announcement-list", session_slug)
