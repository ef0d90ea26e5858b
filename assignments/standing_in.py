"""Who acts in whose place at this moment, whatever the way there: whoever covers can be covered for in turn."""

from collections.abc import Iterable, Set
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value

from accounts.models import User
from assignments.models import Cover, Seat
from cohorts.models import SectionFellow
from programs.models import Session


@dataclass(frozen=True)
class RunningCover:
    """A cover that runs; without sections it is of all."""

    pk: int
    away_id: int
    colleagues: frozenset[int]
    sections: frozenset[int]

    def is_of(self, section_id: int | None) -> bool:
        """Whether this section is covered."""
        return not self.sections or section_id in self.sections


@dataclass(frozen=True)
class RunningCovers:
    """Those of one session, the oldest first. `may` are always the people who could act themselves."""

    all: tuple[RunningCover, ...]

    @classmethod
    def of(cls, session: Session | int) -> "RunningCovers":
        """One query."""
        colleagues = ArrayAgg("colleagues", distinct=True, filter=Q(colleagues__isnull=False), default=Value([]))
        sections = ArrayAgg("sections", distinct=True, filter=Q(sections__isnull=False), default=Value([]))
        rows = Cover.objects.running().filter(session=session).order_by("pk")
        columns = rows.annotate(who=colleagues, where=sections).values_list("pk", "away_id", "who", "where")
        return cls(tuple(RunningCover(pk, away, frozenset(who), frozenset(where)) for pk, away, who, where in columns))

    def able(
        self, user_id: int, section_id: int | None, may: Set[int], passed: Set[int] = frozenset()
    ) -> tuple[RunningCover, list[int]] | None:
        """The cover under which others act in this person's place, and who of them can: who may, or is covered for in
        turn. None: they act themself. Nobody of `passed`, so that no way leads back into itself."""
        cover = next((one for one in self.all if one.away_id == user_id and one.is_of(section_id)), None)
        if cover is None:
            return None
        passed = passed | {user_id}
        others = sorted(cover.colleagues - passed)
        able = [one for one in others if one in may or self.able(one, section_id, may, passed) is not None]
        return (cover, able) if able else None

    def seats(self, user_id: int, section_id: int | None, may: Set[int], way: tuple[int, ...] = ()) -> set[Seat]:
        """Everybody who could act in this person's place, by every way; they themself where nobody can."""
        found = self.able(user_id, section_id, may, self.passed(way))
        if found is None:
            return {Seat(user_id, way)}
        cover, able = found
        return {seat for one in able for seat in self.seats(one, section_id, may, (*way, cover.pk))}

    def passed(self, way: tuple[int, ...]) -> frozenset[int]:
        """Who is away on this way."""
        return frozenset(cover.away_id for cover in self.all if cover.pk in way)

    def sections_of(self, user_id: int, led: dict[int, set[int]], passed: Set[int] = frozenset()) -> set[int]:
        """The sections in which this person stands in for somebody; `led` are each one's own."""
        found: set[int] = set()
        for cover in self.all:
            if user_id in cover.colleagues and cover.away_id not in passed | {user_id}:
                own = led.get(cover.away_id, set())
                found |= cover.sections or own | self.sections_of(cover.away_id, led, passed | {user_id})
        return found


def sections_covered_by(user: User, session: Session) -> set[int]:
    """The sections in which this person stands in for a colleague now. One query, and another where they cover."""
    running = RunningCovers.of(session)
    if not any(user.pk in cover.colleagues for cover in running.all):
        return set()
    led: dict[int, set[int]] = {}
    for section_id, user_id in SectionFellow.objects.filter(section__session=session).values_list("section", "user"):
        led.setdefault(user_id, set()).add(section_id)
    return running.sections_of(user.pk, led)


def acting_for(users: Iterable[int], section_id: int | None, session: Session | int) -> set[int]:
    """These people, each who is away replaced by whoever stands in. One query, and another where anybody covers."""
    running = RunningCovers.of(session)
    colleagues = {one for cover in running.all for one in cover.colleagues}
    if not colleagues:
        return set(users)
    may = set(User.objects.filter(pk__in=colleagues, is_active=True).values_list("pk", flat=True))
    return {seat.user_id for user_id in users for seat in running.seats(user_id, section_id, may)}
