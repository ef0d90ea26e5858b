"""Changing the curriculum of a session by hand: nothing that people have open closes for them by it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Model

from accounts.models import User
from assignments.models import Assignment, Criterion
from assignments.services import DeadlineRefused, resolve_deadline
from audit.services import record
from modules.models import Item, Module
from modules.services import ReleaseRefused, resolve_release
from programs.models import Session


class ModulesWouldClose(Exception):
    """In strict order required work stands before the modules that follow it."""

    def __init__(self, count: int) -> None:
        who = "one person has" if count == 1 else f"{count} people have"
        super().__init__(
            f"Modules that {who} open would close for them, because required work would come before those modules. "
            "Make that work not required, or put it into a later module."
        )


@contextmanager
def keep_modules_open(session: Session, now: datetime) -> Iterator[None]:
    """Undoes what is done inside if a module closes for anybody by it. Raises ModulesWouldClose."""
    with transaction.atomic():
        Session.objects.select_for_update(no_key=True).get(pk=session.pk)
        before = _open_for(session, now)
        yield
        closed = before - _open_for(session, now)
        if closed:
            raise ModulesWouldClose(len({whose for _, whose in closed}))


def add_module(*, module: Module, actor: User, now: datetime) -> Module:
    """Save a new module behind the others, in preparation. Raises ReleaseRefused."""
    with keep_modules_open(module.session, now):
        rule = module.release_rule
        assert rule is not None, "the form asks for it"  # noqa: S101 - for the types
        module.releases_at = resolve_release(rule, module.session.calendar())
        if module.releases_at <= now and module.session.status == Session.Status.PUBLISHED:
            raise ReleaseRefused(f"“{rule}” has already passed; choose a time to come.")
        module.position = _next_position(module.session.modules.all())
        module.is_ready = False
        module.save()
        _record("added", module, module.session, actor, now, after={"title": module.title, "opens": str(rule)})
    return module


def add_item(*, item: Item, actor: User, now: datetime) -> Item:
    """Save a new item behind the others of its module. Raises ModulesWouldClose."""
    with keep_modules_open(item.module.session, now):
        item.position = _next_position(item.module.items.all())
        item.save()
        after = {"title": item.title, "kind": item.kind, "module": str(item.module)}
        _record("added", item, item.module.session, actor, now, after=after)
    return item


def add_assignment(*, assignment: Assignment, item: Item, actor: User, now: datetime) -> Assignment:
    """Save new work with the item that stands for it. Raises DeadlineRefused, ModulesWouldClose."""
    session = item.module.session
    due_rule = assignment.due_rule
    assert due_rule is not None, "the form asks for it"  # noqa: S101 - for the types
    deadline = resolve_deadline(
        due_rule,
        assignment.closes_rule,
        calendar=session.calendar(),
        releases_at=item.module.releases_at,
        work_ends_at=session.work_ends_at,
    )
    if deadline.due_at <= now and session.status == Session.Status.PUBLISHED:
        raise DeadlineRefused(f"The deadline “{due_rule}” has already passed; choose a later one.")
    with keep_modules_open(session, now):
        item.blocks_until = deadline.closes_at
        add_item(item=item, actor=actor, now=now)
        assignment.item, assignment.session = item, session
        assignment.due_at, assignment.closes_at = deadline.due_at, deadline.closes_at
        assignment.save()
        after = {"title": item.title, "due": str(due_rule), "due_at": deadline.due_at}
        _record("added", assignment, session, actor, now, after=after)
    return assignment


def move_in_order(*, row: Module | Item | Criterion, up: bool, actor: User, now: datetime) -> bool:
    """Exchange a row with its neighbour; False when there is none on that side. Raises ModulesWouldClose."""
    session, siblings = _surroundings(row)
    with keep_modules_open(session, now):
        rows: list[Any] = list(siblings.select_for_update().order_by("position", "pk"))
        place = next(index for index, one in enumerate(rows) if one.pk == row.pk)
        other = place - 1 if up else place + 1
        if not 0 <= other < len(rows):
            return False
        rows[place], rows[other] = rows[other], rows[place]
        _number_anew(rows)
        verb = "moved up" if up else "moved down"
        _record(verb, row, session, actor, now, before={"place": place + 1}, after={"place": other + 1})
    return True


def _surroundings(row: Module | Item | Criterion) -> tuple[Session, Any]:
    if isinstance(row, Module):
        return row.session, Module.objects.filter(session=row.session_id)
    if isinstance(row, Item):
        return row.module.session, Item.objects.filter(module=row.module_id)
    return row.assignment.session, Criterion.objects.filter(assignment=row.assignment_id)


def _number_anew(rows: Sequence[Any]) -> None:
    """Positions are checked at the end of the transaction, so each may pass through its neighbour's."""
    for position, row in enumerate(rows, start=1):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])


def _next_position(rows: Any) -> int:
    return int(rows.aggregate(last=Max("position"))["last"] or 0) + 1


def _open_for(session: Session, now: datetime) -> set[tuple[int, int]]:
    """Each module with each person for whom it is open."""
    each = Module.objects.filter(session=session).for_each_of(session.enrollments.all())
    return set(each.open(now).values_list("pk", "whose"))  # type: ignore[misc]


def _record(verb: str, row: Model, session: Session, actor: User, now: datetime, **values: Any) -> None:
    record(actor=actor, verb=verb, on=row, scope=session.scope, now=now, **values)
