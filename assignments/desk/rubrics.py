"""The rubric of an assignment, to be chosen from."""

from dataclasses import dataclass

from assignments.models import Assignment, Level


@dataclass(frozen=True)
class LevelRow:
    """A level to choose."""

    pk: int
    title: str
    description: str


@dataclass(frozen=True)
class CriterionRow:
    """A line of the rubric with its levels, the least first."""

    pk: int
    title: str
    description: str
    levels: tuple[LevelRow, ...]

    def title_of(self, level: int | None) -> str:
        """How a level of this line is called; empty for none."""
        return next((one.title for one in self.levels if one.pk == level), "")


def rubric_of(assignment: Assignment) -> list[CriterionRow]:
    """Its lines with their levels. One query."""
    rows: dict[int, tuple[str, str, list[LevelRow]]] = {}
    levels = Level.objects.filter(criterion__assignment=assignment).order_by("criterion__position", "position")
    columns = levels.values_list(
        "criterion_id", "criterion__title", "criterion__description", "pk", "title", "description"
    )
    for criterion, title, description, pk, level, words in columns:
        rows.setdefault(criterion, (title, description, []))[2].append(LevelRow(pk, level, words))
    return [
        CriterionRow(pk, title, description, tuple(levels_of)) for pk, (title, description, levels_of) in rows.items()
    ]
