from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import DateTimeField, Value

from cohorts.access import Membership
from cohorts.models import Enrollment
from modules.models import Item, ItemQuerySet, Module
from modules.opening import Standing
from programs.models import Session


@dataclass(frozen=True)
class Outline:
    """A session's curriculum as one member finds it at a moment: every module with its `standing`.

    What is readable here is what `Module.objects.readable_by` says, from what the access middleware already knows: a
    page needs one light query for it. A test holds the two together.
    """

    session: Session
    modules: list[Module]
    is_staff: bool
    enrollment: Enrollment | None
    at: datetime

    @classmethod
    def of(cls, session: Session, membership: Membership, at: datetime) -> "Outline":
        """One query. Empty for who withdrew."""
        rows = Module.objects.for_session(session)
        if membership.is_staff:
            rows = rows.by_calendar()
        elif membership.enrollment is not None and not membership.reads_own_work_only:
            rows = rows.with_opening_for(membership.enrollment)
        else:
            rows = rows.none()
        modules = list(rows)
        for module in modules:
            module.session = session
            module.standing = module.standing_at(at)
        return cls(session, modules, membership.is_staff, membership.enrollment, at)

    def is_readable(self, module: Module) -> bool:
        """Whether its introduction and items may be shown."""
        return self.is_staff or module.standing is Standing.OPEN

    @cached_property
    def readable(self) -> list[Module]:
        """In their order."""
        return [module for module in self.modules if self.is_readable(module)]

    def items(self) -> ItemQuerySet:
        """What `Item.objects.visible_to` shows of this session, with `done_at`."""
        rows = Item.objects.filter(module__in=[module.pk for module in self.readable])
        if self.enrollment is not None:
            return rows.with_done_for(self.enrollment)
        return rows.annotate(done_at=Value(None, output_field=DateTimeField()))  # type: ignore[no-redef]

    def find(self, key: str) -> Module | None:
        """The module of that key, if it may be read."""
        return next((module for module in self.readable if module.key == key), None)

    @property
    def current(self) -> Module | None:
        """Where people are now: what opened last, the later in order of what opened together; never a live class."""
        opened = [
            (module.opens_at, module.position, module)
            for module in self.modules
            if module.standing is Standing.OPEN and module.opens_at and module.kind != Module.Kind.LIVE
        ]
        return max(opened)[2] if opened else None

    @property
    def next_to_open(self) -> Module | None:
        """The first in order that is still closed; never a live class."""
        closed = (module for module in self.modules if module.standing is not Standing.OPEN)
        return next((module for module in closed if module.kind != Module.Kind.LIVE), None)

    def neighbours(self, module: Module) -> tuple[Module | None, Module | None]:
        """The readable modules before and after it."""
        place = self.readable.index(module)
        after = self.readable[place + 1 : place + 2]
        return (self.readable[place - 1] if place else None), (after[0] if after else None)
