"""What became of announcements: counts, and never who of a few has read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from announcements import notices
from announcements.models import Announcement
from notifications.gate import PAUSED_SINCE
from notifications.models import Notice

# Of fewer people a count would say who has read.
FEW = 5


@dataclass(frozen=True)
class Outcome:
    """How many people were told, how many opened it here, how many mails wait or could not be delivered."""

    told: int = 0
    read: int | None = None
    undelivered: int = 0
    waiting: int = 0
    # Since when mails are paused; None while they go.
    paused_since: datetime | None = None


def outcomes_of(announcements: Iterable[Announcement]) -> dict[int, Outcome]:
    """By key, in one query; who was told nothing in the end does not count."""
    rows = (
        Notice.objects.filter(
            kind__in=notices.KINDS,
            object_type=Announcement._meta.label_lower,
            object_id__in=[one.pk for one in announcements],
        )
        .exclude(status=Notice.Status.CANCELLED, withheld="")
        .order_by()
        .values("object_id")
        .annotate(
            told=Count("pk"),
            read=Count("pk", filter=Q(read_at__isnull=False)),
            undelivered=Count("pk", filter=Q(status=Notice.Status.FAILED) | Q(withheld=Notice.Withheld.ADDRESS)),
            waiting=Count("pk", filter=Q(status__in=Notice.OPEN)),
        )
        .annotate(paused_since=PAUSED_SINCE)
    )
    return {
        row["object_id"]: Outcome(
            row["told"],
            row["read"] if row["told"] >= FEW else None,
            row["undelivered"],
            row["waiting"],
            row["paused_since"],
        )
        for row in rows
    }
