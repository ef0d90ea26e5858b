"""What the office does for somebody's account: each act recorded, and none of them on people whom others answer for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.roles import Perm
from accounts.services import note_unverified_address
from audit.services import record
from cohorts.models import Enrollment
from notifications import outbox
from notifications.kinds import Described, Kind, register
from notifications.models import Lane, Notice
from notifications.returns import send_withheld
from operations.placing import follow_account
from programs.models import Session


class NotOurs(Exception):
    """The account is not this office's alone: the person works here, or another program knows them too."""

    def __init__(self, user: User, why: str) -> None:
        super().__init__(f"{user} {why}; only the operator can do this. Ask {settings.OFFICE_EMAIL}.")


class AddressVerified(Exception):
    """Whoever reads the mail of this address has shown it; from then on only they change it."""

    def __init__(self, user: User) -> None:
        super().__init__(f"{user.email} is verified: {user} alone can change it, under “E-mail address”.")


class AddressTaken(Exception):
    """Another account has this address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"Another account already has {email}. Enrol that person instead.")


class NoSecondStep(Exception):
    """There is nothing to reset."""

    def __init__(self, user: User) -> None:
        super().__init__(f"{user} has no authenticator app, passkey or recovery codes.")


class NothingChanged(Exception):
    """The account is already so."""

    def __init__(self, user: User) -> None:
        super().__init__(f"The account of {user} is already {'open' if user.is_active else 'closed'}.")


def describe_resets(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Who can be asked about it."""
    return {notice.pk: Described(context=notice.context, reply_to=settings.OFFICE_EMAIL) for notice in notices}


SECOND_STEP_RESET = register(
    Kind(
        key="operations.second_step_reset",
        name="Sign-in and account",
        lane=Lane.ACCOUNT,
        is_optional=False,
        subject="The second step of your sign-in was reset",
        why="it is about signing in with this address",
        lasts=timedelta(days=14),
        describe=describe_resets,
    )
)


def is_verified(user: User) -> bool:
    """Whether the person has shown that mails to this address reach them."""
    return EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()


def has_second_step(user: User) -> bool:
    """Whether signing in asks for more than a password or a code by mail."""
    return Authenticator.objects.filter(user=user).exists()


@transaction.atomic
def change_unverified_address(*, user: User, email: str, actor: User, now: datetime) -> User:
    """Correct an address that nobody has signed in with yet. Raises NotOurs, AddressVerified, AddressTaken.

    Mails nobody: the invitation is sent again on the director's word.
    """
    stored = _lock_account(user, actor)
    if is_verified(stored):
        raise AddressVerified(stored)
    email = User.objects.normalize_email(email.strip())
    if User.objects.filter(email__iexact=email).exclude(pk=stored.pk).exists():
        raise AddressTaken(email)
    before = stored.email
    User.objects.filter(pk=stored.pk).update(email=email)
    # Codes on their way to the old address must not verify it any more.
    EmailAddress.objects.filter(user=stored).delete()
    stored.email = email
    note_unverified_address(stored)
    # Nobody has been invited at the new one.
    Enrollment.objects.filter(user=stored, status=Enrollment.Status.INVITED).update(invited_at=None)
    send_withheld(person=stored, now=now)
    _record_act(actor, "changed the unverified address", stored, now, before={"email": before}, after={"email": email})
    user.email = email
    return user


@transaction.atomic
def reset_second_step(*, user: User, reason: str, actor: User, now: datetime) -> None:
    """Remove authenticator app, passkeys and recovery codes, and tell the person. Raises NotOurs, NoSecondStep."""
    stored = _lock_account(user, actor)
    kinds = list(Authenticator.objects.filter(user=stored).values_list("type", flat=True))
    if not kinds:
        raise NoSecondStep(stored)
    Authenticator.objects.filter(user=stored).delete()
    _record_act(actor, "reset the second step", stored, now, before={"second steps": sorted(kinds)}, reason=reason)
    told = SECOND_STEP_RESET.to(
        stored, on=stored, occurrence=now.isoformat(), context={"by": actor.name, "office": settings.OFFICE_EMAIL}
    )
    outbox.enqueue(told, now=now)


@transaction.atomic
def close_account(*, user: User, reason: str, actor: User, now: datetime) -> User:
    """Let the person sign in no more, and end where they are signed in; nothing is deleted.

    Raises NotOurs, NothingChanged.
    """
    stored = _lock_account(user, actor)
    if not stored.is_active:
        raise NothingChanged(stored)
    for place in UserSession.objects.filter(user=stored):
        place.end()
    return _set_active(stored, user, False, "closed the account", reason, actor, now)


@transaction.atomic
def reopen_account(*, user: User, reason: str, actor: User, now: datetime) -> User:
    """Let the person sign in again. Raises NotOurs, NothingChanged."""
    stored = _lock_account(user, actor)
    if stored.is_active:
        raise NothingChanged(stored)
    return _set_active(stored, user, True, "reopened the account", reason, actor, now)


def why_not_ours(user: User, actor: User) -> str:
    """Why this actor must leave the account to the operator; empty when they may act on it."""
    if actor.is_superuser:
        return ""
    if user.is_staff or user.is_superuser or user.appointments.exists() or user.fellowships.exists():
        return "is a member of staff"
    managed = Session.objects.granting(actor, Perm.USE_OFFICE).granting(actor, Perm.MANAGE_PEOPLE)
    places = Enrollment.objects.filter(user=user)
    if places.exclude(session__in=managed).exists() or not places.exists():
        return "takes part in another program as well"
    return ""


def _lock_account(user: User, actor: User) -> User:
    stored = User.objects.select_for_update().get(pk=user.pk)
    why = why_not_ours(stored, actor)
    if why:
        raise NotOurs(stored, why)
    return stored


def _set_active(stored: User, user: User, is_active: bool, verb: str, reason: str, actor: User, now: datetime) -> User:
    User.objects.filter(pk=stored.pk).update(is_active=is_active)
    _record_act(
        actor, verb, stored, now, before={"is_active": not is_active}, after={"is_active": is_active}, reason=reason
    )
    follow_account(user=stored, actor=actor, now=now)
    user.is_active = is_active
    return user


def _record_act(actor: User, verb: str, user: User, now: datetime, **values: Any) -> None:
    record(actor=actor, verb=verb, on=user, now=now, **values)
