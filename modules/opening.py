"""When a module opens for one person: the one place that knows the rule."""

from enum import Enum
from typing import ClassVar

from django.db.models import DateTimeField
from django.db.models.expressions import Combinable

from core.written import Written


class Standing(Enum):
    """How a module stands for one person at a moment."""

    OPEN = "open"
    SHORTLY = "its instant has come, but it is in preparation"
    BLOCKED = "waits for earlier work to be handed in"
    LATER = "its instant has not come"


class OpensAt(Written):
    """The instant a module opens for the enrollment of that key, NULL while only handing in opens it.

    The later of its instant (or of being made ready, where that came after) and, in strict order, the moment at which
    the required work of all earlier modules was settled: handed in, or closed without. Neither a live module nor an
    observer waits for work. A module opened for this person opens no later than that.
    """

    output_field: ClassVar = DateTimeField()
    names = ("module", "session", "position", "kind", "releases_at", "ready_at", "whose")
    template = """LEAST(
        (SELECT opening.opened_at FROM modules_moduleopening AS opening
          WHERE opening.module_id = {module} AND opening.enrollment_id = {whose}),
        CASE WHEN {kind} <> 'live' AND (
            SELECT term."order" = 'strict' AND place.kind = 'participant'
              FROM cohorts_enrollment AS place JOIN programs_session AS term ON term.id = place.session_id
             WHERE place.id = {whose})
        THEN NULLIF(GREATEST({releases_at}, {ready_at}, (
            SELECT max(COALESCE(LEAST(progress.done_at, item.blocks_until), 'infinity'))
              FROM modules_module AS earlier
              JOIN modules_item AS item ON item.module_id = earlier.id
              LEFT JOIN modules_itemprogress AS progress
                ON progress.item_id = item.id AND progress.enrollment_id = {whose}
             WHERE earlier.session_id = {session} AND earlier.position < {position}
               AND item.kind = 'assignment' AND item.is_required)), 'infinity')
        ELSE GREATEST({releases_at}, {ready_at}) END)"""

    def __init__(self, whose: int | Combinable, *, module: str = "") -> None:
        """`module` leads to it from the rows that are asked for: "item__module__"."""
        columns = ("pk", "session_id", "position", "kind", "releases_at", "ready_at")
        super().__init__(*(f"{module}{column}" for column in columns), whose)
