"""What is in a module, line by line: enough to list it, without the texts."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from modules.models import Item, Module
from modules.outline import Outline

COLUMNS = (
    "key",
    "title",
    "kind",
    "minutes",
    "is_required",
    "is_sample",
    "done_at",
    "meeting__starts_at",
    "assignment__pk",
    "assignment__due_at",
)


@dataclass(frozen=True)
class Line:
    """One item as a list shows it to one person."""

    address: str
    key: str
    title: str
    kind: str
    minutes: int | None
    is_required: bool
    is_sample: bool
    done_at: datetime | None
    meets_at: datetime | None
    assignment_id: int | None
    # Everybody's deadline; the person's own is a task's.
    due_at: datetime | None

    @property
    def kind_name(self) -> str:
        """As people say it."""
        return str(Item.Kind(self.kind).label)

    @property
    def is_work(self) -> bool:
        """It is done by handing it in, on a page of its own."""
        return self.kind == Item.Kind.ASSIGNMENT


def lines_of(outline: Outline, module: Module) -> list[Line]:
    """The items of an open module in their order. One query."""
    base = reverse("dashboards:module-detail", args=[outline.session.slug, module.key])
    rows = outline.items().filter(module=module).order_by("position").values_list(*COLUMNS)
    return [Line(address_of(base, row[0], row[8], outline.session.slug), *row) for row in rows]


def address_of(base: str, key: str, assignment_id: int | None, slug: str) -> str:
    """Where an item is read, watched or written."""
    return f"{base}{key}/" if assignment_id is None else work_address(slug, assignment_id)


def work_address(slug: str, assignment_id: int) -> str:
    """Where an assignment is written."""
    return reverse("assignments:assignment-open", args=[slug, assignment_id])


def count_done(lines: list[Line]) -> tuple[int, int]:
    """How many of the required items are done, and how many there are."""
    required = [line for line in lines if line.is_required]
    return sum(line.done_at is not None for line in required), len(required)
