from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from operations.program_files import BrokenProgramFile, Problem, ProgramFile, load_programs, open_program_file

# Nobody reads more than this of a file that is something else altogether.
MOST_TOLD = 100


class Command(BaseCommand):
    help = "Check program files and load them: all of them, or none when anything is wrong in one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--check", action="store_true", help="only say whether they are right; change nothing")

    def handle(self, *, files: list[Path], check: bool, **options: Any) -> None:
        """Exit 1 with every problem of every file."""
        read = self.read_all(files)
        if check:
            for file in read:
                self.stdout.write(f"{file.name}: right")
            return
        try:
            for loaded in load_programs(files=read, actor=None, now=clock.now()):
                self.stdout.write(f"{loaded.version}: {loaded.outcome.value}")
        except BrokenProgramFile as broken:
            raise self.refused(broken.problems) from None

    def read_all(self, files: list[Path]) -> list[ProgramFile]:
        """Every file, or the problems of all of them at once."""
        read: list[ProgramFile] = []
        problems: list[Problem] = []
        for path in files:
            try:
                read.append(open_program_file(path))
            except BrokenProgramFile as broken:
                problems += broken.problems
        if problems:
            raise self.refused(problems)
        return read

    def refused(self, problems: list[Problem]) -> CommandError:
        """Tells the problems; what it gives ends the command."""
        for problem in problems[:MOST_TOLD]:
            self.stderr.write(str(problem))
        if len(problems) > MOST_TOLD:
            self.stderr.write(f"… and {len(problems) - MOST_TOLD} more")
        count = "One problem" if len(problems) == 1 else f"{len(problems)} problems"
        return CommandError(f"{count}; nothing was loaded.")
