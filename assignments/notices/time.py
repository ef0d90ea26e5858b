"""What is told about more time: a question to who decides, its answer, a standing arrangement once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.functional import lazy

from accounts.roles import Perm, Role, roles_with
from assignments.models import Arrangement, Assignment, ExtensionRequest
from assignments.notices.pairs import address_of, pairs_of, who_answers
from assignments.notices.reminders import is_to_be_handed_in
from assignments.standing_in import acting_for
from assignments.windows import say_length
from cohorts.models import Enrollment, SectionFellow
from notifications.hours import is_near
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Wanted, register
from notifications.models import Lane, Notice
from programs.models import Appointment

UNREADABLE = "the person can no longer read what it leads to"


def time_asked(request: ExtensionRequest, *, due_at: datetime | None, now: datetime) -> list[NoticeRequest]:
    """To the fellows of the section; where it has none to the head teaching fellows, then to the directors. By itself
    when the deadline is near or past: somebody waits."""
    scope, is_alone = request.assignment.session.scope, due_at is not None and is_near(due_at, now=now)
    return [TIME_ASKED.to(pk, on=request, scope=scope, alone=is_alone) for pk in deciders(request.enrollment)]


def deciders(place: Enrollment) -> list[int]:
    """Who is asked first; not whoever is away, but who stands in."""
    if place.section_id and (fellows := _fellows(place)):
        return sorted(fellows)
    session = place.session
    for role in (Role.HEAD_TEACHING_FELLOW, Role.DIRECTOR):
        appointed = Appointment.objects.filter(role=role, user__is_active=True)
        here = appointed.filter(session=session) | appointed.filter(program=session.program_id)
        if found := sorted(set(here.values_list("user_id", flat=True))):
            return found
    return []


def _fellows(place: Enrollment) -> set[int]:
    leading = SectionFellow.objects.filter(section=place.section_id, user__is_active=True)
    return acting_for(leading.values_list("user_id", flat=True), place.section_id, place.session_id)


def time_answered(request: ExtensionRequest, *, due_at: datetime | None, now: datetime) -> NoticeRequest:
    """What became of the question; by itself when the deadline they had is near or past."""
    return TIME_ANSWERED.to(
        request.enrollment.user_id,
        on=request,
        scope=request.assignment.session.scope,
        alone=due_at is not None and is_near(due_at, now=now),
    )


def arrangement_changed(arrangement: Arrangement) -> NoticeRequest:
    """That it exists, or not any more; one mail with all dates."""
    return ARRANGEMENT_CHANGED.to(
        arrangement.enrollment.user_id,
        on=arrangement,
        occurrence="made" if arrangement.revoked_at is None else "revoked",
        scope=arrangement.enrollment.session.scope,
    )


def still_asked(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """As long as nobody has answered."""
    waiting = set(ExtensionRequest.objects.open().filter(pk__in=_objects(notices)).values_list("pk", flat=True))
    return {notice.pk: True if notice.object_id in waiting else "it was answered or taken back" for notice in notices}


def readable_answers(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """As long as the person can read the page."""
    rows = ExtensionRequest.objects.filter(
        pk__in=_objects(notices), enrollment__in=Enrollment.objects.reading_own_work(now)
    )
    found = set(rows.values_list("pk", flat=True))
    return {notice.pk: True if notice.object_id in found else UNREADABLE for notice in notices}


def readable_arrangements(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """To somebody who still does the work."""
    rows = Arrangement.objects.filter(pk__in=_objects(notices), enrollment__in=_working(now))
    found = set(rows.values_list("pk", flat=True))
    return {notice.pk: True if notice.object_id in found else UNREADABLE for notice in notices}


def describe_questions(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Who asks for what, until when, and why."""
    rows = _requests(notices)
    return {
        notice.pk: Described(
            context={
                **_about(asked.assignment),
                "person": str(asked.enrollment.user),
                "text": asked.text,
                "wished_on": asked.wished_on,
                "is_after_close": asked.is_after_close,
                "path": reverse("assignments:desk-request", args=[asked.assignment.session.slug, asked.pk]),
            },
            reply_to=address_of(asked.enrollment.user),
            # It repeats the person's reasons.
            is_confidential=True,
        )
        for notice in notices
        if (asked := rows.get(notice.object_id))
    }


def describe_answers(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Granted until when, or not, and in which words."""
    rows = _requests(notices)
    places = Enrollment.objects.filter(pk__in={row.enrollment_id for row in rows.values()})
    works = Assignment.objects.filter(pk__in={row.assignment_id for row in rows.values()})
    standing = {(work.pk, work.whose): work for work in works.for_each_of(places).with_due_for(F("whose"))}
    return {
        notice.pk: Described(
            context={
                **_about(asked.assignment),
                "is_granted": asked.status == ExtensionRequest.Status.GRANTED,
                "is_after_close": asked.is_after_close,
                "answer": asked.answer,
                "answered_by": str(asked.decided_by),
                "due_at": standing[asked.assignment_id, asked.enrollment_id].own_due_at,
                "closes_at": standing[asked.assignment_id, asked.enrollment_id].own_closes_at,
                "path": asked.assignment.get_absolute_url(),
            },
            reply_to=address_of(asked.decided_by),
            is_confidential=True,
        )
        for notice in notices
        if (asked := rows.get(notice.object_id)) and asked.decided_by
    }


def describe_arrangements(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """How much longer, from when to when, and the new date of what is open and still ahead."""
    rows = Arrangement.objects.select_related("enrollment__session__program").with_zone()
    found = rows.in_bulk(_objects(notices))
    people = {row.enrollment_id for row in found.values()}
    works = Assignment.objects.filter(session__enrollments__in=people)
    ahead: dict[int, list[Assignment]] = defaultdict(list)
    for work in pairs_of(Enrollment.objects.filter(pk__in=people), works, now).order_by("own_due_at"):  # type: ignore[misc]
        if work.is_theirs and is_to_be_handed_in(work) and work.own_window.accepts(now):
            ahead[work.whose].append(work)
    fellows = who_answers(row.enrollment.section_id for row in found.values())
    return {
        notice.pk: Described(
            context=_arranged(row, ahead[row.enrollment_id], is_revoked=notice.occurrence == "revoked"),
            reply_to=fellows.get(row.enrollment.section_id) or row.enrollment.session.answers_to,
            # Why somebody has more time throughout is known to few; that they have is nobody else's either.
            is_confidential=True,
        )
        for notice in notices
        if (row := found.get(notice.object_id))
    }


def _arranged(row: Arrangement, ahead: list[Assignment], *, is_revoked: bool) -> dict[str, Any]:
    session = row.enrollment.session
    return {
        "session": str(session),
        "program_zone": session.zone,
        "is_revoked": is_revoked,
        # Said when the mail is written, in its reader’s language.
        "length": lazy(say_length, str)(row.later_by, row.later_days),
        "from_on": row.from_on,
        "until_on": row.until_on,
        "works": [(work.item.title, work.own_due_at) for work in ahead if row.covers(work.due_at)],
        "path": reverse("assignments:assignment-list", args=[session.slug]),
    }


def _working(now: datetime) -> QuerySet[Enrollment]:
    return Enrollment.objects.reading(now).working()


def _requests(notices: Sequence[Notice]) -> dict[int, ExtensionRequest]:
    rows = ExtensionRequest.objects.select_related(
        "assignment__item", "assignment__session__program", "enrollment__user", "decided_by"
    )
    return rows.in_bulk(_objects(notices))


def _objects(notices: Sequence[Notice]) -> set[int]:
    return {notice.object_id for notice in notices}


def _about(assignment: Assignment) -> dict[str, Any]:
    return {
        "title": assignment.item.title,
        "session": str(assignment.session),
        "program_zone": assignment.session.zone,
    }


TIME_ASKED = register(
    Kind(
        key="assignments.time_asked",
        name="Questions for more time",
        lane=Lane.REMINDER,
        is_optional=False,
        audience=Audience.STAFF,
        roles=roles_with(Perm.GRANT_OWN_EXTENSION),
        subject="{{ person }} asks for more time: “{{ title }}”",
        why="you decide about deadlines in {{ session }}",
        lasts=timedelta(days=7),
        still_wanted=still_asked,
        describe=describe_questions,
    )
)
TIME_ANSWERED = register(
    Kind(
        key="assignments.time_answered",
        name="Answers to your questions for more time",
        lane=Lane.REMINDER,
        is_optional=False,
        audience=Audience.PARTICIPANTS,
        subject="{% if is_granted %}More time for “{{ title }}”{% else %}About more time for “{{ title }}”{% endif %}",
        why="you asked for more time for “{{ title }}” in {{ session }}",
        lasts=timedelta(days=7),
        still_wanted=readable_answers,
        describe=describe_answers,
    )
)
ARRANGEMENT_CHANGED = register(
    Kind(
        key="assignments.arrangement_changed",
        name="Your arrangement for deadlines",
        lane=Lane.REMINDER,
        is_optional=False,
        audience=Audience.PARTICIPANTS,
        subject="{% if is_revoked %}Your longer deadlines have ended{% else %}Your deadlines are later{% endif %}",
        why="your deadlines in {{ session }} were changed",
        lasts=timedelta(days=7),
        still_wanted=readable_arrangements,
        describe=describe_arrangements,
    )
)
