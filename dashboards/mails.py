"""Which mails a person gets: of each program for itself, and whether they arrive."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import SignedInRequest
from accounts.roles import Role
from cohorts.access import roles_in
from cohorts.models import Enrollment
from core.access import signed_in
from dashboards.home import places_of, taught_by
from notifications.choices import choices_of, choose_mails
from notifications.kinds import Audience, Kind, declared
from notifications.models import Choice
from notifications.returns import settle_address, trouble_of
from programs.models import Session

# Places in which somebody is mailed something that can be switched off, now or later: announcements come after the end
# too, as long as the pages can be read.
CHOOSING = Enrollment.READING | {Enrollment.Status.INVITED}


@dataclass(frozen=True)
class Line:
    """One kind of mails, and the choice by which it is off."""

    kind: Kind
    choice: Choice | None


@dataclass(frozen=True)
class Mails:
    """What one session mails to the person."""

    session: Session
    lines: list[Line]
    # The names of what cannot be switched off.
    always: list[str]


@signed_in
@require_http_methods(["GET", "POST"])
def mail_choices(request: SignedInRequest) -> HttpResponse:
    """The optional kinds of each session to tick; what always comes, and why."""
    shown = list(mails_of(request))
    if request.method == "POST":
        return save_choices(request, shown)
    context = {
        "shown": shown,
        "always": always_mailed(shown),
        "mail_trouble": trouble_of(request.user),
    }
    return render(request, "dashboards/mails.html", context)


def save_choices(request: SignedInRequest, shown: list[Mails]) -> HttpResponse:
    """Of the kinds that stood on the page: one that came to be since is neither wanted nor unwanted."""
    chosen = next((one for one in shown if str(one.session.pk) == request.POST.get("session")), None)
    if chosen is None:
        messages.error(request, "Nothing was saved: you have no place in that program any more.")
        return redirect("dashboards:mail-choices")
    known = {line.kind.key for line in chosen.lines}
    choose_mails(
        person=request.user,
        scope=chosen.session.scope,
        offered=[kind for kind in request.POST.getlist("offered") if kind in known],
        wanted=request.POST.getlist("mail"),
        now=request.now,
    )
    messages.success(request, f"Saved for {chosen.session}. It holds from the next mail on.")
    return redirect(f"{reverse('dashboards:mail-choices')}#session-{chosen.session.pk}")


def mails_of(request: SignedInRequest) -> Iterator[Mails]:
    """The person's sessions with what each mails to them. Three queries, and one more for staff."""
    places = [place for place in places_of(request) if place.enrollment.status in CHOOSING]
    sessions = {place.session: {Audience.EVERYBODY, Audience.PARTICIPANTS} for place in places}
    taught = taught_by(request)
    for session in taught:
        sessions.setdefault(session, {Audience.EVERYBODY}).add(Audience.STAFF)
    held = roles_in(request.user, taught, request.now) if taught else {}
    chosen = choices_of(request.user)
    for session, audiences in sessions.items():
        kinds = [kind for kind in declared() if comes_to(kind, audiences, held.get(session.pk, frozenset()))]
        yield Mails(
            session,
            [
                Line(kind, chosen.get((kind.key, session.scope)))
                for kind in sorted(kinds, key=lambda kind: kind.name)
                if kind.is_optional
            ],
            [kind.name for kind in kinds if not kind.is_optional],
        )


def comes_to(kind: Kind, audiences: set[Audience], roles: frozenset[Role]) -> bool:
    """Whether any of it can come to somebody of these audiences who holds these roles."""
    if kind.audience not in audiences:
        return False
    return kind.audience is not Audience.STAFF or not kind.roles or bool(kind.roles & roles)


def always_mailed(shown: list[Mails]) -> list[str]:
    """The names of the kinds that cannot be switched off, of those that come to this person."""
    if not shown:
        return sorted(
            {kind.name for kind in declared() if not kind.is_optional and kind.audience is Audience.EVERYBODY}
        )
    return sorted({name for one in shown for name in one.always})


@signed_in
@require_POST
def address_works(request: SignedInRequest) -> HttpResponse:
    """The person says that their mailbox takes mails again. Should it not, the next one that comes back says so."""
    settle_address(person=request.user, now=request.now)
    messages.success(request, f"Mails go to {request.user.email} again.")
    return redirect("dashboards:home")
