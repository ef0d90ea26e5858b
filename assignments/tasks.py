"""What happens to papers by the clock. Each may run at any time, twice, or in parallel; a task each, so that trouble
with one cover keeps no answer back."""

from typing import Any

from celery import shared_task

from assignments import services
from jobs.clocks import agreed_now


@shared_task(soft_time_limit=120, time_limit=150)
def mind_covers(**_: Any) -> None:
    """Covers begin and end, once each."""
    services.mind_covers(now=agreed_now())


@shared_task(soft_time_limit=120, time_limit=150)
def release_promised(**_: Any) -> None:
    """Finished answers go out at the promised instant, once each."""
    services.release_promised(now=agreed_now())


@shared_task(soft_time_limit=120, time_limit=150)
def pass_on_silent(**_: Any) -> None:
    """Papers that no peer has answered in time go to staff, once each."""
    services.pass_on_silent(now=agreed_now())


@shared_task(soft_time_limit=120, time_limit=150)
def forget_bundles(**_: Any) -> None:
    """ZIPs of papers go away when their time is over."""
    services.forget_bundles(now=agreed_now())
