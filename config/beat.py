import logging
import time
from datetime import datetime, timedelta
from typing import Any

import redis
from celery.beat import ScheduleEntry, Scheduler
from django.db import DatabaseError, InterfaceError, connection
from kombu.exceptions import KombuError

from core import clock
from jobs.clocks import agreed_now
from jobs.heartbeats import beat

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
# More than about so many looks of an entry are never waiting together. The message itself bears no expiry: the worker
# would hold it against the clock of its own machine, and one an hour ahead would do nothing at all.
MOST_LOOKS_WAITING = 10
# What is set at once is no drift.
JUMP = timedelta(seconds=5)


class BeatingScheduler(Scheduler):
    """The static schedule, and beat's own heartbeat: written here, so that it stops with beat and not with a worker."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last_heartbeat = -HEARTBEAT_SECONDS
        self._steady_zero = _steady_zero()

    def setup_schedule(self) -> None:
        """As the library's, but all is due when beat starts: a beat that starts again every half minute would otherwise
        never wake a planner, and after a standstill people have waited long enough."""
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now() - entry.schedule.run_every

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Wake what is due. A database that is away costs a heartbeat, not the schedule."""
        self._begin_anew_after_a_jump()
        if time.monotonic() - self.last_heartbeat >= HEARTBEAT_SECONDS:
            self.last_heartbeat = time.monotonic()
            try:
                beat("beat", now=agreed_now())
            except (DatabaseError, InterfaceError) as away:
                logger.warning("no heartbeat, the database is away: %s", str(away).splitlines()[0])
                connection.close()
        return float(super().tick(*args, **kwargs))

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Wake it, unless nobody takes what is in its queue: after downtime a few looks wait, not a thousand."""
        if not self._is_behind(entry):
            super().apply_entry(entry, producer=producer)

    def _is_behind(self, entry: ScheduleEntry) -> bool:
        queue = self._queue_of(entry)
        try:
            waiting = int(self.producer.channel.client.llen(queue))
        except (redis.RedisError, KombuError, OSError):
            # Publishing says what is wrong.
            return False
        # Those that are woken as often or more often fill the queue before it: what is woken every two seconds leaves
        # room for what is woken every minute.
        before = [
            other
            for other in self.schedule.values()
            if other.schedule.run_every <= entry.schedule.run_every and self._queue_of(other) == queue
        ]
        return waiting >= MOST_LOOKS_WAITING * len(before)

    def _queue_of(self, entry: ScheduleEntry) -> str:
        return str(self.app.amqp.router.route(dict(entry.options), entry.task)["queue"].name)

    def _begin_anew_after_a_jump(self) -> None:
        """Celery reckons by the machine's clock: set back by an hour, it would wake nobody for an hour."""
        zero = _steady_zero()
        if abs(zero - self._steady_zero) > JUMP:
            logger.warning("This machine's clock was set: %+.0f s.", (zero - self._steady_zero).total_seconds())
            for entry in self.schedule.values():
                entry.last_run_at = entry.default_now()
            self._heap = None
        self._steady_zero = zero


def _steady_zero() -> datetime:
    """What the machine's clock showed when the steady one began; it moves only when the former is set."""
    return clock.now() - clock.steady()
