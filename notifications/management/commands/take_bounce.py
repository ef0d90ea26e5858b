import os
import sys
from typing import Any

from django.core.management import BaseCommand
from django.core.management.base import CommandParser
from django.db import InterfaceError, OperationalError

from core import clock
from notifications.dsn import LONGEST, read_report
from notifications.returns import take_report

# By this a mail server knows that it is to try again later.
TRY_AGAIN = os.EX_TEMPFAIL


class Command(BaseCommand):
    help = "Take one mail that came back, from standard input, as a mail server's pipe gives it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--recipient", default="", help="the envelope's, where the server knows it")

    def handle(self, *args: Any, recipient: str, **options: Any) -> None:
        """Ends well whatever the mail is, so that no bounce is bounced; asks for another try while the database is
        away."""
        mail = sys.stdin.buffer.read(LONGEST)
        # A server whose pipe is closed before all was read calls that a failure.
        while sys.stdin.buffer.read(LONGEST):
            pass
        try:
            report = read_report(mail, recipient=recipient)
            is_new = report is not None and take_report(report=report, now=clock.now())
        except (OperationalError, InterfaceError):
            sys.exit(TRY_AGAIN)
        self.stdout.write("taken" if is_new else "nothing new")
