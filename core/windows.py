"""When something may be seen, is on time, and is still taken. Nothing else compares a deadline."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from core.rules import add_days

# A deadline of 23:59 is over when clocks show 00:00: the shown minute still counts.
ON_TIME_GRACE = timedelta(minutes=1)


class Phase(Enum):
    BEFORE = "not visible yet"
    OPEN = "on time"
    LATE = "taken and marked late"
    CLOSED = "no longer taken"


class WindowError(ValueError):
    """Instants in an impossible order; the message says which."""


@dataclass(frozen=True)
class Days:
    """So many days on the clocks of a zone; add it to an instant as one adds a timedelta."""

    count: int
    zone: str | ZoneInfo

    def __radd__(self, instant: datetime) -> datetime:
        return add_days(instant, self.count, self.zone)


Later: TypeAlias = timedelta | Days


def hours(count: float) -> timedelta:
    """Elapsed time, whatever the clocks do meanwhile."""
    return timedelta(hours=count)


def days(count: int, zone: str | ZoneInfo) -> Days:
    """Wall time: the same hour on that zone's clocks, so many days later."""
    return Days(count, zone)


@dataclass(frozen=True)
class Window:
    """`releases_at < due_at <= closes_at`, and why. Raises WindowError.

    No release: visible at once. No due: no deadline. No close: taken for ever, so whoever computes a window for
    hand-in fills in the end of work.
    """

    releases_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    provenance: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.releases_at and self.due_at and self.releases_at >= self.due_at:
            raise WindowError("The deadline must come after the release.")
        if self.due_at and self.closes_at and self.due_at > self.closes_at:
            raise WindowError("Work cannot close before its deadline.")
        if self.releases_at and self.closes_at and self.releases_at >= self.closes_at:
            raise WindowError("Work cannot close before it is released.")

    def phase(self, now: datetime) -> Phase:
        if self.releases_at and now < self.releases_at:
            return Phase.BEFORE
        if self.closes_at and now >= self.closes_at + ON_TIME_GRACE:
            return Phase.CLOSED
        if self.due_at and now >= self.due_at + ON_TIME_GRACE:
            return Phase.LATE
        return Phase.OPEN

    def accepts(self, at: datetime) -> bool:
        """Whether work is taken then, on time or late."""
        return self.phase(at) in (Phase.OPEN, Phase.LATE)

    def lateness(self, at: datetime) -> timedelta | None:
        """How long after the shown deadline, as two clocks would tell: never under a minute. None when on time."""
        if self.due_at is None or at < self.due_at + ON_TIME_GRACE:
            return None
        return at - self.due_at

    def extended_by(self, later: Later, why: str) -> "Window":
        """This deadline and its close, moved later by as much. Each of several extensions is made from the base
        window and `latest` picks among them: extending an extended window adds both."""
        if self.due_at is None:
            return self
        due_at = self.due_at + later
        if due_at <= self.due_at:
            return self
        closes_at = None if self.closes_at is None else max(self.closes_at + later, due_at)
        return replace(self, due_at=due_at, closes_at=closes_at, provenance=(*self.provenance, why))

    def extended_to(self, instant: datetime, why: str) -> "Window":
        """Due at that instant, and closed as much later; unchanged when that would be earlier or there is no due."""
        if self.due_at is None:
            return self
        return self.extended_by(instant - self.due_at, why)


def latest(first: Window, *others: Window) -> Window:
    """The window with the latest deadline (none at all is the latest); the first of equals."""
    winner = first
    for window in others:
        if winner.due_at is not None and (window.due_at is None or window.due_at > winner.due_at):
            winner = window
    return winner
