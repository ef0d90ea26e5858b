from typing import Any

from celery import shared_task

from core import clock
from core.publish import publish_on_commit
from jobs import runner
from jobs.clocks import agreed_now
from jobs.heartbeats import beat


@shared_task
def run_jobs(**_: Any) -> None:
    """Safe to run at any time, twice, or in parallel: a job has one holder."""
    now = agreed_now()
    beat("jobs", now=now)
    if runner.run_jobs(clock.going_on_from(now)):
        publish_on_commit("jobs.tasks.run_jobs")


@shared_task
def note_heartbeat(name: str, **_: Any) -> None:
    """A sign of life of whoever scheduled this."""
    beat(name, now=agreed_now())
