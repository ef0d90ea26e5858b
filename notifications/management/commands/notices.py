import signal
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser
from django.db import InterfaceError, OperationalError, connection, connections

from jobs.clocks import agreed_now
from notifications import services, tasks
from notifications.models import Sending

LOOKS_PER_PLAN = 30
SECONDS_BETWEEN_LOOKS = 2
LONGEST_REASON = Sending._meta.get_field("paused_because").max_length or 0


class Command(BaseCommand):
    help = (
        "Plan and send notices without a broker: what worker and beat do otherwise; safe beside them. Or pause the "
        "mails, let them go on, say what becomes of those of before a restore."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_mutually_exclusive_group()
        acts.add_argument("--loop", action="store_true", help="go on until SIGTERM: send every 2 s, plan every minute")
        acts.add_argument("--pause", metavar="WHY", help="let nothing go out but sign-in codes and receipts")
        acts.add_argument("--resume", action="store_true", help="let mails go out again, those that are still useful")
        acts.add_argument(
            "--after-restore",
            choices=["send", "drop"],
            help="what was held since the database was restored: send the still useful, or drop all of before",
        )

    def handle(
        self,
        *args: Any,
        loop: bool,
        pause: str | None,
        resume: bool,
        after_restore: str | None,
        **options: Any,
    ) -> None:
        if pause is not None:
            self._pause(pause.strip())
        elif resume:
            self._do(lambda: services.resume_sending(actor=None, now=agreed_now()))
            self.stdout.write("Mails go out again.")
        elif after_restore is not None:
            end_hold = services.send_held if after_restore == "send" else services.drop_held
            count = self._do(lambda: end_hold(actor=None, now=agreed_now()))
            self.stdout.write(f"{count} notices of before the restore: {after_restore}.")
        elif loop:
            self._loop()
        else:
            tasks.plan_notices()
            tasks.send_account_notices()
            tasks.send_notices()

    def _pause(self, because: str) -> None:
        if not because:
            raise CommandError("Say why: manage.py notices --pause “The links are wrong”.")
        if len(because) > LONGEST_REASON:
            raise CommandError(f"Say why in at most {LONGEST_REASON} characters; these are {len(because)}.")
        services.pause_sending(because=because, actor=None, now=agreed_now())
        self.stdout.write("Paused. Sign-in codes and receipts go on; `manage.py notices --resume` ends it.")

    def _do(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except (services.NotPaused, services.NothingHeld) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _loop(self) -> None:
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        # Beside the others, so that no sign-in code waits behind a slow mail.
        beside = Thread(target=self._send_account_notices, args=[stopped], name="account notices", daemon=True)
        beside.start()
        look = 0
        while not stopped.is_set():
            plans = look % LOOKS_PER_PLAN == 0
            self._look(*([tasks.plan_notices] if plans else []), tasks.send_notices)
            look += 1
            stopped.wait(SECONDS_BETWEEN_LOOKS)
        beside.join()

    def _send_account_notices(self, stopped: Event) -> None:
        while not stopped.is_set():
            self._look(tasks.send_account_notices)
            stopped.wait(SECONDS_BETWEEN_LOOKS)
        connections.close_all()

    def _look(self, *acts: Callable[[], None]) -> None:
        try:
            for act in acts:
                act()
        except (OperationalError, InterfaceError) as away:
            self.stderr.write(f"The database is away ({str(away).splitlines()[0]}); looking again.")
            connection.close()
