"""How an assignment stands for one person, in the words of every page that names it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.spans import say_span
from core.windows import Phase

if TYPE_CHECKING:
    from assignments.models import Assignment


@dataclass(frozen=True)
class Standing:
    """A chip's kind and words (docs/look.md), and whether the person still has something to do."""

    chip: str
    words: str
    is_open: bool = False


def standing_of(assignment: Assignment, at: datetime) -> Standing:
    """How it stands for the person of `with_state_for`. No query."""
    phase = assignment.own_window.phase(at)
    if assignment.own_handed_in_at is None:
        return _not_handed_in(phase, has_draft=assignment.own_draft_saved_at is not None)
    if assignment.own_result == "please_revise":
        return Standing("revise", "Please revise", is_open=phase is not Phase.CLOSED)
    if assignment.own_result:
        return Standing("released" if assignment.own_result == "complete" else "", RESULTS[assignment.own_result])
    if assignment.answered_by == assignment.AnsweredBy.NOBODY:
        return Standing("done", "Complete")
    if assignment.own_late_by is not None:
        return Standing("done", f"Handed in, {say_span(assignment.own_late_by)} late")
    return Standing("done", "Handed in")


RESULTS = {"complete": "Complete", "not_yet_complete": "Not yet complete"}


def _not_handed_in(phase: Phase, *, has_draft: bool) -> Standing:
    if phase is Phase.CLOSED:
        return Standing("closed", "Closed")
    if phase is Phase.LATE:
        return Standing("late", "Late, still taken", is_open=True)
    return (
        Standing("draft", "Draft, not handed in", is_open=True) if has_draft else Standing("due", "To do", is_open=True)
    )
