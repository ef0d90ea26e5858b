from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, call_command
from django.core.management.base import CommandParser

PROGRAMS = Path(__file__).resolve().parents[2] / "programs"


class Command(BaseCommand):
    help = (
        "Load the programs that ship with the product and make the demo class, unless it is there; says its accounts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="make the demo class anew around today")

    def handle(self, *args: Any, fresh: bool, **options: Any) -> None:
        for path in sorted(PROGRAMS.glob("*.yaml")):
            call_command("load_program", path, stdout=self.stderr)
        call_command("make_demo", fresh=fresh, stdout=self.stdout, stderr=self.stderr)
