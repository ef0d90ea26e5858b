from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.core.management.base import CommandParser
from django.db import connection

from core import clock
from operations.demo.building import build_demo, is_built
from operations.demo.people import PASSWORD, SHOWN


class Command(BaseCommand):
    help = "Make the demo class around today, unless it is there; says its accounts. For the demo only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="empty the database and make the class anew")

    def handle(self, *args: Any, fresh: bool, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("This is production: the demo class would fill it with made-up people.")
        if fresh and is_built():
            empty_database()
            call_command("prepare_demo", stdout=self.stdout, stderr=self.stderr)
            return
        if not is_built():
            build_demo(now=clock.now(), say=lambda line: self.stderr.write(f"  {line}"))
        width = max(len(person.email) for person, _ in SHOWN)
        for person, role in SHOWN:
            self.stdout.write(f"{person.email:<{width}}  {role}")
        self.stdout.write(f"The password of all of them: {PASSWORD}")


def empty_database() -> None:
    """Empty every table; the record of what was done opens its one door for it."""
    with connection.cursor() as cursor:
        cursor.execute("SET audit.may_be_emptied = 'on'")
    try:
        call_command("flush", interactive=False, verbosity=0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET audit.may_be_emptied = 'off'")
