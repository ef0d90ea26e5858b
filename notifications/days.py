"""When a person is written to: one mail a day for what is ordinary, and nothing at night that can wait."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max

from accounts.models import User
from notifications.gate import Terms
from notifications.hours import LEAST_LEFT, NIGHT_BEGINS, is_night, morning_of, night_ends
from notifications.models import Lane, Notice

# No day is longer, not even one on which the clocks go back.
LONGEST_DAY = timedelta(hours=26)
# A mail of the same day is under way; what becomes of it is known soon.
SOON = timedelta(seconds=15)


@dataclass
class Mailed:
    """What the people of a batch were sent already: when each got the last mail of a day, and who is being sent one."""

    last_at: dict[int, datetime] = field(default_factory=dict)
    under_way: set[int] = field(default_factory=set)

    @classmethod
    def to(cls, people: Iterable[int], *, now: datetime, allowed: Terms) -> "Mailed":
        """Look it up; two queries, none for nobody. What is held after a restore is not under way."""
        people = set(people)
        if not people:
            return cls()
        rows = Notice.objects.filter(recipient__in=people, lane=Lane.REMINDER).order_by()
        sent = rows.filter(status=Notice.Status.SENT, accepted_at__gt=now - LONGEST_DAY)
        last = sent.values("recipient").annotate(last=Max("accepted_at"))
        begun = allowed.allowed(rows.open().exclude(message_id=""))
        return cls(dict(last.values_list("recipient", "last")), set(begun.values_list("recipient", flat=True)))


def put_off(mail: Sequence[Notice], mailed: Mailed, now: datetime) -> datetime | None:
    """Until when the mail that these rows would make has to wait; None when it may go now."""
    first = mail[0]
    if first.lane == Lane.ACCOUNT or first.is_urgent or first.recipient is None or first.message_id:
        # One that a server may have taken already goes on as it was begun.
        return None
    if first.lane == Lane.REMINDER:
        if first.recipient_id in mailed.under_way:
            return now + SOON
        if not settings.KEEPS_MAIL_HOURS:
            return None
        chance = next_days_mail(first.recipient.tz, mailed.last_at.get(first.recipient_id or 0), now)
    else:
        chance = next_waking(first.recipient, now)
    if chance <= now or any(row.expires_at - chance < LEAST_LEFT for row in mail):
        return None
    return chance


def next_days_mail(tz: ZoneInfo, last_at: datetime | None, now: datetime) -> datetime:
    """When the next mail of a day may go: from the morning until the night begins, once on a day of the person's."""
    wall = now.astimezone(tz)
    today = wall.date()
    is_spent = last_at is not None and last_at.astimezone(tz).date() == today
    if is_spent or wall.time() >= NIGHT_BEGINS:
        return morning_of(today + timedelta(days=1), tz)
    return max(now, morning_of(today, tz))


def next_waking(person: User, now: datetime) -> datetime:
    """Now, or when their night ends. Nobody knows the nights of who has not said a zone."""
    if not settings.KEEPS_MAIL_HOURS or not person.zone or not is_night(now, person.tz):
        return now
    return night_ends(now, person.tz)
