"""Changing the dates of a session: what was meant is resolved again where it is still to come, and shown beforehand.

What has happened stays: a module that is open, a deadline that has passed, a meeting that was held.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count

from accounts.models import User
from announcements.services import follow_program_time
from assignments.models import Assignment
from assignments.services import (
    Deadline,
    DeadlineRefused,
    Loss,
    change_deadlines,
    check_still_ahead,
    deadline_of,
    find_losses,
    resolve_close,
    resolve_deadline,
)
from audit.services import record
from cohorts.models import Enrollment, Meeting
from cohorts.services import move_meeting
from core.rules import BreakSpan, Rule, Side, TermCalendar, instant_of
from core.windows import ON_TIME_GRACE
from modules.models import Module
from modules.services import (
    AlreadyReleased,
    ReleaseRefused,
    change_releases,
    check_not_released,
    check_release_ahead,
    resolve_release,
)
from operations.weeks import DatesDoNotFit, check_days, read_calendar
from programs.models import Break, Session
from programs.models.session import LAST_MINUTE

DAYS = {
    "starts_on": "Start",
    "teaching_ends_on": "End of teaching",
    "work_ends_on": "End of work",
    "access_ends_on": "End of access",
    "applications_close_on": "End of applications",
}


@dataclass(frozen=True, kw_only=True)
class DateChanges:
    """What is to become different; None, and a row that is not named, stay as they are.

    Rules are named by the key of the row. Of `closes` None means: with the session's work.
    """

    starts_on: date | None = None
    teaching_ends_on: date | None = None
    work_ends_on: date | None = None
    access_ends_on: date | None = None
    applications_close_on: date | None = None
    zone: str | None = None
    breaks: tuple[BreakSpan, ...] | None = None
    releases: Mapping[int, Rule] = field(default_factory=dict)
    deadlines: Mapping[int, Rule] = field(default_factory=dict)
    closes: Mapping[int, Rule | None] = field(default_factory=dict)
    # Meetings keep their teaching week when weeks move; without this they keep their date.
    meetings_follow: bool = True


@dataclass(frozen=True)
class DateRow:
    """One line of what changes: days for the session's own dates, instants for everything else."""

    what: str
    old: date | datetime | None
    new: date | datetime | None
    # How many people would have less time by it.
    losing: int = 0


@dataclass(frozen=True)
class Overhang:
    """Something that would come to lie after the end of teaching, or of work, and did not before."""

    what: str
    at: datetime
    after: str
    people: int


@dataclass(frozen=True)
class Preview:
    """What a change would do. With `problems` it cannot be made; with `losses` their keys have to be confirmed.

    `overhangs` are allowed, and easily overlooked.
    """

    rows: tuple[DateRow, ...]
    losses: tuple[Loss, ...]
    problems: tuple[str, ...]
    overhangs: tuple[Overhang, ...] = ()


def preview_dates(*, session: Session, changes: DateChanges, now: datetime) -> Preview:
    """What would change, without changing it. Raises DatesDoNotFit when the weeks themselves cannot be made."""
    return _Plan(session, changes, now).preview()


@transaction.atomic
def change_dates(
    *,
    session: Session,
    changes: DateChanges,
    confirmed: Collection[str] = (),
    actor: User,
    now: datetime,
    reason: str = "",
) -> Preview:
    """Change dates, zone, breaks or rules of a session, all of it or nothing; gives what was changed.

    A deadline that people have seen comes earlier only when `confirmed` holds the key of each loss, and whoever has
    begun keeps the old one by an extension. Members are told of meetings that move; reminders follow by themselves.
    Locks the session's row, then those of its modules and assignments.
    Raises DatesDoNotFit, TimeWouldShrink.
    """
    locked = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    list(Module.objects.select_for_update(no_key=True).filter(session=locked).order_by("pk").values("pk"))
    list(Assignment.objects.select_for_update(no_key=True).filter(session=locked).order_by("pk").values("pk"))
    plan = _Plan(locked, changes, now)
    preview = plan.preview()
    if preview.problems:
        raise DatesDoNotFit(preview.problems)
    # Deadlines first: whose time shrinks is asked of the modules as they stood.
    change_deadlines(changes=plan.deadlines, confirmed=confirmed, actor=actor, now=now, reason=reason)
    change_releases(changes=plan.releases, actor=actor, now=now, reason=reason)
    _write_session(locked, plan, actor, now, reason)
    follow_program_time(session=locked, now=now)
    for meeting, day, _ in plan.meetings:
        move_meeting(meeting=meeting, on_date=day, at_time=meeting.at_time, actor=actor, now=now, reason=reason)
    session.refresh_from_db()
    return preview


def _write_session(session: Session, plan: "_Plan", actor: User, now: datetime, reason: str) -> None:
    before, after = _as_recorded(session, plan.old_calendar), _as_recorded(plan.session, plan.calendar)
    if before == after:
        return
    for name in (*DAYS, "zone"):
        setattr(session, name, getattr(plan.session, name))
    session.save()
    if plan.calendar.breaks != plan.old_calendar.breaks:
        session.breaks.all().delete()
        Break.objects.bulk_create(
            Break(session=session, name=span.name, starts_on=span.starts_on, ends_on=span.ends_on)
            for span in plan.calendar.breaks
        )
    record(
        actor=actor,
        verb="changed the dates of the session",
        on=session,
        before={name: value for name, value in before.items() if after[name] != value},
        after={name: value for name, value in after.items() if before[name] != value},
        reason=reason,
        scope=session.scope,
        now=now,
    )


def _as_recorded(session: Session, calendar: TermCalendar) -> dict[str, object]:
    breaks = [f"{span.name}: {span.starts_on} to {span.ends_on}" for span in calendar.breaks]
    return {name: getattr(session, name) for name in (*DAYS, "zone")} | {"breaks": breaks}


class _Plan:
    """The session as it would be, and every row that would become different."""

    def __init__(self, session: Session, changes: DateChanges, now: datetime) -> None:
        self.old, self.changes, self.now = session, changes, now
        self.problems: list[str] = []
        self.old_calendar = session.calendar()
        self.session = self._changed_session()
        breaks = self.old_calendar.breaks if changes.breaks is None else changes.breaks
        self.calendar = read_calendar(self.session.starts_on, self.session.zone, breaks)
        self.session.resolve_days()
        self.modules = list(Module.objects.filter(session=session).order_by("position"))
        self.releases = [found for module in self.modules if (found := self._release_of(module))]
        self._opens = {module.pk: module.releases_at for module in self.modules}
        self._opens |= {module.pk: releases_at for module, _, releases_at in self.releases}
        self.works = self._assignments()
        self.deadlines = [moved for work in self.works if (moved := self._deadline_of(work))]
        self.meetings_ahead = self._meetings_ahead()
        self.meetings = [later for meeting in self.meetings_ahead if (later := self._meeting_of(meeting))]

    def preview(self) -> Preview:
        """In the order in which a reader looks: the session, then its curriculum, then its meetings."""
        losses = [] if self.problems else find_losses(self.deadlines, self.now)
        rows = [*self._session_rows()]
        rows += [
            DateRow(f"{module.short_name} opens", module.releases_at, releases_at)
            for module, _, releases_at in self.releases
            if module.releases_at != releases_at
        ]
        for work, new in self.deadlines:
            losing = sum(loss.assignment_id == work.pk for loss in losses)
            name = f"{work.item.module.short_name}, “{work.item.title}”"
            if work.due_at != new.due_at:
                rows.append(DateRow(f"{name} is due", work.due_at, new.due_at, losing))
            if work.closes_at != new.closes_at:
                rows.append(DateRow(f"{name} closes", work.closes_at, new.closes_at, losing))
        rows += [DateRow(name_meeting(meeting), meeting.starts_at, at) for meeting, _, at in self.meetings]
        return Preview(tuple(rows), tuple(losses), tuple(self.problems), tuple(self._overhangs()))

    def _overhangs(self) -> Iterator[Overhang]:
        """Whatever comes to lie after an end of its session; what lay there before was meant so."""
        everybody, by_section = self._people()
        opening = {module.pk: releases_at for module, _, releases_at in self.releases}
        for module in self.modules:
            yield from self._overhang(
                f"{module.short_name} opens", module.releases_at, opening.get(module.pk, module.releases_at), everybody
            )
        due = {work.pk: deadline.due_at for work, deadline in self.deadlines}
        for work in self.works:
            name = f"{work.item.module.short_name}, “{work.item.title}” is due"
            yield from self._overhang(name, work.due_at, due.get(work.pk, work.due_at), everybody)
        meets = {meeting.pk: starts_at for meeting, _, starts_at in self.meetings}
        for meeting in self.meetings_ahead:
            people = by_section[meeting.section_id] if meeting.section_id else everybody
            yield from self._overhang(
                name_meeting(meeting), meeting.starts_at, meets.get(meeting.pk, meeting.starts_at), people
            )

    def _overhang(self, what: str, old: datetime, new: datetime, people: int) -> Iterator[Overhang]:
        ends = (("work_ends_on", "the end of work"), ("teaching_ends_on", "the end of teaching"))
        for name, words in ends:
            if new > _end_of(self.session, name):
                if old <= _end_of(self.old, name):
                    yield Overhang(what, new, words, people)
                return

    def _people(self) -> tuple[int, Counter[int | None]]:
        """Those who do the work of the session, and how many of them each section has. One query."""
        working = Enrollment.objects.working().filter(session=self.old).order_by()
        by_section = Counter(dict(working.values_list("section").annotate(people=Count("pk"))))
        return by_section.total(), by_section

    def _changed_session(self) -> Session:
        session = copy(self.old)
        for name in DAYS:
            value = getattr(self.changes, name)
            if value is not None:
                setattr(session, name, value)
        session.zone = self.changes.zone or session.zone
        self.problems += check_days(session)
        return session

    def _session_rows(self) -> Sequence[DateRow]:
        return [
            DateRow(label, old, new)
            for name, label in DAYS.items()
            if (old := getattr(self.old, name)) != (new := getattr(self.session, name))
        ]

    def _release_of(self, module: Module) -> tuple[Module, Rule, datetime] | None:
        """What its opening becomes; None where nothing changes, or nothing can (and a problem is noted)."""
        assert module.release_rule is not None  # noqa: S101 - for the types
        rule = self.changes.releases.get(module.pk, module.release_rule)
        is_moved = rule != module.release_rule
        if module.releases_at <= self.now and not is_moved:
            return None
        try:
            if is_moved:
                check_not_released(module, self.now)
            releases_at = resolve_release(rule, self.calendar)
            if is_moved or releases_at != module.releases_at:
                check_release_ahead(rule, releases_at, self.now)
        except (AlreadyReleased, ReleaseRefused) as refused:
            self.problems.append(f"{module.short_name}: {refused}")
            return None
        return (module, rule, releases_at) if is_moved or releases_at != module.releases_at else None

    def _assignments(self) -> Sequence[Assignment]:
        rows = list(
            Assignment.objects.filter(session=self.old)
            .select_related("item__module")
            .order_by("item__module__position", "item__position")
        )
        for work in rows:
            work.session = self.session
        return rows

    def _deadline_of(self, work: Assignment) -> tuple[Assignment, Deadline] | None:
        old = deadline_of(work)
        due_rule = self.changes.deadlines.get(work.pk, old.due_rule)
        closes_rule = self.changes.closes.get(work.pk, old.closes_rule)
        is_moved = (due_rule, closes_rule) != (old.due_rule, old.closes_rule)
        if not is_moved and _is_over(old.closes_at, self.now):
            return None
        is_gone = not is_moved and _is_over(old.due_at, self.now)
        try:
            new = self._resolved_close(old) if is_gone else self._resolved(work, due_rule, closes_rule)
            check_still_ahead(work, new, self.now)
        except DeadlineRefused as refused:
            self.problems.append(f"{work.item.module.short_name}, “{work.item.title}”: {refused}")
            return None
        return None if new == old else (work, new)

    def _resolved_close(self, old: Deadline) -> Deadline:
        """A deadline that has passed stays; until when late work is taken may still change."""
        closes_at = resolve_close(old.closes_rule, calendar=self.calendar, work_ends_at=self.session.work_ends_at)
        return replace(old, closes_at=max(closes_at, old.due_at))

    def _resolved(self, work: Assignment, due_rule: Rule, closes_rule: Rule | None) -> Deadline:
        return resolve_deadline(
            due_rule,
            closes_rule,
            calendar=self.calendar,
            releases_at=self._opens[work.item.module_id],
            work_ends_at=self.session.work_ends_at,
        )

    def _meetings_ahead(self) -> Sequence[Meeting]:
        rows = Meeting.objects.filter(session=self.old, status=Meeting.Status.SCHEDULED, starts_at__gt=self.now)
        return list(rows.select_related("section"))

    def _meeting_of(self, meeting: Meeting) -> tuple[Meeting, date, datetime] | None:
        day = self._day_of(meeting.on_date) if self.changes.meetings_follow else meeting.on_date
        starts_at = instant_of(day, meeting.at_time, self.session.zone, Side.RELEASE)
        if starts_at == meeting.starts_at:
            return None
        if starts_at <= self.now:
            self.problems.append(f"“{meeting}” would already have taken place; move it by itself first.")
            return None
        return meeting, day, starts_at

    def _day_of(self, day: date) -> date:
        """The same day of the same teaching week; before week 1 as far before it; in a break it stays."""
        old, new = self.old_calendar, self.calendar
        week = old.week_of(day)
        if week is not None:
            return new.monday_of(week) + timedelta(days=day.weekday())
        if day < old.monday_of(1):
            return day + (new.monday_of(1) - old.monday_of(1))
        return day


def name_meeting(meeting: Meeting) -> str:
    """With its section, because those of several sections are called the same."""
    return f"{meeting.section.name}: {meeting.title}" if meeting.section else meeting.title


def _end_of(session: Session, name: str) -> datetime:
    """The last minute of that day, by the session's own clocks."""
    return instant_of(getattr(session, name), LAST_MINUTE, session.zone, Side.DEADLINE)


def _is_over(instant: datetime, now: datetime) -> bool:
    return instant + ON_TIME_GRACE <= now
