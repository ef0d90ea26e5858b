"""A status moves once, whoever asks."""

from typing import Any

from django.db import models


class WrongState(Exception):
    """The row was in no status from which it may move there; somebody may have been quicker."""

    def __init__(self, row: models.Model, to: str) -> None:
        self.row, self.to = row, to
        super().__init__(_say(row, to))


def move(row: models.Model, to: str, **changes: Any) -> None:
    """Move a row to a status, or raise WrongState: of two callers only one can win.

    One conditional UPDATE by the table `MOVES` of the row's model (`{from: {to, …}}`); `changes` go with it. The row
    in hand is brought up to date only when it moved.
    """
    status_moves: dict[str, Any] = row.MOVES  # type: ignore[attr-defined]
    sources = [status for status, targets in status_moves.items() if to in targets]
    rows = type(row)._base_manager.filter(pk=row.pk, status__in=sources)
    if rows.update(status=to, **changes) != 1:
        raise WrongState(row, to)
    for name, value in {"status": to, **changes}.items():
        setattr(row, name, value)


def _say(row: models.Model, to: str) -> str:
    field = row._meta.get_field("status")
    labels = dict(getattr(field, "flatchoices", ()))
    name = str(row._meta.verbose_name)
    status = type(row)._base_manager.filter(pk=row.pk).values_list("status", flat=True).first()
    if status is None:
        return f"This {name} is no longer there."
    now, wanted = labels.get(status, status), labels.get(to, to)
    return f"This {name} is “{now}”, so it cannot become “{wanted}”. Load the page again to see how it stands."
