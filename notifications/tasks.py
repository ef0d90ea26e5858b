from typing import Any

from celery import shared_task

from jobs.clocks import agreed_now
from jobs.heartbeats import beat
from notifications import planner, sender
from notifications.models import Lane


@shared_task(soft_time_limit=120, time_limit=150)
def plan_notices(**_: Any) -> None:
    """Safe to run at any time, twice, or in parallel: each notice has a key."""
    now = agreed_now()
    planner.plan(now=now)
    beat("planner", now=now)


@shared_task(soft_time_limit=120, time_limit=150)
def send_notices(**_: Any) -> None:
    """Safe to run at any time, twice, or in parallel: a sender claims what it sends."""
    now = agreed_now()
    sender.send_due(now=now, lanes=sender.MANY)
    beat("sender", now=now)


@shared_task(soft_time_limit=120, time_limit=150)
def send_account_notices(**_: Any) -> None:
    """The account lane, in front of whose mails somebody waits: it has senders of its own. Likewise safe."""
    now = agreed_now()
    sender.send_due(now=now, lanes=(Lane.ACCOUNT,))
    beat("account sender", now=now)
