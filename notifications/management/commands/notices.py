import signal
from threading import Event
from typing import Any

from django.core.management import BaseCommand
from django.core.management.base import CommandParser
from django.db import InterfaceError, OperationalError, connection

from notifications import tasks

LOOKS_PER_PLAN = 30
SECONDS_BETWEEN_LOOKS = 2


class Command(BaseCommand):
    help = "Plan and send notices without a broker: what worker and beat do otherwise. Safe beside them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--loop", action="store_true", help="go on until SIGTERM: send every 2 s, plan every minute"
        )

    def handle(self, *args: Any, loop: bool, **options: Any) -> None:
        if not loop:
            tasks.plan_notices()
            tasks.send_notices()
            return
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        look = 0
        while not stopped.is_set():
            self._look(plans=look % LOOKS_PER_PLAN == 0)
            look += 1
            stopped.wait(SECONDS_BETWEEN_LOOKS)

    def _look(self, *, plans: bool) -> None:
        try:
            if plans:
                tasks.plan_notices()
            tasks.send_notices()
        except (OperationalError, InterfaceError) as away:
            self.stderr.write(f"The database is away ({str(away).splitlines()[0]}); looking again.")
            connection.close()
