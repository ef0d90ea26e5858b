from assignments.services.allotting import (
    MayNotRead,
    assign_reader,
    reallot_enrollment,
    reallot_section,
    reallot_session,
)
from assignments.services.deadlines import (
    DeadlineRefused,
    change_deadlines,
    check_still_ahead,
    deadline_of,
    move_deadline,
    resolve_close,
    resolve_deadline,
)
from assignments.services.drafts import NotTheWriter, StaleDraft, save_draft, settle_kept_text
from assignments.services.extensions import (
    AlreadyRevoked,
    MayNotExtend,
    NotLater,
    grant_extension,
    grant_extensions,
    resolve_days,
    revoke_extension,
)
from assignments.services.handing_in import AssignmentClosed, EmptyText, MayNotHandIn, NotTaken, hand_in
from assignments.services.losses import Deadline, Loss, TimeWouldShrink, find_losses
from assignments.services.openings import MayNotOpen, open_paper
from assignments.services.wording import note_work_change

__all__ = [
    "AlreadyRevoked",
    "AssignmentClosed",
    "Deadline",
    "DeadlineRefused",
    "EmptyText",
    "Loss",
    "MayNotExtend",
    "MayNotHandIn",
    "MayNotOpen",
    "MayNotRead",
    "NotLater",
    "NotTaken",
    "NotTheWriter",
    "StaleDraft",
    "TimeWouldShrink",
    "assign_reader",
    "change_deadlines",
    "check_still_ahead",
    "deadline_of",
    "find_losses",
    "grant_extension",
    "grant_extensions",
    "hand_in",
    "move_deadline",
    "note_work_change",
    "open_paper",
    "reallot_enrollment",
    "reallot_section",
    "reallot_session",
    "resolve_close",
    "resolve_days",
    "resolve_deadline",
    "revoke_extension",
    "save_draft",
    "settle_kept_text",
]
