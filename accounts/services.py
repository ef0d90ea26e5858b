from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User


@transaction.atomic
def find_or_make_person(*, email: str, name: str, zone: str = "", now: datetime) -> tuple[User, bool]:
    """The person with this address and whether they are new; one that is known keeps their own name and zone.

    A new one has no password: they sign in by a code from the mail, or set one.
    """
    known = User.objects.filter(email__iexact=email).first()
    if known is not None:
        return known, False
    made = User.objects.create_user(email, name=name, zone=zone, joined_at=now)
    note_unverified_address(made)
    return made, True


def note_unverified_address(user: User) -> None:
    """Let the first code that is sent to this address verify it. Without a row of the account library, signing in by
    a code would be followed by a second one that asks for the same proof."""
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
