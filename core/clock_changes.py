"""When two clocks come to differ by another amount than before: that moves what is fixed on the one for who lives by
the other. Clocks that change together move nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
NOON = time(12, 0)


@dataclass(frozen=True)
class ClockChange:
    """From `at` on the person's clock is ahead of the program's by `after`, until then by `before`."""

    at: datetime
    before: timedelta
    after: timedelta


def difference(at: datetime, own: ZoneInfo, program: ZoneInfo) -> timedelta:
    """By how much the one clock is ahead of the other at a moment."""
    ours, theirs = at.astimezone(own).utcoffset(), at.astimezone(program).utcoffset()
    assert ours is not None and theirs is not None  # noqa: S101, PT018 - both know their zone
    return ours - theirs


def changes_between(own: ZoneInfo, program: ZoneInfo, since: datetime, until: datetime) -> Iterator[ClockChange]:
    """Those with since < at <= until, in their order.

    Compared from noon to noon (UTC): New York and Chicago differ by another amount for one hour of a night, and nothing
    is to be said of that.
    """
    noon = datetime.combine(since.astimezone(UTC).date() - DAY, NOON, UTC)
    while noon < until:
        before, after = difference(noon, own, program), difference(noon + DAY, own, program)
        if before != after and since < (at := _first_instant(noon, after, own, program)) <= until:
            yield ClockChange(at, before, after)
        noon += DAY


def _first_instant(noon: datetime, after: timedelta, own: ZoneInfo, program: ZoneInfo) -> datetime:
    """Within a day of that noon, to the second."""
    early, late = noon, noon + DAY
    while late - early > SECOND:
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        if difference(middle, own, program) == after:
            late = middle
        else:
            early = middle
    return late
