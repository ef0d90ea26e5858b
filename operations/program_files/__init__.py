"""Programs as files: reading and checking, writing, loading. docs/program-files.md shows one."""

from operations.program_files.loader import Loaded, Outcome, load_programs
from operations.program_files.problems import BrokenProgramFile, Problem
from operations.program_files.reader import ProgramFile, hash_content, open_program_file, read_program_file
from operations.program_files.writer import write_program

__all__ = [
    "BrokenProgramFile",
    "Loaded",
    "Outcome",
    "Problem",
    "ProgramFile",
    "hash_content",
    "load_programs",
    "open_program_file",
    "read_program_file",
    "write_program",
]
