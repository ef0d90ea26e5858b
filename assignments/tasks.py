from typing import Any

from celery import shared_task

from assignments.services import release_promised
from core import clock


@shared_task(soft_time_limit=120, time_limit=150)
def keep_promises(**_: Any) -> None:
    """Safe to run at any time, twice, or in parallel: each answer is released once."""
    release_promised(now=clock.now())
