from modules.services.openings import (
    AlreadyOpen,
    AlreadyReleased,
    ModuleInPreparation,
    NotOfThisSession,
    is_released,
    open_module_for,
    set_in_preparation,
    set_ready,
)
from modules.services.progress import DoneByHandingIn, mark_done, unmark_done
from modules.services.releases import (
    ReleaseRefused,
    change_releases,
    check_not_released,
    check_release_ahead,
    move_release,
    resolve_release,
)
from modules.services.texts import note_change

__all__ = [
    "AlreadyOpen",
    "AlreadyReleased",
    "DoneByHandingIn",
    "ModuleInPreparation",
    "NotOfThisSession",
    "ReleaseRefused",
    "change_releases",
    "check_not_released",
    "check_release_ahead",
    "is_released",
    "mark_done",
    "move_release",
    "note_change",
    "open_module_for",
    "resolve_release",
    "set_in_preparation",
    "set_ready",
    "unmark_done",
]
