"""What time it is for whoever works unseen: by one clock for all machines, which is the database's."""

import logging
from datetime import datetime, timedelta
from socket import gethostname

from core import clock
from core.clock import Comparison
from jobs.models import WrongClock

logger = logging.getLogger(__name__)

# Machines that set their clocks by the network differ by some milliseconds.
TOLERANCE = timedelta(seconds=5)
# The planner looks every minute, the senders every two seconds.
LATELY = timedelta(minutes=5)
KEPT_FOR = timedelta(days=1)


def agreed_now() -> datetime:
    """The present moment for a task. One query; where this machine's clock is another, three more that note it."""
    compared = clock.compare()
    if is_wrong(compared):
        _note(compared)
    return compared.at


def is_wrong(compared: Comparison) -> bool:
    """Whether the two are so far apart that somebody has to look."""
    return abs(compared.ahead) > TOLERANCE


def wrong_clocks(*, now: datetime) -> list[WrongClock]:
    """The machines that have lately worked by another clock than the database's. One query."""
    return list(WrongClock.objects.filter(seen_at__gt=now - LATELY).order_by("machine"))


def _note(compared: Comparison) -> None:
    machine = gethostname()
    known = WrongClock.objects.filter(machine=machine, seen_at__gt=compared.at - LATELY)
    if not known.exists():
        logger.error(
            "The clock of %s is %+.0f seconds off the database's; what it does goes by the database's. "
            "Set both by the network (NTP).",
            machine,
            compared.ahead.total_seconds(),
        )
        # Names of containers change with each of them.
        WrongClock.objects.filter(seen_at__lt=compared.at - KEPT_FOR).delete()
    row = WrongClock(machine=machine, ahead=compared.ahead, seen_at=compared.at)
    WrongClock.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["machine"], update_fields=["ahead", "seen_at"]
    )
