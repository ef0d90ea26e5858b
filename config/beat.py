import logging
import time
from typing import Any

from celery.beat import Scheduler
from django.db import DatabaseError, InterfaceError, connection

from core import clock
from jobs.heartbeats import beat

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0


class BeatingScheduler(Scheduler):
    """The static schedule, and beat's own heartbeat: written here, so that it stops with beat and not with a worker."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last_heartbeat = -HEARTBEAT_SECONDS

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Wake what is due. A database that is away costs a heartbeat, not the schedule."""
        if time.monotonic() - self.last_heartbeat >= HEARTBEAT_SECONDS:
            self.last_heartbeat = time.monotonic()
            try:
                beat("beat", now=clock.now())
            except (DatabaseError, InterfaceError) as away:
                logger.warning("no heartbeat, the database is away: %s", str(away).splitlines()[0])
                connection.close()
        return float(super().tick(*args, **kwargs))
