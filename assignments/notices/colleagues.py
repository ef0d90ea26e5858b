"""Reading in a colleague's place: those who stand in and the one who is away are told that it is arranged, and that it
is over before its time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.models import User
from accounts.roles import Perm, roles_with
from assignments.models import Cover
from assignments.notices.covers import OVER, expires_with, who_heard
from assignments.notices.pairs import staff_among
from assignments.notices.waiting import waiting_reading
from notifications.hours import is_near
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Wanted, register
from notifications.models import Lane, Notice

# By a cover's key and a reader: how many papers wait.
Waiting = Counter[tuple[int, int]]


def cover_for_colleagues(cover: Cover, *, now: datetime) -> list[NoticeRequest]:
    """That it is arranged: to all of them but whoever arranged it."""
    others = [one for one in _everybody(cover) if one != cover.arranged_by]
    return [_told(cover, one, now=now, expires_at=expires_with(cover)) for one in others]


def cover_over_for_colleagues(cover: Cover, *, now: datetime) -> list[NoticeRequest]:
    """That somebody ended it, to all of them but that person; called off, to those who know of it."""
    others = [one for one in _everybody(cover) if one != cover.ended_by]
    if cover.was_called_off:
        heard = {*who_heard(cover, STANDS_IN, COVERED_FOR), cover.arranged_by_id}
        others = [one for one in others if one.pk in heard]
    return [_told(cover, one, now=now, occurrence=OVER) for one in others]


def standing(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """To those who read there: its beginning as long as it is not over, its end in any case."""
    covers = _covers(notices)
    reading = staff_among(
        (cover.session, one)
        for notice in notices
        if (cover := covers.get(notice.object_id)) and (one := notice.recipient)
    )
    said: dict[int, Wanted] = {}
    for notice in notices:
        cover = covers.get(notice.object_id)
        if cover is None:
            continue
        if (cover.session_id, notice.recipient_id) not in reading:
            said[notice.pk] = "they no longer read there"
        elif notice.occurrence != OVER and cover.is_over(now):
            said[notice.pk] = "it was called off" if cover.was_called_off else "it is over"
        else:
            said[notice.pk] = True
    return said


def describe(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Who reads in whose place, from when to when, of which sections, and how many papers wait."""
    covers = _covers(notices)
    waiting = _count_waiting(covers.values())
    return {
        notice.pk: Described(
            context={
                "session": str(cover.session),
                "program_zone": cover.session.zone,
                "away": str(cover.away),
                "readers": ", ".join(sorted(str(one) for one in cover.colleagues.all())),
                "sections": ", ".join(sorted(str(section) for section in cover.sections.all())),
                "starts_at": cover.starts_at,
                "ends_at": cover.ends_at,
                "has_begun": cover.began_at is not None,
                "is_over": notice.occurrence == OVER,
                "by": str(cover.ended_by if notice.occurrence == OVER else cover.arranged_by),
                "papers": waiting[cover.pk, notice.recipient_id or 0],
                "is_shared": len(cover.colleagues.all()) > 1,
                "path": reverse("assignments:desk-queue", args=[cover.session.slug]),
            },
            reply_to=cover.session.answers_to,
        )
        for notice in notices
        if (cover := covers.get(notice.object_id))
    }


def _told(
    cover: Cover, user: User, *, now: datetime, occurrence: str = "", expires_at: datetime | None = None
) -> NoticeRequest:
    """By itself where papers change hands now or within two days."""
    kind = COVERED_FOR if user == cover.away else STANDS_IN
    return kind.to(
        user,
        on=cover,
        occurrence=occurrence,
        scope=cover.session.scope,
        expires_at=expires_at,
        alone=is_near(cover.starts_at, now=now),
    )


def _everybody(cover: Cover) -> list[User]:
    return [cover.away, *cover.colleagues.all()]


def _covers(notices: Sequence[Notice]) -> dict[int, Cover]:
    named = Cover.objects.select_related("session__program", "away", "arranged_by", "ended_by")
    return named.prefetch_related("colleagues", "sections").in_bulk({notice.object_id for notice in notices})


def _count_waiting(covers: Iterable[Cover]) -> Waiting:
    """With each of the colleagues, and for whoever is away: before it begins what waits there; while it runs what
    came to them by it, and with them all; once it is over what waits with each whatever the way. One query."""
    known = {cover.pk: cover for cover in covers}
    people = {one.pk for cover in known.values() for one in _everybody(cover)}
    sessions = {cover.session_id for cover in known.values()}
    rows = waiting_reading().filter(user__in=people, submission__assignment__session__in=sessions)
    columns = ("user", "submission__assignment__session", "submission__enrollment__section", "cover")
    queues: dict[tuple[int, int], list[tuple[int | None, int | None]]] = defaultdict(list)
    for user, session, section, by in rows.values_list(*columns):
        queues[user, session].append((section, by))
    counted: Waiting = Counter()
    for cover in known.values():
        colleagues = [one.pk for one in cover.colleagues.all()]
        if cover.ended_at is not None:
            counted.update({(cover.pk, one.pk): len(queues[one.pk, cover.session_id]) for one in _everybody(cover)})
        elif cover.began_at is not None:
            for one in colleagues:
                came = sum(by == cover.pk for _, by in queues[one, cover.session_id])
                counted.update({(cover.pk, one): came, (cover.pk, cover.away_id): came})
        else:
            sections = {section.pk for section in cover.sections.all()}
            own = queues[cover.away_id, cover.session_id]
            there = sum(not sections or section in sections for section, _ in own)
            counted.update({(cover.pk, one): there for one in (cover.away_id, *colleagues)})
    return counted


STANDS_IN = register(
    Kind(
        key="assignments.stands_in",
        name="Papers that you read for a colleague",
        lane=Lane.REMINDER,
        is_optional=False,
        audience=Audience.STAFF,
        roles=roles_with(Perm.READ_PAPERS),
        subject="{% if is_over %}You do not read{% else %}You read{% endif %} in place of {{ away }}: {{ session }}",
        why="you read papers in {{ session }}",
        lasts=timedelta(days=7),
        still_wanted=standing,
        describe=describe,
    )
)
COVERED_FOR = register(
    Kind(
        key="assignments.covered_for",
        name="Who reads in your place",
        lane=Lane.REMINDER,
        is_optional=False,
        audience=Audience.STAFF,
        roles=roles_with(Perm.READ_PAPERS),
        subject="{% if is_over %}You read your own papers{% else %}Who reads in your place{% endif %}: {{ session }}",
        why="you read papers in {{ session }}",
        lasts=timedelta(days=7),
        still_wanted=standing,
        describe=describe,
    )
)
