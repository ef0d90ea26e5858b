"""That samples wait to be answered, each alone, before the table of them is opened."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.models import User
from accounts.roles import Perm, roles_with
from assignments.models import CalibrationAnswer, CalibrationLook, CalibrationPaper
from assignments.notices.pairs import reading_among
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Wanted, register
from notifications.models import Lane, Notice
from programs.models import Session


def samples_waiting(session: Session, recipient_id: int, now: datetime) -> NoticeRequest:
    """To somebody who reads there: one for all samples that come on a day of the program's."""
    day = now.astimezone(session.tz).date()
    return SAMPLES_WAITING.to(recipient_id, on=session, occurrence=day.isoformat(), scope=session.scope)


def still_waiting(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While they read there and one of the samples is still theirs to answer."""
    waiting = _waiting(notices)
    return {
        notice.pk: True
        if waiting.get((notice.object_id, notice.recipient_id or 0))
        else "they have answered, the tables are open, or they read no papers there"
        for notice in notices
    }


def describe(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """How many, of what, and where they are answered."""
    sessions = Session.objects.select_related("program").in_bulk({notice.object_id for notice in notices})
    waiting = _waiting(notices)
    return {
        notice.pk: Described(
            context={
                "session": str(session),
                "program_zone": session.zone,
                "samples": len(waiting.get((session.pk, notice.recipient_id or 0), ())),
                "path": reverse("assignments:desk-calibrations", args=[session.slug]),
            },
            reply_to=session.answers_to,
        )
        for notice in notices
        if (session := sessions.get(notice.object_id))
    }


def _waiting(notices: Sequence[Notice]) -> dict[tuple[int, int], set[int]]:
    """By session and reader, the samples that they could still answer and have not. Six queries."""
    closed: dict[int, set[int]] = defaultdict(set)
    rows = CalibrationPaper.objects.filter(session__in={notice.object_id for notice in notices}, opened_at=None)
    for session, paper in rows.values_list("session", "pk"):
        closed[session].add(paper)
    people = User.objects.in_bulk({notice.recipient_id for notice in notices if notice.recipient_id})
    sessions = Session.objects.in_bulk(closed)
    done: dict[int, set[int]] = defaultdict(set)
    for model in (CalibrationAnswer, CalibrationLook):
        for user, paper in model.objects.filter(paper__in=rows, user__in=people).values_list("user", "paper"):
            done[user].add(paper)
    asked = [
        (sessions[notice.object_id], people[notice.recipient_id])
        for notice in notices
        if notice.object_id in sessions and notice.recipient_id in people
    ]
    return {(session, user): closed[session] - done[user] for session, user in reading_among(asked)}


SAMPLES_WAITING = register(
    Kind(
        key="assignments.samples_waiting",
        name="Samples to read alike",
        lane=Lane.REMINDER,
        is_optional=False,
        audience=Audience.STAFF,
        roles=roles_with(Perm.READ_PAPERS),
        subject="{{ samples }} sample{{ samples|pluralize }} to answer: {{ session }}",
        why="you read papers in {{ session }}",
        lasts=timedelta(days=7),
        still_wanted=still_waiting,
        describe=describe,
    )
)
