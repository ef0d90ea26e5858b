"""What a view may rely on, for the type checker: the middlewares have put it there."""

from accounts.models import User
from core.http import Request


class SignedInRequest(Request):
    """A request to a view that bears `@signed_in` or `@requires`."""

    user: User
