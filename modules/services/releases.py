"""When modules open: as it was meant, resolved, and moved while nobody has seen what is in them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from core.rules import Rule, RuleError, Side, TermCalendar, resolve
from modules.models import Module
from modules.services.openings import AlreadyReleased
from programs.models import Session

ROWS_AT_ONCE = 200


class ReleaseRefused(Exception):
    """A module cannot open then; the message says why."""


def resolve_release(rule: Rule, calendar: TermCalendar) -> datetime:
    """The instant at which a module opens. Raises ReleaseRefused."""
    try:
        return resolve(rule, calendar, Side.RELEASE)
    except RuleError as error:
        raise ReleaseRefused(str(error)) from None


@transaction.atomic
def move_release(*, module: Module, rule: Rule, actor: User, now: datetime, reason: str = "") -> Module:
    """Let a module open at another time that is still to come. Locks its session's row and its own.

    Its deadlines are not looked at, they belong to a higher app: `operations.dates.change_dates` moves both and checks
    them against each other. Raises AlreadyReleased, ReleaseRefused.
    """
    session = Session.objects.select_for_update(no_key=True).get(pk=module.session_id)
    locked = Module.objects.select_for_update(no_key=True).get(pk=module.pk)
    check_not_released(locked, now)
    releases_at = resolve_release(rule, session.calendar())
    check_release_ahead(rule, releases_at, now)
    if locked.items.filter(blocks_until__lte=releases_at).exists():
        raise ReleaseRefused(f"It would open (“{rule}”) after some of its work has closed.")
    change_releases(changes=[(locked, rule, releases_at)], actor=actor, now=now, reason=reason)
    return locked


def check_not_released(module: Module, now: datetime) -> None:
    """What people have seen is not taken back. Raises AlreadyReleased."""
    if module.is_ready and module.releases_at <= now:
        raise AlreadyReleased(module)


def check_release_ahead(rule: Rule, releases_at: datetime, now: datetime) -> None:
    """A slip of the pen must not open a module on the spot. Raises ReleaseRefused."""
    if releases_at <= now:
        raise ReleaseRefused(f"“{rule}” has already passed; choose a time to come.")


def change_releases(
    *, changes: Sequence[tuple[Module, Rule, datetime]], actor: User, now: datetime, reason: str = ""
) -> None:
    """Write new releases of locked modules in the caller's transaction, and bring the rows in hand up to date."""
    changes = [one for one in changes if (one[0].release_rule, one[0].releases_at) != one[1:]]
    for module, rule, releases_at in changes:
        before = {"opens": str(module.release_rule), "releases_at": module.releases_at}
        module.release_rule, module.releases_at = rule, releases_at
        record(
            actor=actor,
            verb="moved the opening of the module",
            on=module,
            before=before,
            after={"opens": str(rule), "releases_at": releases_at},
            reason=reason,
            scope=f"session:{module.session_id}",
            now=now,
        )
    Module.objects.bulk_update([one[0] for one in changes], ["release_rule", "releases_at"], batch_size=ROWS_AT_ONCE)
