from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from cohorts.models import Enrollment
from modules.models import Module, ModuleOpening


class NotOfThisSession(Exception):
    """The person has no place in the module's session."""

    def __init__(self, module: Module, enrollment: Enrollment) -> None:
        super().__init__(f"{enrollment.user} takes part in another session than {module.short_name} belongs to.")


class ModuleInPreparation(Exception):
    """It cannot be opened for anybody before it is ready."""

    def __init__(self, module: Module) -> None:
        super().__init__(f"{module.short_name} is still in preparation. Set it ready first.")


class AlreadyOpen(Exception):
    """The module is open for this person; there is nothing to do."""

    def __init__(self, module: Module, enrollment: Enrollment) -> None:
        super().__init__(f"{module.short_name} is already open for {enrollment.user}.")


class AlreadyReleased(Exception):
    """What people have seen is not taken back."""

    def __init__(self, module: Module) -> None:
        super().__init__(
            f"{module.short_name} is already open for participants; what they have seen is not taken back."
        )


@transaction.atomic
def open_module_for(
    *, module: Module, enrollment: Enrollment, reason: str, actor: User, now: datetime
) -> ModuleOpening:
    """Open a module for one person from now on, whatever its instant and its order.

    Raises NotOfThisSession, ModuleInPreparation, AlreadyOpen.
    """
    if module.session_id != enrollment.session_id:
        raise NotOfThisSession(module, enrollment)
    # Locked first and asked afterwards, so that of two callers the second sees what the first did.
    if not Module.objects.select_for_update().get(pk=module.pk).is_ready:
        raise ModuleInPreparation(module)
    if Module.objects.with_opening_for(enrollment).open(now).filter(pk=module.pk).exists():
        raise AlreadyOpen(module, enrollment)
    opening = ModuleOpening.objects.create(
        module=module, enrollment=enrollment, reason=reason, opened_by=actor, opened_at=now
    )
    record(
        actor=actor,
        verb="opened the module for one person",
        on=module,
        after={"module": str(module), "person": enrollment.user.email, "opened_at": now},
        reason=reason,
        scope=module.session.scope,
        now=now,
    )
    return opening


@transaction.atomic
def set_ready(*, module: Module, actor: User, now: datetime) -> Module:
    """Let a module open at its instant, or at once when that has passed. Does nothing when it is ready already."""
    if Module.objects.filter(pk=module.pk, is_ready=False).update(is_ready=True, ready_at=now):
        module.is_ready, module.ready_at = True, now
        _record_readiness(module, actor, now)
    return module


@transaction.atomic
def set_in_preparation(*, module: Module, actor: User, now: datetime) -> Module:
    """Keep a module from opening at its instant. Raises AlreadyReleased once somebody may have seen it."""
    locked = Module.objects.select_for_update().get(pk=module.pk)
    if not locked.is_ready:
        return module
    if is_released(locked, now):
        raise AlreadyReleased(module)
    Module.objects.filter(pk=module.pk).update(is_ready=False, ready_at=None)
    module.is_ready, module.ready_at = False, None
    _record_readiness(module, actor, now)
    return module


def is_released(module: Module, now: datetime) -> bool:
    """Whether it is open for at least somebody. A query only before its instant."""
    return module.is_ready and (module.releases_at <= now or module.openings.filter(opened_at__lte=now).exists())


def _record_readiness(module: Module, actor: User, now: datetime) -> None:
    record(
        actor=actor,
        verb="set the module ready" if module.is_ready else "set the module in preparation",
        on=module,
        before={"is_ready": not module.is_ready},
        after={"is_ready": module.is_ready},
        scope=module.session.scope,
        now=now,
    )
