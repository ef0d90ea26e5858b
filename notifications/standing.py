"""How the mails stand: for the health page, for monitoring and for the office."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from notifications import gate
from notifications.domains import resting_domains
from notifications.kinds import name_of
from notifications.models import Lane, MailDomain, Notice, Planning, Sending

# Dead letters older than this were seen.
LATELY = timedelta(days=7)
# The planner goes every minute.
LATE_PLANNING = timedelta(minutes=5)


@dataclass(frozen=True)
class Trouble:
    """A kind that could not be planned lately."""

    name: str
    since: datetime
    text: str


@dataclass(frozen=True)
class Standing:
    """Everything at one moment."""

    oldest_due: timedelta | None
    due: int
    waiting: int
    failed_lately: int
    sending: Sending | None
    held: int = 0
    held_accounts: int = 0
    planned_ago: timedelta | None = None
    troubles: list[Trouble] = field(default_factory=list)
    resting: list[MailDomain] = field(default_factory=list)

    @property
    def is_paused(self) -> bool:
        return self.sending is not None and self.sending.paused_at is not None

    @property
    def is_held(self) -> bool:
        return self.sending is not None and self.sending.held_before is not None

    @property
    def is_planning_late(self) -> bool:
        return self.planned_ago is not None and self.planned_ago > LATE_PLANNING

    @property
    def needs_a_hand(self) -> bool:
        """Whether anything of it does not go by itself; what is only late is `oldest_due`'s."""
        return bool(
            self.is_paused
            or self.is_held
            or self.is_planning_late
            or self.failed_lately
            or self.troubles
            or self.resting
        )

    def as_json(self) -> dict[str, Any]:
        """Counts alone: whoever asks `/readyz` reads them."""
        return {
            "due": self.due,
            "waiting": self.waiting,
            "failed_in_7_days": self.failed_lately,
            "paused": self.is_paused,
            "held_after_restore": self.held if self.is_held else None,
            "planned_seconds_ago": None if self.planned_ago is None else int(self.planned_ago.total_seconds()),
            "kinds_in_trouble": len(self.troubles),
            "resting_domains": len(self.resting),
        }


def why_mails_stop() -> str:
    """In a sentence, why nothing goes out to many; empty when it does. One query."""
    row = Sending.objects.filter(pk=1).first()
    if row is not None and row.paused_at is not None:
        return f"Mails are paused: {row.paused_because} Sign-in mails and receipts go on."
    if row is not None and row.held_before is not None:
        return "The database was restored: mails that date from before wait until the operator confirms them."
    return ""


def standing_of_mails(now: datetime) -> Standing:
    """Seven queries, each by an index or of a small table; two more while something is held."""
    due = Notice.objects.overdue(now)
    first = due.order_by("send_at").values_list("send_at", flat=True).first()
    counts = {
        "due": due.count(),
        "waiting": Notice.objects.open().count(),
        "failed": Notice.objects.filter(status=Notice.Status.FAILED, send_at__gt=now - LATELY).count(),
    }
    sending = Sending.objects.select_related("paused_by").filter(pk=1).first()
    held = {"all": 0, "accounts": 0}
    if sending is not None and sending.held_before is not None:
        held = gate.held().aggregate(all=Count("pk"), accounts=Count("pk", filter=Q(lane=Lane.ACCOUNT)))
    plannings = list(Planning.objects.order_by("planned_at"))
    return Standing(
        oldest_due=now - first if first else None,
        due=counts["due"],
        waiting=counts["waiting"],
        failed_lately=counts["failed"],
        sending=sending,
        held=held["all"],
        held_accounts=held["accounts"],
        planned_ago=now - max(row.planned_at for row in plannings) if plannings else None,
        troubles=[Trouble(name_of(row.kind), row.planned_at, row.trouble) for row in plannings if row.trouble],
        resting=resting_domains(now),
    )
