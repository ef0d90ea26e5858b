"""How long it takes from the hour of many reminders until the mail server has the last of them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from notifications import sender
from notifications.models import Notice


@dataclass(frozen=True)
class Measured:
    """What one run sent, and the seconds from `send_at` to the last acceptance."""

    notices: int
    mails: int
    seconds: float


def measure_sending(*, send_at: datetime) -> Measured:
    """Send what was planned ahead for that moment, as a sender that looks exactly then."""
    planned = Notice.objects.filter(send_at=send_at, status=Notice.Status.WAITING)
    pks = list(planned.values_list("pk", flat=True))
    mails = sender.send_due(now=send_at)
    sent = Notice.objects.filter(pk__in=pks, status=Notice.Status.SENT)
    last = sent.aggregate(last=Max("accepted_at"))["last"]
    return Measured(sent.count(), mails, (last - send_at).total_seconds() if last else float("inf"))
