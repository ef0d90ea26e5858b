"""Who reads somebody's papers meanwhile: told once, in the words of whoever arranged it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from assignments.models import Cover, Submission
from cohorts.models import Enrollment
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Wanted, register
from notifications.models import Lane, Notice


def cover_arranged(cover: Cover, recipient_id: int, moved: Iterable[Submission]) -> NoticeRequest:
    """To a participant; `moved` are their papers whose answer is promised for another day now."""
    promises = [{"paper": paper.pk, "title": str(paper.assignment)} for paper in moved]
    return COVER_ARRANGED.to(recipient_id, on=cover, scope=cover.session.scope, context={"moved": promises})


def standing_covers(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """To people who still take part, as long as it was not called off."""
    covers = Cover.objects.filter(pk__in={notice.object_id for notice in notices})
    off = set(covers.filter(began_at__isnull=True, ended_at__isnull=False).values_list("pk", flat=True))
    people = Enrollment.objects.reading(now).working().filter(session__covers__in=covers)
    there = set(people.values_list("session__covers", "user"))
    said: dict[int, Wanted] = {}
    for notice in notices:
        if notice.object_id in off:
            said[notice.pk] = "it was called off"
        elif (notice.object_id, notice.recipient_id) not in there:
            said[notice.pk] = "they no longer take part"
        else:
            said[notice.pk] = True
    return said


def describe_covers(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """The words as they were written, and each promise as it stands."""
    covers = Cover.objects.select_related("session__program").in_bulk({notice.object_id for notice in notices})
    keys = {one["paper"] for notice in notices for one in notice.context["moved"]}
    papers = Submission.objects.with_promise().in_bulk(keys)
    return {
        notice.pk: Described(
            context={
                "message": cover.message,
                "session": str(cover.session),
                "program_zone": cover.session.zone,
                "moved": [
                    {"title": one["title"], "promised_at": papers[one["paper"]].promised_at}
                    for one in notice.context["moved"]
                    if not papers[one["paper"]].comes_later
                ],
            },
            reply_to=cover.session.answers_to,
        )
        for notice in notices
        if (cover := covers.get(notice.object_id))
    }


COVER_ARRANGED = register(
    Kind(
        key="assignments.cover_arranged",
        name="Who answers your papers",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="Who answers your papers in {{ session }}",
        why="you take part in {{ session }}",
        lasts=timedelta(days=7),
        still_wanted=standing_covers,
        describe=describe_covers,
    )
)
