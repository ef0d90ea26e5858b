from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from operations.invariants import find_violations

# A broken table should not fill the screen before the next promise is read.
SHOWN = 20


class Command(BaseCommand):
    help = "Go through what must always hold; exits 1 and says where when something does not."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for promise, broken in find_violations(now=clock.now()):
            found += len(broken)
            self.stdout.write(f"{'BROKEN' if broken else 'holds'}: {promise}.")
            for sentence in broken[:SHOWN]:
                self.stdout.write(f"  {sentence}")
            if len(broken) > SHOWN:
                self.stdout.write(f"  … and {len(broken) - SHOWN} more.")
        if found:
            raise CommandError(f"{found} violations.")
