"""More time that a participant takes without asking: whether it can be had now, and what it would come to."""

from dataclasses import dataclass
from datetime import datetime

from assignments.models import Assignment
from core.windows import Phase, Window
from programs.own_time import OwnTimeRule


@dataclass(frozen=True)
class Offer:
    """The next time that somebody would take more time for one assignment; `refusal` says why they cannot."""

    rule: OwnTimeRule
    # The first time for this assignment, the second.
    number: int
    # For how many assignments it can still be taken, this one included, and for how many at all.
    left: int
    allowed: int
    due_at: datetime
    refusal: str

    @property
    def hours(self) -> int:
        """How much more."""
        return int(self.rule.length.total_seconds() // 3600)


def offer_of(assignment: Assignment, rule: OwnTimeRule | None, at: datetime) -> Offer | None:
    """None where the session has no such rule; after `with_due_for` and `with_time_for`. No query."""
    if rule is None:
        return None
    taken = assignment.own_time
    allowed = rule.allowed(taken["of"])
    number = taken["here"] + 1
    due_at = assignment.due_at + number * rule.length
    left = max(0, allowed - taken["elsewhere"])
    return Offer(rule, number, left, allowed, due_at, _refusal(assignment, rule, number, left, due_at, at))


def _refusal(assignment: Assignment, rule: OwnTimeRule, number: int, left: int, due_at: datetime, at: datetime) -> str:
    if number > rule.times:
        return "You have taken more time for this already."
    if left == 0:
        return "You have taken more time for as many assignments as the program allows."
    if Window(due_at=assignment.own_due_at + rule.until_after_due).phase(at) is not Phase.OPEN:
        hours = int(rule.until_after_due.total_seconds() // 3600)
        return f"More time can be taken up to {hours} hours after the deadline."
    if due_at <= assignment.own_due_at:
        return "You have as long already."
    if Window(due_at=due_at).phase(at) is not Phase.OPEN:
        return "It would be over already."
    return ""
