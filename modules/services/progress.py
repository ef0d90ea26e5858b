from datetime import datetime

from cohorts.models import Enrollment
from modules.models import Item, ItemProgress


class DoneByHandingIn(Exception):
    """Work is done by handing it in, and what was handed in stays handed in."""

    def __init__(self, item: Item) -> None:
        super().__init__(f"“{item}” is done when it is handed in; that cannot be taken back.")


def mark_done(*, item: Item, enrollment: Enrollment, now: datetime) -> ItemProgress:
    """Keep that an item is done, from the first time on; safe to call twice and at the same time.

    Whoever owns the item's work calls this when it is handed in: strict order reads nothing else.
    """
    ItemProgress.objects.bulk_create(
        [ItemProgress(item=item, enrollment=enrollment, done_at=now)], ignore_conflicts=True
    )
    return ItemProgress.objects.get(item=item, enrollment=enrollment)


def unmark_done(*, item: Item, enrollment: Enrollment) -> None:
    """Take a participant's own tick back. Raises DoneByHandingIn."""
    if item.kind == Item.Kind.ASSIGNMENT:
        raise DoneByHandingIn(item)
    ItemProgress.objects.filter(item=item, enrollment=enrollment).delete()
