"""The day of those who look after a session: what needs a hand, each morning, and nothing when nothing does."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from accounts.roles import Role, granted
from dashboards.office_desk import LOOKED_AFTER, Need, needs_of
from notifications.hours import morning_of
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Span, Wanted, register
from notifications.models import Lane, Notice
from programs.models import Appointment, Session

# Who answers for a session. Coordinators see the same on the office's desk.
TOLD = (Role.DIRECTOR, Role.HEAD_TEACHING_FELLOW)
# The next morning brings the next one.
LASTS = timedelta(hours=14)

# A person and a session, by their keys.
Pair = tuple[int, int]


def needy_sessions(span: Span) -> Iterator[NoticeRequest]:
    """In the morning of each director and head teaching fellow, one for each session in need. A constant number of
    queries, none while nobody's morning comes."""
    if not span.zones:
        return
    told = Appointment.objects.filter(role__in=TOLD, user__is_active=True, user__zone__in=span.zones)
    people = dict(told.values_list("user", "user__zone"))
    for person, session in found_needs(people, span.now):
        tz = ZoneInfo(people[person] or "UTC")
        for day in {span.since.astimezone(tz).date(), span.until.astimezone(tz).date()}:
            yield DAY_OF_OFFICE.to(
                person,
                on=(Session, session),
                occurrence=str(day),
                scope=f"session:{session}",
                send_at=morning_of(day, tz),
            )


def found_needs(people: Iterable[int], now: datetime, sessions: Iterable[int] | None = None) -> dict[Pair, list[Need]]:
    """What each of these may look after, where there is anything. A constant number of queries."""
    appointed = Appointment.objects.filter(user__in=set(people), user__is_active=True)
    by_session: dict[int, list[tuple[int, Role]]] = defaultdict(list)
    by_program: dict[int, list[tuple[int, Role]]] = defaultdict(list)
    for person, role, at_session, at_program in appointed.values_list("user", "role", "session", "program"):
        if at_session is not None:
            by_session[at_session].append((person, Role(role)))
        elif at_program is not None:
            by_program[at_program].append((person, Role(role)))
    rows = Session.objects.filter(pk__in=by_session) | Session.objects.filter(program__in=by_program)
    rows = rows.filter(work_ends_at__gt=now - LOOKED_AFTER).exclude(status=Session.Status.CANCELLED)
    if sessions is not None:
        rows = rows.filter(pk__in=set(sessions))
    looked_at = list(rows.select_related("program"))
    needs = needs_of(looked_at, now) if looked_at else {}
    found: dict[Pair, list[Need]] = {}
    for session in looked_at:
        roles: dict[int, set[Role]] = defaultdict(set)
        for person, role in (*by_session[session.pk], *by_program[session.program_id]):
            roles[person].add(role)
        for person, held in roles.items():
            perms = granted(frozenset(held))
            if theirs := [need for need in needs[session.pk] if need.perm in perms]:
                found[person, session.pk] = theirs
    return found


def _asked(notices: Sequence[Notice], now: datetime) -> dict[Pair, list[Need]]:
    people = {notice.recipient_id for notice in notices if notice.recipient_id}
    return found_needs(people, now, {notice.object_id for notice in notices})


def still_needy(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While anything needs a hand."""
    found = _asked(notices, now)
    return {
        notice.pk: True if (notice.recipient_id, notice.object_id) in found else "nothing needs a hand any more"
        for notice in notices
    }


def describe_needs(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """In the words of the office's desk: how many, where it is done; nobody's name."""
    found = _asked(notices, now)
    sessions = Session.objects.select_related("program").in_bulk({notice.object_id for notice in notices})
    return {
        notice.pk: Described(
            context={
                "needs": needs,
                "session": str(session),
                "program_zone": session.zone,
                "path": _first_page(needs, session),
            },
            reply_to=session.answers_to,
        )
        for notice in notices
        if (session := sessions.get(notice.object_id))
        and (needs := found.get((notice.recipient_id or 0, notice.object_id)))
    }


def _first_page(needs: Sequence[Need], session: Session) -> str:
    return needs[0].url if len(needs) == 1 else reverse("dashboards:week", args=[session.slug])


DAY_OF_OFFICE = register(
    Kind(
        key="dashboards.day_of_office",
        name="What needs a hand in your sessions",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.STAFF,
        roles=frozenset(TOLD),
        subject="What needs a hand in {{ session }}",
        why="you look after {{ session }}",
        lasts=LASTS,
        candidates=needy_sessions,
        still_wanted=still_needy,
        describe=describe_needs,
    )
)
