"""The process in which a file of somebody else's is opened: `python -m files.workshop.child TASK PATH`.

Writes what it made to standard output, and says by its exit what was wrong. Limits hold before a library is loaded.
"""

import contextlib
import resource
import sys
from importlib import import_module

from files.workshop.limits import CPU_SECONDS, LOCKED, MOST_MADE, MOST_MEMORY, TOO_MUCH, UNREADABLE
from files.workshop.refusals import Locked, TooMuch


def limit_oneself() -> None:
    """Seconds of work, memory, size of what is made, and no core dump."""
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_FSIZE, MOST_MADE),
        (resource.RLIMIT_CORE, 0),
    ):
        # Not every system knows each of them; the parent's clock holds everywhere.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


# Only the libraries that a kind needs are loaded.
TASKS = {
    "picture": ("files.workshop.pictures", "copy_picture"),
    "pdf": ("files.workshop.portable", "read_pdf"),
    "docx": ("files.workshop.texts", "read_docx"),
    "odt": ("files.workshop.texts", "read_odt"),
    "rtf": ("files.workshop.rich", "read_rtf"),
}


def main(task: str, path: str) -> int:
    """Do it; what it returns is the exit of the process."""
    limit_oneself()
    try:
        with open(path, "rb") as file:
            module, name = TASKS[task]
            getattr(import_module(module), name)(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except Locked:
        return LOCKED
    except (TooMuch, MemoryError):
        return TOO_MUCH
    except Exception:  # whatever a library says of a file that is not as it should be
        return UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
