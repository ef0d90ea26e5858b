"""Papers under review: told at once to those who look after it, and to the participant only when the director writes.

Both are without a scope: the ledger of a session is read by people who are told nothing of this.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.roles import GRANTS, Perm, roles_with
from assignments.models import Concern
from cohorts.models import Enrollment
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Wanted, register
from notifications.models import Lane, Notice
from programs.models import Appointment

ROLES = [role.value for role, perms in GRANTS.items() if Perm.SEE_CONCERNS in perms]


def concern_raised(concern: Concern) -> list[NoticeRequest]:
    """To everybody who looks after papers under review, but for whoever raised it."""
    session = concern.assignment.session
    appointed = Appointment.objects.filter(role__in=ROLES, user__is_active=True)
    here = appointed.filter(session=session) | appointed.filter(program=session.program_id)
    people = set(here.values_list("user_id", flat=True)) - {concern.raised_by_id, concern.enrollment.user_id}
    return [CONCERN_RAISED.to(pk, on=concern) for pk in sorted(people)]


def director_wrote(concern: Concern) -> NoticeRequest:
    """To the participant."""
    return DIRECTOR_WROTE.to(concern.enrollment.user_id, on=concern)


def still_open(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While it is under review, to people who still look after it."""
    rows = Concern.objects.open().filter(pk__in=_objects(notices))
    sessions = dict(rows.values_list("pk", "assignment__session"))
    programs = dict(rows.values_list("pk", "assignment__session__program"))
    appointed = Appointment.objects.filter(role__in=ROLES, user__is_active=True)
    there = set(appointed.values_list("user", "session", "program"))
    said: dict[int, Wanted] = {}
    for notice in notices:
        pk = notice.object_id
        if pk not in sessions:
            said[notice.pk] = "the review has ended"
        elif {(notice.recipient_id, sessions[pk], None), (notice.recipient_id, None, programs[pk])} & there:
            said[notice.pk] = True
        else:
            said[notice.pk] = "they no longer look after it"
    return said


def readable_words(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """As long as the person can read the page on which they stand."""
    places = Enrollment.objects.reading_own_work(now)
    rows = Concern.objects.filter(pk__in=_objects(notices), status=Concern.Status.WRITTEN, enrollment__in=places)
    found = set(rows.values_list("pk", "enrollment__user"))
    unreadable = "the person can no longer read what it leads to"
    return {notice.pk: True if (notice.object_id, notice.recipient_id) in found else unreadable for notice in notices}


def describe_concerns(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Of which work and who raised it: the note and the writer’s name are read on the page."""
    rows = _rows(notices)
    return {
        notice.pk: Described(
            context=_about(concern)
            | {
                "raised_by": str(concern.raised_by),
                "path": reverse("assignments:desk-concern", args=[concern.assignment.session.slug, concern.pk]),
            },
            reply_to=concern.assignment.session.answers_to,
            is_confidential=True,
        )
        for notice in notices
        if (concern := rows.get(notice.object_id))
    }


def describe_words(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """That they are there; the words are read on the page."""
    rows = _rows(notices)
    return {
        notice.pk: Described(
            context=_about(concern) | {"author": str(concern.ended_by), "path": concern.assignment.get_absolute_url()},
            reply_to=concern.assignment.session.answers_to,
            is_confidential=True,
        )
        for notice in notices
        if (concern := rows.get(notice.object_id))
    }


def _rows(notices: Sequence[Notice]) -> dict[int, Concern]:
    named = Concern.objects.select_related(
        "assignment__item", "assignment__session__program", "raised_by", "ended_by", "submission"
    )
    return named.in_bulk(_objects(notices))


def _objects(notices: Sequence[Notice]) -> set[int]:
    return {notice.object_id for notice in notices}


def _about(concern: Concern) -> dict[str, str]:
    assignment = concern.assignment
    return {
        "title": assignment.item.title,
        "session": str(assignment.session),
        "program_zone": assignment.session.zone,
    }


CONCERN_RAISED = register(
    Kind(
        key="assignments.concern_raised",
        name="Papers under review",
        lane=Lane.EVENT,
        is_optional=False,
        audience=Audience.STAFF,
        roles=roles_with(Perm.SEE_CONCERNS),
        subject="A paper is under review: “{{ title }}”",
        why="you look after papers under review in {{ session }}",
        lasts=timedelta(days=7),
        still_wanted=still_open,
        describe=describe_concerns,
    )
)
DIRECTOR_WROTE = register(
    Kind(
        key="assignments.director_wrote",
        name="Words of the program director about your work",
        lane=Lane.EVENT,
        is_optional=False,
        audience=Audience.PARTICIPANTS,
        subject="The program director has written to you about “{{ title }}”",
        why="you handed in “{{ title }}” in {{ session }}",
        lasts=timedelta(days=14),
        still_wanted=readable_words,
        describe=describe_words,
    )
)
