"""Which mails a person gets: of each program for itself, and whether they arrive."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import SignedInRequest
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
    audiences: set[Audience]
    lines: list[Line]


@signed_in
@require_http_methods(["GET", "POST"])
def mail_choices(request: SignedInRequest) -> HttpResponse:
    """The optional kinds of each session to tick; what always comes, and why."""
    shown = list(mails_of(request))
    if request.method == "POST":
        return save_choices(request, shown)
    context = {
        "shown": shown,
        "always": always_mailed({audience for one in shown for audience in one.audiences} or {Audience.EVERYBODY}),
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
    """The person's sessions with what each mails to them. Three queries."""
    places = [place for place in places_of(request) if place.enrollment.status in CHOOSING]
    sessions = {place.session: {Audience.EVERYBODY, Audience.PARTICIPANTS} for place in places}
    for session in taught_by(request):
        sessions.setdefault(session, {Audience.EVERYBODY}).add(Audience.STAFF)
    chosen = choices_of(request.user)
    for session, audiences in sessions.items():
        yield Mails(
            session,
            audiences,
            [
                Line(kind, chosen.get((kind.key, session.scope)))
                for kind in sorted(declared(), key=lambda kind: kind.name)
                if kind.is_optional and kind.audience in audiences
            ],
        )


def always_mailed(audiences: set[Audience]) -> list[str]:
    """The names of the kinds that cannot be switched off, of those that come to these people."""
    kinds = (kind for kind in declared() if not kind.is_optional and kind.audience in audiences)
    return sorted({kind.name for kind in kinds})


@signed_in
@require_POST
def address_works(request: SignedInRequest) -> HttpResponse:
    """The person says that their mailbox takes mails again. Should it not, the next one that comes back says so."""
    settle_address(person=request.user, now=request.now)
    messages.success(request, f"Mails go to {request.user.email} again.")
    return redirect("dashboards:home")
