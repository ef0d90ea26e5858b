"""What became of announcements: counts, and never who of a few has read."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from announcements import notices
from announcements.models import Announcement
from notifications.models import Notice

# Of fewer people a count would say who has read.
FEW = 5


@dataclass(frozen=True)
class Outcome:
    """How many people were told, how many opened it here, how many mails could not be delivered."""

    told: int = 0
    read: int | None = None
    undelivered: int = 0


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
        )
    )
    return {
        row["object_id"]: Outcome(row["told"], row["read"] if row["told"] >= FEW else None, row["undelivered"])
        for row in rows
    }
