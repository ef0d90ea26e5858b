"""Who has which paper open just now."""

from datetime import datetime

from accounts.models import User
from assignments.models import Presence, Submission


def note_presence(*, submission: Submission, actor: User, now: datetime) -> None:
    """Say that the person has the paper open; of several tabs one row, with the latest instant. One query."""
    Presence.objects.bulk_create(
        [Presence(submission=submission, user=actor, seen_at=now)],
        update_conflicts=True,
        unique_fields=["submission", "user"],
        update_fields=["seen_at"],
    )
