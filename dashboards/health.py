"""How the parts that nobody sees are doing: for the probes and for the operator's page."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import redis
from django import forms
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from kombu import Connection
from kombu.exceptions import KombuError

from accounts.http import SignedInRequest
from accounts.roles import Perm
from core import clock
from core.access import requires
from core.spans import say_span
from jobs.clocks import is_wrong, wrong_clocks
from jobs.heartbeats import heartbeats
from notifications import services
from notifications.standing import Standing, standing_of_mails
from programs.checks import zones_that_differ

# Worker and beat give a sign of life every 15 seconds; some may be lost before anybody is worried.
SILENCE = timedelta(seconds=60)
# The sender looks every two seconds and tries a busy mail server again within minutes.
LATE_NOTICE = timedelta(minutes=10)
PROCESSES = ("worker", "jobs", "beat")


class PauseForm(forms.Form):
    """Why nothing is to go out."""

    because = forms.CharField(
        label="Why",
        max_length=300,
        error_messages={"required": "Say why: whoever comes next wants to know when mails may go on."},
    )


@dataclass(frozen=True)
class Pulse:
    """When a process last gave a sign of life, and whether that is recent enough."""

    name: str
    seen_at: datetime | None
    age: timedelta | None

    @property
    def is_alive(self) -> bool:
        # A sign from far ahead was given while the clock was wrong, and says nothing of now.
        return self.age is not None and -SILENCE < self.age < SILENCE


@dataclass(frozen=True)
class OffClock:
    """A machine whose clock is another than the database's; the web server that answers has no name here."""

    machine: str
    ahead: timedelta

    @property
    def is_behind(self) -> bool:
        return self.ahead < timedelta(0)

    @property
    def words(self) -> str:
        """By how much; to the second where it is little."""
        by = abs(self.ahead)
        return f"{round(by.total_seconds())} seconds" if by < timedelta(minutes=2) else say_span(by)


@dataclass(frozen=True)
class Health:
    """Everything at one moment. Without its database the site is not ready; without the rest it is only poorer."""

    database: bool
    migrated: bool
    broker: bool
    pulses: tuple[Pulse, ...] = ()
    mails: Standing | None = None
    off_clocks: tuple[OffClock, ...] = ()
    # Sessions' zones for whose clocks the database has other rules; looked for on the page only, since it takes long.
    off_zones: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        return self.database and self.migrated

    @property
    def oldest_due_notice(self) -> timedelta | None:
        return self.mails.oldest_due if self.mails else None

    @property
    def notices_are_late(self) -> bool:
        return self.oldest_due_notice is not None and self.oldest_due_notice > LATE_NOTICE

    @property
    def summary(self) -> str:
        """Whether somebody has to look, before the parts are read one by one."""
        is_well = (
            self.is_ready
            and self.broker
            and all(pulse.is_alive for pulse in self.pulses)
            and not self.off_clocks
            and not self.off_zones
            and not (self.mails and self.mails.needs_a_hand)
            and not self.notices_are_late
        )
        return "Nothing needs a hand." if is_well else "Something needs a hand: it is marked."

    def as_json(self) -> dict[str, object]:
        """For monitoring; ages are whole seconds."""
        return {
            "ready": self.is_ready,
            "database": "ok" if self.database else "away",
            "migrations": "ok" if self.migrated else "pending",
            "broker": "ok" if self.broker else "away",
            "heartbeat_age_seconds": {pulse.name: _seconds(pulse.age) for pulse in self.pulses},
            "oldest_due_notice_seconds": _seconds(self.oldest_due_notice),
            "mails": self.mails.as_json() if self.mails else None,
            # The furthest off; below zero it is behind. None while all agree with the database's.
            "clock_off_seconds": _seconds(max((off.ahead for off in self.off_clocks), key=abs, default=None)),
        }


def examine(*, now: datetime) -> Health:
    """Look at everything; never raises because something is away.

    `now` is by this machine's clock. What is dated in the database is by the database's, and so is its age.
    """
    broker = broker_answers()
    try:
        migrated = migrations.are_applied()
        if not migrated:
            return Health(database=True, migrated=False, broker=broker)
        compared = clock.compare()
        at = now - compared.ahead
        off = [OffClock(row.machine, row.ahead) for row in wrong_clocks(now=at)]
        if is_wrong(compared):
            off.insert(0, OffClock("", compared.ahead))
        return Health(
            database=True,
            migrated=True,
            broker=broker,
            pulses=read_pulses(at),
            mails=standing_of_mails(at),
            off_clocks=tuple(off),
        )
    except (DatabaseError, InterfaceError):
        # The connection may be half open; the next request gets a new one.
        connection.close()
        return Health(database=False, migrated=False, broker=broker)


def broker_answers() -> bool:
    """Whether the broker says PONG, within three tenths of a second."""
    quick = {"socket_connect_timeout": 0.3, "socket_timeout": 0.3, "max_retries": 0}
    try:
        with Connection(settings.CELERY_BROKER_URL, transport_options=quick) as broker:
            return bool(broker.default_channel.client.ping())
    except (redis.RedisError, KombuError, OSError):
        return False


def read_pulses(now: datetime) -> tuple[Pulse, ...]:
    """The heartbeats of the processes that must be there."""
    seen = heartbeats()
    return tuple(Pulse(name, seen.get(name), now - seen[name] if name in seen else None) for name in PROCESSES)


class Migrations:
    """Whether this code's migrations are all applied. Once they are they stay so for as long as this process lives."""

    def __init__(self) -> None:
        self.applied = False

    def are_applied(self) -> bool:
        """Costs one query once they are; raises DatabaseError when the database is away."""
        if self.applied:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return True
        executor = MigrationExecutor(connection)
        self.applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self.applied


migrations = Migrations()


@requires(Perm.VIEW_HEALTH)
def health_page(request: HttpRequest) -> HttpResponse:
    """The same for a person, with what to do."""
    return show(request)


def show(request: HttpRequest, *, form: PauseForm | None = None, status: int = 200) -> HttpResponse:
    """The page, with what was typed."""
    health = examine(now=request.now)  # type: ignore[attr-defined]
    if health.is_ready:
        health = replace(health, off_zones=tuple(zones_that_differ()))
    context = {"health": health, "form": form or PauseForm()}
    return render(request, "dashboards/health.html", context, status=status)


@requires(Perm.PAUSE_MAILS)
@require_POST
def mails_pause(request: SignedInRequest) -> HttpResponse:
    """Let nothing go out to many, and say why."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        return show(request, form=form, status=422)
    services.pause_sending(because=form.cleaned_data["because"], actor=request.user, now=request.now)
    return redirect("dashboards:health-view")


@requires(Perm.PAUSE_MAILS)
@require_POST
def mails_resume(request: SignedInRequest) -> HttpResponse:
    """Let them go out again. Done already is done."""
    with suppress(services.NotPaused):
        services.resume_sending(actor=request.user, now=request.now)
    return redirect("dashboards:health-view")


@requires(Perm.PAUSE_MAILS)
@require_POST
def mails_confirm(request: SignedInRequest) -> HttpResponse:
    """After a restore: send what is still useful, or drop all of before."""
    end_hold = {"send": services.send_held, "drop": services.drop_held}.get(request.POST.get("what", ""))
    if end_hold is None:
        return show(request, status=422)
    with suppress(services.NothingHeld):
        end_hold(actor=request.user, now=request.now)
    return redirect("dashboards:health-view")


def _seconds(age: timedelta | None) -> int | None:
    return None if age is None else int(age.total_seconds())
