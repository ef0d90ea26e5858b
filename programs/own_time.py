"""How much time participants take by themselves, without asking: a rule of each session."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal


@dataclass(frozen=True)
class OwnTimeRule:
    """So many hours more, so often for one assignment, until so long after its deadline, for a share of all."""

    length: timedelta
    times: int
    until_after_due: timedelta
    share: Decimal

    def allowed(self, assignments: int) -> int:
        """For how many of so many assignments; a half of eleven is five."""
        return int(assignments * self.share)
