"""What a view may rely on, for the type checker: the middlewares have put it there."""

from datetime import datetime

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request to a view that bears `@signed_in` or `@requires`."""

    user: User
    now: datetime
