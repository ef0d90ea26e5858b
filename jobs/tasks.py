from typing import Any

from celery import shared_task

from core import clock
from core.publish import publish_on_commit
from jobs import runner
from jobs.heartbeats import beat


@shared_task
def run_jobs(**_: Any) -> None:
    """Safe to run at any time, twice, or in parallel: a job has one holder."""
    beat("jobs", now=clock.now())
    if runner.run_jobs(clock.now):
        publish_on_commit("jobs.tasks.run_jobs")


@shared_task
def note_heartbeat(name: str, **_: Any) -> None:
    """A sign of life of whoever scheduled this."""
    beat(name, now=clock.now())
