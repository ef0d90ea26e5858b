from collections.abc import Iterable
from datetime import datetime

from modules.models import Item, Module
from modules.services.openings import is_released

# What participants have read; a new position or length changes nothing that they know.
MODULE_TEXTS = frozenset({"title", "outcome", "introduction"})
ITEM_TEXTS = frozenset({"title", "body", "url", "transcript"})


def note_change(row: Module | Item, fields: Iterable[str], *, now: datetime) -> bool:
    """Whether these changes are told on the page: texts of what is released already. Sets `changed_at`, unsaved.

    For whoever edits curriculum, before saving: the program office, and texts taken over from a newer program file.
    """
    texts, module = (MODULE_TEXTS, row) if isinstance(row, Module) else (ITEM_TEXTS, row.module)
    if texts.isdisjoint(fields) or not is_released(module, now):
        return False
    row.changed_at = now
    return True
