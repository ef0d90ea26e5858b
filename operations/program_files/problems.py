"""What is wrong with a program file, said so that its writer finds the place and knows what to do."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: the line counts from 1, the key is written as it is reached, such as modules[2].items[1].due."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}"
        return f"{where}, {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class BrokenProgramFile(Exception):
    """A program file cannot be loaded; nothing was changed. `problems` are all that were found, in order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Findings:
    """Collects the problems of one file while it is read."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, key: str, message: str) -> None:
        self.problems.append(Problem(self.file, line, key, message))

    def stop(self, line: int, message: str) -> BrokenProgramFile:
        """For what makes reading on impossible: raise what this returns."""
        self.add(line, "", message)
        return BrokenProgramFile(self.problems)
