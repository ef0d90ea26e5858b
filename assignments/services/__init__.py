from assignments.services.deadlines import (
    Deadline,
    DeadlineRefused,
    Loss,
    TimeWouldShrink,
    change_deadlines,
    check_still_ahead,
    deadline_of,
    find_losses,
    lock_assignments,
    move_deadline,
    resolve_close,
    resolve_deadline,
)
from assignments.services.wording import note_work_change

__all__ = [
    "Deadline",
    "DeadlineRefused",
    "Loss",
    "TimeWouldShrink",
    "change_deadlines",
    "check_still_ahead",
    "deadline_of",
    "find_losses",
    "lock_assignments",
    "move_deadline",
    "note_work_change",
    "resolve_close",
    "resolve_deadline",
]
