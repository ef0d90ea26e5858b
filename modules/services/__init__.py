from modules.services.openings import (
    AlreadyOpen,
    AlreadyReleased,
    ModuleInPreparation,
    NotOfThisSession,
    open_module_for,
    set_in_preparation,
    set_ready,
)
from modules.services.progress import DoneByHandingIn, mark_done, unmark_done
from modules.services.texts import note_change

__all__ = [
    "AlreadyOpen",
    "AlreadyReleased",
    "DoneByHandingIn",
    "ModuleInPreparation",
    "NotOfThisSession",
    "mark_done",
    "note_change",
    "open_module_for",
    "set_in_preparation",
    "set_ready",
    "unmark_done",
]
