from datetime import datetime

from jobs.models import Heartbeat


def beat(name: str, *, now: datetime) -> None:
    """Note that this process lives; safe to call from many at once, and never turns the clock back."""
    if not Heartbeat.objects.filter(name=name, at__lt=now).update(at=now):
        Heartbeat.objects.bulk_create([Heartbeat(name=name, at=now)], ignore_conflicts=True)


def heartbeats() -> dict[str, datetime]:
    """When each process last gave a sign of life, by its name."""
    return dict(Heartbeat.objects.values_list("name", "at"))
