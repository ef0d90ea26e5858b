from typing import Any

from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser

from core import clock
from dashboards.health import PROCESSES, read_pulses


class Command(BaseCommand):
    help = "Exit with 1 when one of these processes gave no sign of life lately; for health checks of containers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"by default all: {', '.join(PROCESSES)}")

    def handle(self, *args: Any, names: list[str], **options: Any) -> None:
        if unknown := set(names) - set(PROCESSES):
            raise CommandError(
                f"There is no process {', '.join(sorted(unknown))}: name some of {', '.join(PROCESSES)}."
            )
        asked = names or PROCESSES
        silent = [pulse.name for pulse in read_pulses(clock.compare().at) if pulse.name in asked and not pulse.is_alive]
        if silent:
            raise CommandError(f"No sign of life of {', '.join(silent)}: see that it runs and reaches the broker.")
