"""Kinds of work for the tests: each item that is done leaves an entry in the record, so that doing it twice is seen."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from django.db import OperationalError

from audit.models import Entry
from audit.services import record
from files.services import store_file
from jobs.kinds import JobFailed, Progress, job_kind

MONDAY = datetime(2027, 3, 8, 14, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Ticking:
    """A clock that moves on by a step each time it is asked."""

    def __init__(self, at=MONDAY, step=SECOND):
        self.at, self.step = at, step

    def __call__(self):
        self.at += self.step
        return self.at


# What a test wants to happen in the middle of a step: called with the job and the number of its next item.
in_the_middle = []


@job_kind("test.items", title="Doing items")
def do_items(job, now):
    """Params: `items` in all, `batch` at a time."""
    first = job.cursor.get("next", 0)
    last = min(first + job.params.get("batch", 3), job.params["items"])
    for number in range(first, last):
        record(actor=job.owner, verb=f"item {number}", on=job, now=now)
    for interruption in in_the_middle:
        interruption(job, first)
    return Progress(
        done=last,
        total=job.params["items"],
        cursor={"next": last},
        finished=last == job.params["items"],
        message=f"{last} items",
    )


@job_kind("test.export", title="Roster of section A")
def export(job, now):
    stored = store_file(content=b"name\nAmara Rao\n", content_type="text/csv", now=now)
    return Progress(done=1, total=1, finished=True, result_file=stored, result_name="roster.csv")


@job_kind("test.elsewhere", title="Kept elsewhere", result_address=lambda job: f"/elsewhere/{job.pk}/")
def keep_elsewhere(job, now):
    return Progress(done=1, total=1, finished=True)


@job_kind("test.refuses", title="Refusing")
def refuse(job, now):
    raise JobFailed("Row 7 has no e-mail address. Add it and start again.")


@job_kind("test.breaks", title="Breaking")
def break_down(job, now):
    raise ValueError("CANARY of somebody else")


@job_kind("test.deadlocks", title="Waiting for the database")
def deadlock(job, now):
    raise OperationalError("deadlock detected")


def items_done(job):
    """How often each item was done."""
    return Counter(Entry.objects.about(job).values_list("verb", flat=True))


def each_once(items):
    return Counter(f"item {number}" for number in range(items))
