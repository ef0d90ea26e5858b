from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from files.inspection import clean_files, inspect_files


class Command(BaseCommand):
    help = "Compare the stored files with their rows; exits 1 when one is missing or damaged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--read-all", action="store_true", help="read every byte, not only the sizes")
        parser.add_argument("--clean", action="store_true", help="remove what a crash left behind and nobody owns")

    def handle(self, *args: Any, read_all: bool, clean: bool, **options: Any) -> None:
        findings = inspect_files(now=clock.now(), reads_all=read_all)
        for sha256 in findings.missing:
            self.stdout.write(f"missing: {sha256}: its row is there, its bytes are not. Restore it from the back-up.")
        for sha256 in findings.damaged:
            self.stdout.write(f"damaged: {sha256}: its bytes are not those that came. Restore it from the back-up.")
        leftovers = [*findings.unowned, *findings.unfinished]
        for path in leftovers:
            self.stdout.write(f"left behind: {path}: nobody's, from more than a day ago.")
        if clean:
            self.stdout.write(f"Removed {clean_files(findings)} left behind.")
        elif leftovers:
            self.stdout.write("`manage.py check_files --clean` removes what was left behind.")
        if findings.has_losses:
            raise CommandError(f"{len(findings.missing) + len(findings.damaged)} stored files are missing or damaged.")
        self.stdout.write("Every stored file is there.")
