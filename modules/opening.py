"""When a module opens for one person: the one place that knows the rule."""

from enum import Enum
from typing import Any, ClassVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, F, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler


class Standing(Enum):
    """How a module stands for one person at a moment."""

    OPEN = "open"
    SHORTLY = "its instant has come, but it is in preparation"
    BLOCKED = "waits for earlier work to be handed in"
    LATER = "its instant has not come"


class OpensAt(Func):
    """Over `Module`: the instant it opens for the enrollment of that key, NULL while only handing in opens it.

    The later of its instant (or of being made ready, where that came after) and, in strict order, the moment at which
    the required work of all earlier modules was settled: handed in, or closed without. Neither a live module nor an
    observer waits for work. A module opened for this person opens no later than that.

    Written in SQL because every participant page asks: Django takes 2.5 ms to put the same together, this 0.1.
    """

    output_field: ClassVar = DateTimeField()
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
    columns = ("module", "session", "position", "kind", "releases_at", "ready_at")

    def __init__(self, whose: int | Combinable) -> None:
        place = Value(whose) if isinstance(whose, int) else whose
        super().__init__(F("pk"), F("session_id"), F("position"), F("kind"), F("releases_at"), F("ready_at"), place)

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, list[Any]]:
        """Put the columns into the text; the enrollment stands there three times."""
        *columns, whose = (compiler.compile(expression) for expression in self.source_expressions)
        names = dict(zip(self.columns, (sql for sql, _ in columns), strict=True))
        text, params = whose
        return self.template.format(whose=text, **names), [*params, *params, *params]
