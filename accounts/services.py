from datetime import datetime

from accounts.models import User


def find_or_make_person(*, email: str, name: str, zone: str = "", now: datetime) -> tuple[User, bool]:
    """The person with this address and whether they are new; one that is known keeps their own name and zone.

    A new one has no password: they sign in by a code from the mail, or set one.
    """
    known = User.objects.filter(email__iexact=email).first()
    if known is not None:
        return known, False
    return User.objects.create_user(email, name=name, zone=zone, joined_at=now), True
