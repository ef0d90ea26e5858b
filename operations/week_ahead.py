"""Monday 08:00: what this week brings a participant. Nothing to say, nothing sent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F
from django.urls import reverse

from accounts.models import User
from assignments.models import Assignment
from assignments.notices.pairs import pairs_of
from assignments.notices.reminders import is_to_be_handed_in
from coaching.models import Booking
from cohorts.models import Enrollment, Meeting
from cohorts.models.enrollment import EnrollmentQuerySet
from core.rules import Side, instant_of
from modules.models import Module
from notifications.hours import is_skipped, morning_of
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Span, Wanted, register
from notifications.models import Lane, Notice
from programs.models import Break, Session

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
NOTHING = "there is nothing to say of the week any more"


@dataclass(frozen=True)
class Asked:
    """One person, one session, and the week that begins on that Monday of their own clock."""

    person: int
    zone: str
    session: int
    monday: date

    @property
    def key(self) -> tuple[int, int, date]:
        return self.person, self.session, self.monday

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone or "UTC")

    def holds(self, at: datetime, now: datetime) -> bool:
        """Whether it lies in that week, and ahead."""
        return now < at and self.monday <= at.astimezone(self.tz).date() < self.monday + WEEK


@dataclass
class WeekAhead:
    """What there is to say, each in the order of time."""

    due: list[tuple[str, datetime]] = field(default_factory=list)
    opens: list[tuple[str, datetime]] = field(default_factory=list)
    meetings: list[tuple[str, datetime]] = field(default_factory=list)
    coaching: list[datetime] = field(default_factory=list)
    is_break: bool = False

    def __bool__(self) -> bool:
        """In a break people are left alone, unless something is due."""
        return bool(self.due or (not self.is_break and (self.opens or self.meetings or self.coaching)))


def weeks_ahead(span: Span) -> Iterator[NoticeRequest]:
    """In the Monday morning of each. A constant number of queries, none on other days."""
    mondays = {zone: monday for zone in span.zones if (monday := _monday_in(span, zone))}
    if not mondays:
        return
    places = Enrollment.objects.notified().filter(
        user__zone__in=mondays, session__access_ends_at__gt=span.now, session__starts_at__lte=span.until + WEEK
    )
    asked = [
        Asked(person, zone, session, mondays[zone])
        for person, zone, session in places.order_by().values_list("user", "user__zone", "session")
    ]
    weeks = weeks_of(asked, span.now)
    yield from (_request(one) for one in asked if weeks[one.key])


def skipped_weeks(user: User, was: ZoneInfo, now: datetime) -> Iterator[NoticeRequest]:
    """After the person has taken another zone: the Monday that was to come on the old clock and is past on the new."""
    today = now.astimezone(user.tz).date()
    monday = today - today.weekday() * DAY
    if not is_skipped(morning_of(monday, was), morning_of(monday, user.tz), now):
        return
    places = Enrollment.objects.notified().filter(user=user, session__access_ends_at__gt=now)
    asked = [Asked(user.pk, user.zone, session, monday) for session in places.values_list("session", flat=True)]
    weeks = weeks_of(asked, now)
    yield from (replace(_request(one), send_at=now) for one in asked if weeks[one.key])


def weeks_of(asked: Sequence[Asked], now: datetime) -> dict[tuple[int, int, date], WeekAhead]:
    """What is ahead of each; nothing for who is no longer told about the session. Six queries, none for nobody."""
    weeks: dict[tuple[int, int, date], WeekAhead] = defaultdict(WeekAhead)
    if not asked:
        return weeks
    by_pair: dict[tuple[int, int], list[Asked]] = defaultdict(list)
    for one in asked:
        by_pair[one.person, one.session].append(one)
    places = Enrollment.objects.notified().filter(
        user__in={one.person for one in asked}, session__in={one.session for one in asked}
    )
    rows = list(places.values_list("pk", "user", "session", "section"))
    # A day to each side, because people's Mondays begin at different moments.
    since = max(now, instant_of(min(one.monday for one in asked) - DAY, time(0), "UTC", Side.RELEASE))
    until = instant_of(max(one.monday for one in asked) + WEEK + DAY, time(0), "UTC", Side.RELEASE)

    def tell(pair: tuple[int, int], sort: str, at: datetime, said: object) -> None:
        for one in by_pair[pair]:
            if one.holds(at, now):
                getattr(weeks[one.key], sort).append(said)

    for title, at, pair in _due(places, since, until, now):
        tell(pair, "due", at, (title, at))
    pairs = {place: (person, session) for place, person, session, _ in rows}
    for title, at, place in _openings(places, since, until):
        tell(pairs[place], "opens", at, (title, at))
    for meeting in _meetings({session for _, _, session, _ in rows}, since, until):
        for _, person, session, section in rows:
            if meeting.session_id == session and meeting.section_id in (None, section):
                tell((person, session), "meetings", meeting.starts_at, (meeting.title, meeting.starts_at))
    for at, place in _coaching(places, since, until):
        tell(pairs[place], "coaching", at, at)
    _note_breaks(weeks)
    return weeks


def _due(
    places: EnrollmentQuerySet, since: datetime, until: datetime, now: datetime
) -> Iterator[tuple[str, datetime, tuple[int, int]]]:
    work = pairs_of(places.working(), Assignment.objects.all(), now).due_between(since, until)
    for one in work.order_by("own_due_at", "pk"):  # type: ignore[misc]
        if one.is_theirs and is_to_be_handed_in(one):
            yield one.item.title, one.own_due_at, (one.person, one.session_id)


def _openings(places: EnrollmentQuerySet, since: datetime, until: datetime) -> Iterator[tuple[str, datetime, int]]:
    """What opens at its instant: of what waits for work nobody knows when."""
    rows = Module.objects.for_each_of(places).filter(  # type: ignore[misc]
        is_ready=True, opens_at__gt=since, opens_at__lte=until, opens_at=F("releases_at")
    )
    for module in rows.defer("introduction").order_by("releases_at", "position"):
        assert module.opens_at is not None  # noqa: S101 - it lies in the span
        yield str(module), module.opens_at, module.whose


def _meetings(sessions: Iterable[int], since: datetime, until: datetime) -> Iterable[Meeting]:
    ahead = Meeting.objects.still_ahead(since).filter(session__in=set(sessions), starts_at__lte=until)
    return ahead.order_by("starts_at", "pk")


def _coaching(places: EnrollmentQuerySet, since: datetime, until: datetime) -> Iterable[tuple[datetime, int]]:
    booked = Booking.objects.filter(
        enrollment__in=places, cancelled_at__isnull=True, starts_at__gt=since, starts_at__lte=until
    )
    return booked.order_by("starts_at").values_list("starts_at", "enrollment")


def _note_breaks(weeks: dict[tuple[int, int, date], WeekAhead]) -> None:
    breaks: dict[int, list[Break]] = defaultdict(list)
    for pause in Break.objects.filter(session__in={session for _, session, _ in weeks}):
        breaks[pause.session_id].append(pause)
    for (_, session, monday), week in weeks.items():
        week.is_break = any(pause.starts_on <= monday <= pause.ends_on for pause in breaks[session])


def still_ahead(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While anything is left to say."""
    asked = _read(notices)
    weeks = weeks_of(list(asked.values()), now)
    return {pk: True if weeks[one.key] else NOTHING for pk, one in asked.items()}


def describe_weeks(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """As it is now: what has passed since is left out."""
    asked = _read(notices)
    weeks = weeks_of(list(asked.values()), now)
    sessions = Session.objects.select_related("program").in_bulk({one.session for one in asked.values()})
    return {
        pk: Described(
            context={
                "monday": one.monday,
                "due": week.due,
                "opens": week.opens,
                "meetings": week.meetings,
                "coaching": week.coaching,
                "session": str(session),
                "program_zone": session.zone,
                "path": reverse("dashboards:week", args=[session.slug]),
            },
            reply_to=session.answers_to,
        )
        for pk, one in asked.items()
        if (session := sessions.get(one.session)) and (week := weeks[one.key])
    }


def _read(notices: Sequence[Notice]) -> dict[int, Asked]:
    return {
        notice.pk: Asked(
            notice.recipient.pk, notice.recipient.zone, notice.object_id, date.fromisoformat(notice.occurrence)
        )
        for notice in notices
        if notice.recipient is not None
    }


def _monday_in(span: Span, zone: str) -> date | None:
    """The Monday whose morning falls into that time; the last of several."""
    tz = ZoneInfo(zone or "UTC")
    today = span.until.astimezone(tz).date()
    monday = today - today.weekday() * DAY
    return monday if morning_of(monday, tz) in span else None


def _request(one: Asked) -> NoticeRequest:
    return WEEK_AHEAD.to(
        one.person,
        on=(Session, one.session),
        occurrence=one.monday.isoformat(),
        scope=f"session:{one.session}",
        send_at=morning_of(one.monday, one.tz),
    )


WEEK_AHEAD = register(
    Kind(
        key="operations.week_ahead",
        name="Your week",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="Your week in {{ session }}",
        why="you take part in {{ session }}",
        candidates=weeks_ahead,
        still_wanted=still_ahead,
        describe=describe_weeks,
    )
)
