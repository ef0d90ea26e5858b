from datetime import datetime, timedelta

from django.db.models import Q

from jobs.models import Heartbeat

# What is further ahead was written while the clock was wrong.
FURTHEST = timedelta(minutes=5)


def beat(name: str, *, now: datetime) -> None:
    """Note that this process lives; safe to call from many at once, and never turns the clock back, but to set right
    what a wrong one wrote."""
    if not Heartbeat.objects.filter(Q(at__lt=now) | Q(at__gt=now + FURTHEST), name=name).update(at=now):
        Heartbeat.objects.bulk_create([Heartbeat(name=name, at=now)], ignore_conflicts=True)


def heartbeats() -> dict[str, datetime]:
    """When each process last gave a sign of life, by its name."""
    return dict(Heartbeat.objects.values_list("name", "at"))
