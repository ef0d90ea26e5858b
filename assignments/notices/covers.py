"""Who reads somebody's papers meanwhile: told once, in the words of whoever arranged it; and once more, to those who
know of it, where somebody ends it before its time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from assignments.models import Cover, Submission
from cohorts.models import Enrollment
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Wanted, register
from notifications.models import Lane, Notice, NoticeQuerySet

LASTS = timedelta(days=7)
# Of what is told about a cover: that somebody has ended it or called it off.
OVER = "over"


def cover_arranged(cover: Cover, recipient_id: int, moved: Iterable[Submission]) -> NoticeRequest:
    """To a participant; `moved` are their papers whose answer is promised for another day now."""
    promises = [{"paper": paper.pk, "title": str(paper.assignment)} for paper in moved]
    return COVER_ARRANGED.to(
        recipient_id,
        on=cover,
        scope=cover.session.scope,
        # A promise holds beyond the cover.
        expires_at=None if promises else expires_with(cover),
        context={"moved": promises},
    )


def cover_over(cover: Cover, recipient_id: int) -> NoticeRequest:
    """To a participant who knows of it."""
    return COVER_ARRANGED.to(recipient_id, on=cover, occurrence=OVER, scope=cover.session.scope, context={"moved": []})


def expires_with(cover: Cover) -> datetime | None:
    """When its beginning is told in vain, where that is sooner than it would be anyway."""
    if cover.ends_at is None or cover.ends_at >= cover.arranged_at + LASTS:
        return None
    return cover.ends_at


def hold_covers_notices(cover: Cover) -> None:
    """Lock what is told about a cover until the transaction ends: what no sender has taken by now is asked about only
    once the cover is seen to be over, so that `who_heard` stays true."""
    list(_notices_about(cover).select_for_update().order_by("pk").values_list("pk"))


def who_heard(cover: Cover, *kinds: Kind) -> "QuerySet[Notice, int | None]":
    """The keys of those who may know that it was arranged; a subquery, nothing is fetched."""
    told = _notices_about(cover).filter(kind__in=[kind.key for kind in kinds or (COVER_ARRANGED,)], occurrence="")
    return told.heard().values_list("recipient", flat=True)


def _notices_about(cover: Cover) -> NoticeQuerySet:
    return Notice.objects.filter(object_type=Cover._meta.label_lower, object_id=cover.pk)


def standing_covers(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """To people who still take part: its beginning as long as it is not over, or a promise was moved with it; its end
    unless another cover has begun since."""
    covers = Cover.objects.in_bulk({notice.object_id for notice in notices})
    people = Enrollment.objects.reading(now).working().filter(session__covers__in=covers)
    there = set(people.values_list("session__covers", "user"))
    ahead = _promises_ahead(notices, now)
    followed = _followed([notice for notice in notices if notice.occurrence == OVER], covers)
    said: dict[int, Wanted] = {}
    for notice in notices:
        cover = covers.get(notice.object_id)
        if cover is None:
            continue
        if (cover.pk, notice.recipient_id) not in there:
            said[notice.pk] = "they no longer take part"
        elif notice.pk in followed:
            said[notice.pk] = "another cover has begun since"
        elif notice.occurrence != OVER and cover.is_over(now) and notice.pk not in ahead:
            said[notice.pk] = "it was called off" if cover.was_called_off else "it is over"
        else:
            said[notice.pk] = True
    return said


def _promises_ahead(notices: Sequence[Notice], now: datetime) -> set[int]:
    """Those that tell of a promise for a day that lies ahead."""
    papers = _promised(notices)
    return {
        notice.pk
        for notice in notices
        for one in notice.context["moved"]
        if (paper := papers[one["paper"]]).promised_at and paper.promised_at > now and not paper.comes_later
    }


def _followed(notices: Sequence[Notice], covers: dict[int, Cover]) -> set[int]:
    """Of those that tell of an end: where somebody reads in the same person's place again, and it is told."""
    whose = {notice.pk: covers[notice.object_id] for notice in notices if notice.object_id in covers}
    if not whose:
        return set()
    here = {(cover.away_id, cover.session_id) for cover in whose.values()}
    running = Cover.objects.running().filter(away__in={away for away, _ in here}, session__in={at for _, at in here})
    since = {pk: (away, session) for pk, away, session in running.values_list("pk", "away", "session")}
    told = Notice.objects.filter(
        kind=COVER_ARRANGED.key,
        object_type=Cover._meta.label_lower,
        object_id__in=since,
        recipient__in={notice.recipient_id for notice in notices},
        occurrence="",
    )
    again = {(recipient, since[pk]) for recipient, pk in told.values_list("recipient", "object_id")}
    return {
        notice.pk
        for notice in notices
        if (cover := whose.get(notice.pk)) and (notice.recipient_id, (cover.away_id, cover.session_id)) in again
    }


def _promised(notices: Sequence[Notice]) -> dict[int, Submission]:
    keys = {one["paper"] for notice in notices for one in notice.context["moved"]}
    return Submission.objects.with_promise().in_bulk(keys)


def describe_covers(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """The words as they were written, and each promise as it stands. Of a beginning that is past only the promises."""
    covers = Cover.objects.select_related("session__program").in_bulk({notice.object_id for notice in notices})
    papers = _promised(notices)
    return {
        notice.pk: Described(
            context={
                "message": _words(cover, notice, now),
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


def _words(cover: Cover, notice: Notice, now: datetime) -> str:
    if notice.occurrence == OVER:
        return cover.end_message
    return "" if cover.is_over(now) else cover.message


COVER_ARRANGED = register(
    Kind(
        key="assignments.cover_arranged",
        name="Who answers your papers",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="Who answers your papers in {{ session }}",
        why="you take part in {{ session }}",
        lasts=LASTS,
        still_wanted=standing_covers,
        describe=describe_covers,
    )
)
