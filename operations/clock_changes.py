"""What the changing of clocks does to people's times: told in the week before, to those whose times move."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from django.urls import reverse

from accounts.models import User
from assignments.models import Assignment
from assignments.notices.pairs import pairs_of
from assignments.notices.reminders import is_to_be_handed_in
from cohorts.models import Enrollment, Meeting, SectionFellow
from core.clock_changes import ClockChange, changes_between, difference
from core.zones import say_zone
from notifications.hours import morning_of
from notifications.kinds import Described, Kind, NoticeRequest, Span, Wanted, instant_key, register
from notifications.models import Lane, Notice
from programs.models import Session

DAY = timedelta(days=1)
# Clocks change on Sundays as a rule: it is told in the mail of the Monday before.
DAYS_BEFORE = 6
# So far one looks for what is moved. Later the next change has its own mail.
AHEAD = timedelta(weeks=4)


@dataclass(frozen=True)
class Moved:
    """Something that is fixed on the program's clock: from then on at another time of the person's."""

    title: str
    # The first that is moved.
    at: datetime
    # By the person's clock, as it would have been.
    was: str


@dataclass
class Effect:
    """What one change does to one person in one session."""

    moved: list[Moved] = field(default_factory=list)
    # What is due in modules that are not open yet: that it moves too, not what it is.
    moves_more: bool = False

    def __bool__(self) -> bool:
        return bool(self.moved) or self.moves_more


@dataclass(frozen=True)
class Asked:
    """One person, the session, and the change."""

    person: int
    zone: str
    session: Session
    change: ClockChange

    @property
    def key(self) -> tuple[int, int, datetime]:
        return self.person, self.session.pk, self.change.at

    def difference_is_another(self, at: datetime) -> bool:
        """Whether it moves what happens then."""
        own, program = ZoneInfo(self.zone), self.session.tz
        return difference(at, own, program) != self.change.before

    def was(self, at: datetime) -> str:
        """When it would have been on the person's clock."""
        return f"{at.astimezone(self.session.tz).replace(tzinfo=None) + self.change.before:%H:%M}"


def clock_changes(span: Span) -> Iterator[NoticeRequest]:
    """In the morning six days before, to those whose meetings or deadlines move. Six queries, most days one."""
    zones = [zone for zone in span.zones if zone]
    running = list(Session.objects.published().filter(access_ends_at__gt=span.now)) if zones else []
    by_zone: dict[str, list[Session]] = defaultdict(list)
    for session in running:
        by_zone[session.zone].append(session)
    told = {
        (zone, program): changes
        for zone, program in product(zones, by_zone)
        if (changes := [change for change in _announced(zone, program, span) if _send_at(change, zone) in span])
    }
    if not told:
        return
    asked = _everybody(told, by_zone)
    effects = effects_on(asked, span.now)
    yield from (_request(one) for one in asked if effects[one.key])


def skipped_clock_changes(user: User, was: ZoneInfo, now: datetime) -> Iterator[NoticeRequest]:
    """After the person has taken another zone: what would have been told by its clock already, to go now."""
    if not user.zone:
        return
    sessions = Session.objects.published().filter(access_ends_at__gt=now)
    asked = [
        Asked(user.pk, user.zone, session, change)
        for session in sessions.filter(pk__in=_sessions_of(user))
        for change in changes_between(user.tz, session.tz, now, now + (DAYS_BEFORE + 1) * DAY)
        if _send_at(change, user.zone) <= now
    ]
    effects = effects_on(asked, now)
    yield from (_request(one, send_at=now) for one in asked if effects[one.key])


def effects_on(asked: Sequence[Asked], now: datetime) -> dict[tuple[int, int, datetime], Effect]:
    """What moves for each; nothing for who is no longer told about the session. Four queries, none for nobody."""
    effects: dict[tuple[int, int, datetime], Effect] = defaultdict(Effect)
    if not asked:
        return effects
    people, sessions = {one.person for one in asked}, {one.session for one in asked}
    since, until = min(one.change.at for one in asked), max(one.change.at for one in asked) + AHEAD
    places = Enrollment.objects.notified().filter(user__in=people, session__in=sessions)
    groups: dict[tuple[int, int], set[int | None]] = defaultdict(set)
    for person, session, section in places.values_list("user", "session", "section"):
        groups[person, session] |= {None, section}
    fellows = SectionFellow.objects.filter(user__in=people, user__is_active=True, section__session__in=sessions)
    for person, session, section in fellows.values_list("user", "section__session", "section"):
        groups[person, session] |= {None, section}
    meetings: dict[int, list[Meeting]] = defaultdict(list)
    ahead = Meeting.objects.still_ahead(since).filter(session__in=sessions, starts_at__lte=until)
    for meeting in ahead.order_by("starts_at", "pk"):
        meetings[meeting.session_id].append(meeting)
    due: dict[tuple[int, int], list[Assignment]] = defaultdict(list)
    work = pairs_of(places.working(), Assignment.objects.all(), now)
    for one in work.due_between(since, until).order_by("own_due_at", "pk"):  # type: ignore[misc]
        if is_to_be_handed_in(one):
            due[one.person, one.session_id].append(one)
    for asking in asked:
        pair = (asking.person, asking.session.pk)
        goes_to = [one for one in meetings[asking.session.pk] if one.section_id in groups[pair]]
        effects[asking.key] = _effect(asking, goes_to, due[pair])
    return effects


def _effect(asking: Asked, meetings: Iterable[Meeting], due: Iterable[Assignment]) -> Effect:
    effect, last = Effect(), asking.change.at + AHEAD
    open_work = [(work.item.title, work.own_due_at, work.is_theirs) for work in due]
    known: set[tuple[str, str, str]] = set()
    for title, at, is_shown in [*((one.title, one.starts_at, True) for one in meetings), *open_work]:
        if not asking.change.at <= at <= last or not asking.difference_is_another(at):
            continue
        if not is_shown:
            effect.moves_more = True
            continue
        # Week by week the same: said once.
        same = (title, f"{at.astimezone(ZoneInfo(asking.zone)):%H:%M}", asking.was(at))
        if same not in known:
            known.add(same)
            effect.moved.append(Moved(title, at, asking.was(at)))
    return effect


def still_changing(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While the person lives by that clock, both clocks do so, and something moves."""
    asked, answers = _read(notices)
    effects = effects_on(list(asked.values()), now)
    for pk, one in asked.items():
        answers[pk] = True if effects[one.key] else "nothing of this person moves"
    return answers


def describe_changes(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Whose clocks change when, and what is when from then on."""
    asked, _ = _read(notices)
    effects = effects_on(list(asked.values()), now)
    return {
        pk: Described(
            context={
                "changes_on": _day_of(one.change, one.zone),
                "changing": _changing(one),
                "moved": effects[one.key].moved,
                "moves_more": effects[one.key].moves_more,
                "session": str(one.session),
                "program_zone": one.session.zone,
                "path": reverse("dashboards:week", args=[one.session.slug]),
            },
            reply_to=one.session.answers_to,
        )
        for pk, one in asked.items()
    }


def _read(notices: Sequence[Notice]) -> tuple[dict[int, Asked], dict[int, Wanted]]:
    """What each notice tells of as things are now, or why it tells of nothing. One query."""
    sessions = Session.objects.select_related("program").in_bulk({notice.object_id for notice in notices})
    asked: dict[int, Asked] = {}
    answers: dict[int, Wanted] = {}
    for notice in notices:
        moment, _, zone = notice.occurrence.partition(" ")
        at, session, person = datetime.fromisoformat(moment), sessions.get(notice.object_id), notice.recipient
        if session is None or person is None:
            continue
        if person.zone != zone:
            answers[notice.pk] = "the person lives by another clock now"
            continue
        found = list(changes_between(ZoneInfo(zone), session.tz, at - DAY, at + DAY))
        change = next((change for change in found if change.at == at), None)
        if change is None:
            answers[notice.pk] = "the clocks do not change then"
        else:
            asked[notice.pk] = Asked(person.pk, zone, session, change)
    return asked, answers


def _everybody(told: dict[tuple[str, str], list[ClockChange]], by_zone: dict[str, list[Session]]) -> list[Asked]:
    """Of those zones: who takes part in these sessions or leads a section there. Two queries."""
    zones = {zone for zone, _ in told}
    sessions = {session.pk: session for _, program in told for session in by_zone[program]}
    places = Enrollment.objects.notified().filter(user__zone__in=zones, session__in=sessions)
    leading = SectionFellow.objects.filter(user__zone__in=zones, user__is_active=True, section__session__in=sessions)
    people = set(places.order_by().values_list("user", "user__zone", "session"))
    people |= set(leading.order_by().values_list("user", "user__zone", "section__session"))
    return [
        Asked(person, zone, sessions[session], change)
        for person, zone, session in sorted(people)
        for change in told.get((zone, sessions[session].zone), ())
    ]


def _sessions_of(user: User) -> set[int]:
    places = Enrollment.objects.notified().filter(user=user).values_list("session", flat=True)
    return {*places, *SectionFellow.objects.filter(user=user).values_list("section__session", flat=True)}


def _announced(zone: str, program: str, span: Span) -> Iterator[ClockChange]:
    ahead = DAYS_BEFORE * DAY
    return changes_between(ZoneInfo(zone), ZoneInfo(program), span.since + ahead - DAY, span.until + ahead + 2 * DAY)


def _day_of(change: ClockChange, zone: str) -> date:
    return change.at.astimezone(ZoneInfo(zone)).date()


def _send_at(change: ClockChange, zone: str) -> datetime:
    return morning_of(_day_of(change, zone) - DAYS_BEFORE * DAY, ZoneInfo(zone))


def _changing(one: Asked) -> list[str]:
    """The names of the zones whose own clocks change."""
    just_before, at = one.change.at - DAY, one.change.at
    zones = dict.fromkeys((one.session.zone, one.zone))
    return [
        say_zone(zone)
        for zone in zones
        if just_before.astimezone(ZoneInfo(zone)).utcoffset() != at.astimezone(ZoneInfo(zone)).utcoffset()
    ]


def _request(one: Asked, send_at: datetime | None = None) -> NoticeRequest:
    return CLOCK_CHANGE.to(
        one.person,
        on=one.session,
        occurrence=f"{instant_key(one.change.at)} {one.zone}",
        scope=one.session.scope,
        send_at=send_at or _send_at(one.change, one.zone),
        expires_at=one.change.at,
    )


CLOCK_CHANGE = register(
    Kind(
        key="operations.clock_change",
        name="Clocks that change",
        lane=Lane.REMINDER,
        is_optional=True,
        subject="Other times from {% on_day changes_on %}: the clocks change",
        why="you belong to {{ session }} and live by another clock",
        candidates=clock_changes,
        still_wanted=still_changing,
        describe=describe_changes,
    )
)
