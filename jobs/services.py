from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from core.moves import move
from core.publish import publish_on_commit
from jobs.heartbeats import beat, heartbeats
from jobs.kinds import find_kind
from jobs.models import Job
from jobs.runner import run_jobs

__all__ = ["beat", "heartbeats", "resume_job", "run_jobs", "start_job", "stop_job"]

RUN_JOBS = "jobs.tasks.run_jobs"


@transaction.atomic
def start_job(
    *, kind: str, owner: User, params: Mapping[str, Any] | None = None, scope: str = "", now: datetime
) -> Job:
    """Put a piece of work in line; a worker is woken when the caller's transaction is committed.

    `kind` is declared by `jobs.kinds.job_kind` (raises UnknownKind), `params` must fit into JSON.
    """
    find_kind(kind)
    job = Job.objects.create(kind=kind, owner=owner, scope=scope, params=dict(params or {}), created_at=now)
    publish_on_commit(RUN_JOBS)
    return job


@transaction.atomic
def stop_job(*, job: Job, now: datetime) -> Job:
    """Stop at once: a step that is under way is undone, what was committed before it stays. Raises WrongState."""
    move(job, Job.Status.STOPPED, leased_by=None, lease_until=now)
    return job


@transaction.atomic
def resume_job(*, job: Job) -> Job:
    """Go on after the last committed step of a stopped or failed job. Raises WrongState."""
    move(job, Job.Status.WAITING, error="", tries=0, finished_at=None)
    publish_on_commit(RUN_JOBS)
    return job
