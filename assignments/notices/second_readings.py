"""That papers wait for somebody's second reading: how many, never whose."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.roles import Perm, roles_with
from assignments.models import SecondReading, SecondSample
from assignments.models.second import KNOWING
from assignments.notices.pairs import holding_among, staff_among
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Wanted, register
from notifications.models import Lane, Notice


def second_readings_asked(sample: SecondSample, recipient_id: int) -> NoticeRequest:
    """To a second reader, once for a draw."""
    return SECOND_READINGS_ASKED.to(recipient_id, on=sample, scope=sample.assignment.session.scope)


def still_asked(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While some of them wait."""
    waiting = _waiting(notices)
    return {
        notice.pk: True
        if waiting[notice.object_id, notice.recipient_id or 0]
        else "they are done, were taken back, or are no longer theirs"
        for notice in notices
    }


def describe(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """How many, and where they are read."""
    rows = SecondSample.objects.select_related("assignment__item", "assignment__session__program").in_bulk(
        {notice.object_id for notice in notices}
    )
    waiting = _waiting(notices)
    return {
        notice.pk: Described(
            context={
                "title": sample.assignment.item.title,
                "session": str(sample.assignment.session),
                "program_zone": sample.assignment.session.zone,
                "papers": waiting[sample.pk, notice.recipient_id or 0],
                "path": reverse("assignments:desk-second", args=[sample.assignment.session.slug]),
            },
            reply_to=sample.assignment.session.answers_to,
        )
        for notice in notices
        if (sample := rows.get(notice.object_id))
    }


def _waiting(notices: Sequence[Notice]) -> Counter[tuple[int, int]]:
    """By draw and reader. Whoever teaches there no longer would open a page that is not theirs; so would whoever has
    come to see how papers are answered."""
    asked = SecondReading.objects.to_do().filter(sample__in={notice.object_id for notice in notices})
    rows = list(asked.select_related("sample__assignment__session", "reader__user"))
    asked_of = [(one.sample.assignment.session, one.reader.user) for one in rows]
    able = staff_among(asked_of) - holding_among(asked_of, KNOWING)
    return Counter(
        (one.sample_id, one.reader.user_id)
        for one in rows
        if (one.sample.assignment.session_id, one.reader.user_id) in able
    )


SECOND_READINGS_ASKED = register(
    Kind(
        key="assignments.second_readings_asked",
        name="Papers to read a second time",
        lane=Lane.REMINDER,
        is_optional=False,
        audience=Audience.STAFF,
        roles=roles_with(Perm.READ_PAPERS),
        subject="Papers to read a second time: “{{ title }}”",
        why="you read papers in {{ session }}",
        lasts=timedelta(days=7),
        still_wanted=still_asked,
        describe=describe,
    )
)
