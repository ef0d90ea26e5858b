"""What is told when a peer has not answered a paper in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.roles import Perm, roles_with
from assignments.models import Reader, Submission
from cohorts.models import Enrollment
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Wanted, register
from notifications.models import Lane, Notice


def paper_passed_on(reader: Reader) -> NoticeRequest:
    """To the peer: that somebody else answers it now."""
    return PAPER_PASSED_ON.to(reader.user_id, on=reader, scope=reader.submission.assignment.session.scope)


def paper_to_take_over(reader: Reader) -> NoticeRequest:
    """To staff: that a paper of peers comes to them, and soon."""
    return PAPER_TO_TAKE_OVER.to(reader.user_id, on=reader, scope=reader.submission.assignment.session.scope)


def still_there(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """To participants who still read the session."""
    readers = dict(Reader.objects.filter(pk__in=_objects(notices)).values_list("pk", "submission__assignment__session"))
    people = {notice.recipient_id for notice in notices}
    places = Enrollment.objects.reading(now).filter(user__in=people)
    there = set(places.values_list("session", "user"))
    return {
        notice.pk: True
        if (readers.get(notice.object_id), notice.recipient_id) in there
        else "the person has no part in it any more"
        for notice in notices
    }


def still_theirs(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While the paper waits for them."""
    waiting = Submission.objects.awaiting_feedback()
    readers = Reader.objects.current().filter(pk__in=_objects(notices), submission__in=waiting)
    rows = set(readers.values_list("pk", "user"))
    return {
        notice.pk: True if (notice.object_id, notice.recipient_id) in rows else "the paper waits for them no longer"
        for notice in notices
    }


def describe(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Whose paper it is, and where staff read it."""
    rows = Reader.objects.select_related(
        "submission__assignment__item", "submission__assignment__session__program", "submission__enrollment__user"
    ).in_bulk(_objects(notices))
    return {
        notice.pk: Described(
            context={
                "title": paper.assignment.item.title,
                "session": str(paper.assignment.session),
                "program_zone": paper.assignment.session.zone,
                "writer": str(paper.enrollment.user),
                "path": reverse("assignments:desk-paper", args=[paper.assignment.session.slug, paper.pk]),
            },
            reply_to=paper.assignment.session.answers_to,
        )
        for notice in notices
        if notice.object_id in rows and (paper := rows[notice.object_id].submission)
    }


def _objects(notices: Sequence[Notice]) -> set[int]:
    return {notice.object_id for notice in notices}


PAPER_PASSED_ON = register(
    Kind(
        key="assignments.paper_passed_on",
        name="Papers that others answer for you",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="Somebody else answers {{ writer }}’s “{{ title }}”",
        why="you were asked to answer this paper in {{ session }}",
        lasts=timedelta(days=3),
        still_wanted=still_there,
        describe=describe,
    )
)
PAPER_TO_TAKE_OVER = register(
    Kind(
        key="assignments.paper_to_take_over",
        name="Papers that come to you from peers",
        lane=Lane.REMINDER,
        is_optional=False,
        audience=Audience.STAFF,
        roles=roles_with(Perm.READ_PAPERS),
        subject="A paper that no peer has answered: “{{ title }}”",
        why="you read papers in {{ session }}, where participants answer each other’s “{{ title }}”",
        lasts=timedelta(days=7),
        still_wanted=still_theirs,
        describe=describe,
    )
)
