from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.program_files import write_program
from programs.models import ProgramVersion


class Command(BaseCommand):
    help = "Write a program back as a program file, to standard output."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Django's own `--version` gives way to ours."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the program, such as loa")
        parser.add_argument("--version", dest="number", type=int, help="which version; without it the newest")
        parser.add_argument("--as-loaded", action="store_true", help="the file as it was read, comments included")

    def handle(self, *, slug: str, number: int | None, as_loaded: bool, **options: Any) -> None:
        """Loading what this writes changes nothing."""
        versions = ProgramVersion.objects.filter(program__slug=slug)
        version = (versions if number is None else versions.filter(number=number)).order_by("-number").first()
        if version is None:
            known = ", ".join(str(one) for one in versions.order_by("number").values_list("number", flat=True))
            hint = f"it has version {known}" if known else "load its file first"
            which = "" if number is None else f" with version {number}"
            raise CommandError(f"There is no program “{slug}”{which}; {hint}.")
        self.stdout.write(version.source if as_loaded else write_program(version.outline), ending="")
