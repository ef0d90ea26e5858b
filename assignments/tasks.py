from typing import Any

from celery import shared_task

from assignments.services import mind_covers, pass_on_silent, release_promised
from core import clock


@shared_task(soft_time_limit=120, time_limit=150)
def keep_promises(**_: Any) -> None:
    """Safe to run at any time, twice, or in parallel: each answer is released once, each cover begins and ends once,
    each paper is passed on once."""
    now = clock.now()
    mind_covers(now=now)
    release_promised(now=now)
    pass_on_silent(now=now)
