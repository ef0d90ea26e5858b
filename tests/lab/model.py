"""What a class must be told of its deadlines, reckoned from what happens in it and nothing else.

Written after docs/notices.md and docs/time.md, with the standard library alone: no planner, no window, no queries.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

COMING, DRAFT = "assignments.deadline_coming", "assignments.draft_waiting"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def morning(day, zone):
    """Nine on the clocks there, eight on a Monday; such an hour is never skipped or shown twice."""
    return datetime.combine(day, time(8 if day.weekday() == 0 else 9), ZoneInfo(zone or "UTC")).astimezone(UTC)


def days_later(instant, days, zone):
    """The same time on the clocks, so many days on."""
    wall = instant.astimezone(ZoneInfo(zone))
    return datetime.combine(wall.date() + timedelta(days=days), wall.time(), ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=10_000)
def reminded_at(due_at, hours, zone):
    """The morning of the person's day so many hours before; of the day before when that leaves under six hours."""
    day = (due_at - hours * HOUR).astimezone(ZoneInfo(zone or "UTC")).date()
    moment = morning(day, zone)
    return moment if due_at - moment >= 6 * HOUR else morning(day - timedelta(days=1), zone)


@dataclass
class Person:
    """Somebody who takes part."""

    key: int
    zone: str
    takes_part: bool = True


@dataclass
class Thing:
    """Something that is due."""

    key: int
    due_at: datetime
    opens_at: datetime
    is_hidden: bool = False
    is_there: bool = True


@dataclass
class Pair:
    """One person and one thing."""

    later: dict = field(default_factory=dict)
    is_handed_in: bool = False
    has_draft: bool = False


@dataclass
class Model:
    """The state of a class, and what it has been told by now: {(person, kind, thing, occurrence): moment}."""

    since: datetime
    people: dict = field(default_factory=dict)
    things: dict = field(default_factory=dict)
    pairs: dict = field(default_factory=dict)
    told: dict = field(default_factory=dict)

    def add_person(self, key, zone):
        self.people[key] = Person(key, zone)

    def add_thing(self, key, due_at, opens_at):
        self.things[key] = Thing(key, due_at, opens_at)

    def pair(self, person, thing):
        return self.pairs.setdefault((person, thing), Pair())

    def own_due_at(self, person, thing):
        """The latest of the deadline that everybody has and what was added to that one."""
        base = self.things[thing].due_at
        return max([base, *(later(base) for later in self.pair(person, thing).later.values())])

    def reminders(self, person, thing):
        """What there is to tell this person of this thing as it stands: (key, moment)."""
        due_at, zone, pair = self.own_due_at(person, thing), self.people[person].zone, self.pair(person, thing)
        until = f"{due_at:%Y-%m-%dT%H:%M:%SZ}"
        moments = {hours: reminded_at(due_at, hours, zone) for hours in (72, 24, 6)}
        if not pair.is_handed_in:
            for hours in (72, 24):
                yield (person, COMING, thing, f"{hours}h {until}"), moments[hours]
        # Where both fall on one morning, the reminder of the deadline says that a draft waits.
        if pair.has_draft and (pair.is_handed_in or moments[6] != moments[24]):
            yield (person, DRAFT, thing, f"6h {until}"), moments[6]

    def is_wanted(self, person, thing, at):
        """Whether somebody is to be reminded of it at all then."""
        row = self.things[thing]
        is_open = row.is_there and not row.is_hidden and row.opens_at <= at
        return self.people[person].takes_part and is_open and at < self.own_due_at(person, thing)

    def look(self, at):
        """The senders look: what fell due since they last did, and is wanted now, is told."""
        for person in self.people:
            for thing in self.things:
                if self.things[thing].is_there and self.is_wanted(person, thing, at):
                    for key, moment in self.reminders(person, thing):
                        if self.since < moment <= at:
                            self.told.setdefault(key, at)
        self.since = at

    def moments(self, until, people=None):
        """Each moment ahead at which something falls due for them (None: for anybody), as things stand."""
        found = {
            moment
            for person in (self.people if people is None else people)
            for thing in self.things
            for _, moment in self.reminders(person, thing)
        }
        return sorted(moment for moment in found if self.since < moment <= until)


def differences(model, accepted, *, within=MINUTE):
    """In sentences, where what was told differs from what had to be; `accepted` maps the same keys to instants.

    A notice is early when it came before the look at which it was due, late when it came `within` after it.
    """
    told = model.told
    for key in sorted(told.keys() - accepted.keys()):
        yield f"missing: {key}, due at {told[key]}"
    for key in sorted(accepted.keys() - told.keys()):
        yield f"not wanted: {key}, told at {accepted[key]}"
    for key in sorted(told.keys() & accepted.keys()):
        if accepted[key] < told[key]:
            yield f"early: {key}, told at {accepted[key]} instead of {told[key]}"
        elif accepted[key] > told[key] + within:
            yield f"late: {key}, told at {accepted[key]} instead of {told[key]}"


def doubles(mails):
    """In sentences, which of these mails came more than once; a mail is known by its Message-ID."""
    seen = sorted((mail["Message-ID"], mail["X-Envelope-To"]) for mail in mails)
    yield from (f"twice: {one} to {to}" for (one, to), other in pairwise(seen) if (one, to) == other)
