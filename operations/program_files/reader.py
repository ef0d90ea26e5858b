"""A program file from its bytes to its content, or everything that is wrong with it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from operations.program_files.keys import PROGRAM
from operations.program_files.nodes import LARGEST_FILE, compose, read_text
from operations.program_files.problems import BrokenProgramFile, Findings
from operations.program_files.sense import check_program
from programs.content import ProgramContent, plain_content, read_content


@dataclass(frozen=True)
class ProgramFile:
    """A file that was found to be right. `lines` says where each key of the program itself stands."""

    name: str
    content: ProgramContent
    source: str
    lines: dict[str, int]

    @property
    def content_hash(self) -> str:
        return hash_content(self.content)


def hash_content(content: ProgramContent) -> str:
    """SHA-256 of the canonical content: comments, order of keys and ways of quoting do not count."""
    canonical = json.dumps(plain_content(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def open_program_file(path: Path) -> ProgramFile:
    """Read and check a file on disk. Raises BrokenProgramFile, also when there is no such file."""
    try:
        with path.open("rb") as handle:
            data = handle.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Findings(str(path)).stop(1, f"The file cannot be opened: {error.strerror}.") from None
    return read_program_file(data, str(path))


def read_program_file(data: bytes, name: str) -> ProgramFile:
    """Read and check. Raises BrokenProgramFile with all problems."""
    findings = Findings(name)
    source = read_text(data, findings)
    program = PROGRAM(compose(source, findings), "", findings)
    if program is not None:
        check_program(program, findings)
    if program is None or findings.problems:
        raise BrokenProgramFile(findings.problems)
    return ProgramFile(name, read_content(program.plain()), source, program.lines)
