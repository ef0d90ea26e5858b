"""The secret address of a person's calendar feed: whoever holds it reads the feed, without signing in."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import User

signer = Signer(salt="dashboards.calendar", sep=".")


def token_of(user: User) -> str:
    """Signed with the site's key: nothing is stored from which a copy of the database could make the address."""
    return signer.sign(f"{user.pk}-{user.calendar_renewals}")


def address_of(user: User) -> str:
    """As it is copied into a calendar."""
    return f"{settings.SITE_URL}{reverse('dashboards:calendar-feed', args=[token_of(user)])}"


def find_owner(token: str) -> User | None:
    """Whose address it is; None where it is nobody's, or not theirs any more. At most one query."""
    try:
        pk, _, renewals = signer.unsign(token).partition("-")
    except BadSignature:
        return None
    return User.objects.filter(pk=pk, calendar_renewals=renewals, is_active=True).first()
