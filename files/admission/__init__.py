"""Whether a file that somebody brings may come in: its ending, its first bytes and its structure must agree.

Everything here reads a bounded part of the file and unpacks none of it beyond a limit; pictures are decoded and texts
are read in a process of their own (`files.workshop`). What is refused is refused in one sentence that says what to do.
"""

from files.admission.entrance import MEGABYTE, PAPERS, WITH_RECORDINGS, Admitted, admit
from files.admission.kinds import ALL_KINDS, Group, Kind, endings_of, find_kind, kinds_of
from files.admission.refusals import Refused, Unfit

__all__ = [
    "ALL_KINDS",
    "MEGABYTE",
    "PAPERS",
    "WITH_RECORDINGS",
    "Admitted",
    "Group",
    "Kind",
    "Refused",
    "Unfit",
    "admit",
    "endings_of",
    "find_kind",
    "kinds_of",
]
