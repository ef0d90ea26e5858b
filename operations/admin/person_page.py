from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.http import SignedInRequest
from accounts.models import User
from accounts.roles import Perm
from audit.models import Entry, object_type_of
from cohorts.models import Enrollment
from notifications.choices import off_columns
from notifications.models import Lane, Notice
from notifications.returns import trouble_columns
from operations.admin.notices import say_fate, say_what, with_pause
from operations.persons import has_second_step, is_verified, why_not_ours
from programs.models import Session
from programs.scoped_admin import sessions_for

MOST_NOTICES = 50


@dataclass(frozen=True)
class NoticeLine:
    """One notice to the person, what became of it, and where the office reads more."""

    notice: Notice
    what: str
    fate: SafeString | str
    url: str


def describe_person(row: Enrollment, request: SignedInRequest) -> dict[str, Any]:
    """What the office must know to help somebody; a constant number of queries."""
    person = row.user
    return {
        "row": row,
        "person": person,
        "is_verified": is_verified(person),
        "has_second_step": has_second_step(person),
        "why_not_ours": why_not_ours(person, request.user),
        "places": places_seen_by(request.user, person).exclude(pk=row.pk),
        "earlier_names": earlier_names(person),
        "mails": mails_of(row),
        "notices": [
            NoticeLine(row, say_what(row), say_fate(row, request), office_url(row, request.user))
            for row in with_pause(notices_seen_by(request.user, person)).defer("told", "sealed_mail")[:MOST_NOTICES]
        ],
        "program_zone": row.session.zone,
        "history_url": reverse("admin:cohorts_enrollment_history", args=[row.pk]),
    }


def mails_of(row: Enrollment) -> Enrollment:
    """What the person does not want by mail about this session, and whether mail reaches them. One query."""
    columns = off_columns(OuterRef("user"), row.session.scope) | trouble_columns()
    return Enrollment.objects.annotate(**columns).get(pk=row.pk)


def places_seen_by(office: User, person: User) -> QuerySet[Enrollment]:
    """The person's places in the sessions of this office."""
    return Enrollment.objects.filter(user=person, session__in=sessions_for(office, Perm.VIEW_PEOPLE)).select_related(
        "session__program", "section"
    )


def notices_seen_by(office: User, person: User) -> QuerySet[Notice]:
    """What was sent or not, newest first: about sessions of this office, and about the account."""
    scopes = Session.objects.filter(pk__in=sessions_for(office, Perm.VIEW_NOTICES)).scopes()
    about_account = Q(lane=Lane.ACCOUNT, scope="")
    return Notice.objects.told_to(person).filter(Q(scope__in=scopes) | about_account).order_by("-send_at", "-pk")


def office_url(notice: Notice, office: User) -> str:
    """Its page; empty for what is about an account, which operators alone open."""
    may_open = notice.scope or office.is_superuser
    return reverse("admin:notifications_notice_change", args=[notice.pk]) if may_open else ""


def earlier_names(person: User) -> list[str]:
    """Names that the person went by before, newest first, from the record of their profile."""
    entries = Entry.objects.filter(
        object_type=object_type_of(person), object_id=str(person.pk), before__has_key="name"
    ).values_list("before__name", flat=True)
    return [name for name in dict.fromkeys(entries) if name and name != person.name]
