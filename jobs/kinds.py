"""What kinds of long work there are. Each app declares its own in its `jobs.py`, found when the platform starts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from files.models import StoredFile
from jobs.models import Job


class JobFailed(Exception):
    """Raised by a step that cannot go on: its words are shown to the owner, so they say what to do."""


class UnknownKind(JobFailed):
    """No app declares this kind of work."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Nothing here knows how to do “{name}”.")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What one step achieved: how far the whole now is, and where the next step starts."""

    done: int
    total: int
    finished: bool = False
    cursor: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    result_file: StoredFile | None = None
    result_name: str = ""


Step = Callable[[Job, datetime], Progress]
# Where the owner of a finished job fetches what it made, when that is kept by another app; empty: nowhere (any more).
ResultAddress = Callable[[Job], str]


@dataclass(frozen=True)
class JobKind:
    """A kind of work: its name in the table, its title on the page, and the function that does one small batch."""

    name: str
    title: str
    step: Step
    result_address: ResultAddress | None = None


_kinds: dict[str, JobKind] = {}


def job_kind(name: str, *, title: str, result_address: ResultAddress | None = None) -> Callable[[Step], Step]:
    """Declare a kind of work: `@job_kind("roster.import", title="Importing a roster")` on its step.

    The step does one small batch, a second or so, from `job.cursor`, and says how far it came. It runs inside a
    transaction that is committed together with the new cursor, or not at all: so it keeps to the database and to
    `store_file`, and whatever else must happen is told by a notice.

    A `result_file` is for the job's owner, whoever they are by then. What is for a role, and not for whoever once had
    it, is kept in a row of its own app with a door of its own, and `result_address` leads there.
    """

    def declare(step: Step) -> Step:
        if name in _kinds and _kinds[name].step is not step:
            raise ValueError(f"The kind of job “{name}” is declared twice.")
        _kinds[name] = JobKind(name, title, step, result_address)
        return step

    return declare


def find_kind(name: str) -> JobKind:
    """The declaration of this name; raises UnknownKind."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(name) from None


def title_of(name: str) -> str:
    """The title of this kind, or its bare name when nothing declares it any more."""
    kind = _kinds.get(name)
    return kind.title if kind else name


def result_address_of(job: Job) -> str:
    """Where the owner of a finished job fetches what it made; empty where the job itself has it or it is gone."""
    address = kind.result_address if (kind := _kinds.get(job.kind)) else None
    return address(job) if address and job.status == Job.Status.DONE else ""
