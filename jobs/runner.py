"""Does the steps of jobs, one runner to a job.

Two guards, each for what the other cannot do. The *lease* says who holds a job and lets another runner take it up when
the holder is gone. The *step lock*, an advisory lock of the database held for the length of a step, keeps a job from
being taken from a holder whose step merely takes longer than its lease; it ends with the holder's connection.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction

from core.moves import move
from jobs.kinds import JobFailed, Progress, find_kind
from jobs.models import Job

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
# A job is put down after its turn, so that a short one need not wait for a long one to end.
TURN = timedelta(seconds=5)
RUN_FOR = timedelta(seconds=30)
MOST_TRIES = 5
STEP_LOCKS = 0x4A4F42  # "JOB": the first key of the advisory locks, the second is the job's own
WIDEST_LOCK_KEY = 2**31

Clock = Callable[[], datetime]


class LeaseLost(Exception):
    """The job was stopped, or another runner holds it now: the step in hand is undone."""


def run_jobs(now: Clock) -> bool:
    """Work on jobs in turn until none waits or RUN_FOR is over; returns whether work is left."""
    ends_at = now() + RUN_FOR
    while (started_at := now()) < ends_at:
        job = claim_job(now=started_at)
        if job is None:
            return False
        _take_turn(job, now, until=min(started_at + TURN, ends_at))
    return Job.objects.claimable(now()).exists()


@transaction.atomic
def claim_job(*, now: datetime) -> Job | None:
    """Take up the job that is next in line, or None; a job that brought down runner after runner is given up."""
    passed_over: list[int] = []
    free = Job.objects.claimable(now).select_for_update(skip_locked=True, no_key=True)
    while job := free.exclude(pk__in=passed_over).first():
        passed_over.append(job.pk)
        if not _take_step_lock(job.pk):
            continue
        if job.tries >= MOST_TRIES:
            logger.error("%s was given up after %s tries", job, job.tries)
            _put_down(job, Job.Status.FAILED, now, finished_at=now, error=_words_for_giving_up())
            continue
        job.status = Job.Status.RUNNING
        job.leased_by, job.lease_until, job.tries = uuid.uuid4(), now + LEASE, job.tries + 1
        job.started_at = job.started_at or now
        job.save(update_fields=["status", "leased_by", "lease_until", "tries", "started_at"])
        return job
    return None


def _take_turn(job: Job, now: Clock, *, until: datetime) -> None:
    holder = job.leased_by
    try:
        while not take_step(job.pk, holder, now):
            if now() >= until:
                break
        else:
            return
        with transaction.atomic():
            _put_down(_held(job.pk, holder), Job.Status.WAITING, now())
    except LeaseLost:
        logger.info("%s was stopped, or is held by another runner now", job)
    except OperationalError:
        # The database, not the job: a deadlock, a lock not got, a server going down. Whoever comes after the lease
        # has run out tries again.
        logger.warning("a step of %s was interrupted", job, exc_info=True)
    except Exception as failure:
        logger.exception("a step of %s failed", job)
        _fail(job, holder, failure, now())


@transaction.atomic
def take_step(pk: int, holder: uuid.UUID | None, now: Clock) -> bool:
    """Do one step and commit it together with its cursor; returns whether the job is finished.

    Raises LeaseLost, and whatever the step raises; the step is then undone.
    """
    if not _take_step_lock(pk):
        raise LeaseLost
    _allow_thinking()
    job = Job.objects.filter(pk=pk, leased_by=holder, status=Job.Status.RUNNING).first()
    if job is None:
        raise LeaseLost
    progress = find_kind(job.kind).step(job, now())
    _keep_progress(_held(pk, holder), progress, now())
    return progress.finished


def _keep_progress(job: Job, progress: Progress, now: datetime) -> None:
    changes: dict[str, Any] = {
        "done": progress.done,
        "total": progress.total,
        "cursor": progress.cursor,
        "message": progress.message,
        "tries": 0,
    }
    if progress.result_file is not None:
        changes |= {"result_file": progress.result_file, "result_name": progress.result_name}
    if progress.finished:
        _put_down(job, Job.Status.DONE, now, finished_at=now, **changes)
    else:
        Job.objects.filter(pk=job.pk).update(lease_until=now + LEASE, **changes)


def _held(pk: int, holder: uuid.UUID | None) -> Job:
    """The job's row, locked, if this runner still holds it; raises LeaseLost."""
    rows = Job.objects.select_for_update(no_key=True).filter(pk=pk, leased_by=holder, status=Job.Status.RUNNING)
    job = rows.first()
    if job is None:
        raise LeaseLost
    return job


def _put_down(job: Job, to: Job.Status, now: datetime, **changes: Any) -> None:
    move(job, to, leased_by=None, lease_until=now, **changes)


def _fail(job: Job, holder: uuid.UUID | None, failure: Exception, now: datetime) -> None:
    try:
        with transaction.atomic():
            _put_down(_held(job.pk, holder), Job.Status.FAILED, now, finished_at=now, error=_words_for(failure))
    except LeaseLost:
        logger.info("%s was stopped, or is held by another runner now", job)


def _words_for(failure: Exception) -> str:
    """What the owner reads. The words of an unforeseen error stay in the log: they may quote other people's data."""
    if isinstance(failure, JobFailed):
        return str(failure)
    return (
        f"Something went wrong that we did not foresee ({type(failure).__name__}). It is in the log; tell the office."
    )


def _words_for_giving_up() -> str:
    return f"This was interrupted {MOST_TRIES} times at the same place, so it was given up. Tell the office."


def _allow_thinking() -> None:
    """A step may reckon for minutes between two queries, which a web request may not."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '11min'")


def _take_step_lock(pk: int) -> bool:
    """Held until the end of the transaction, or of the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [STEP_LOCKS, pk % WIDEST_LOCK_KEY])
        return bool(cursor.fetchone()[0])
