from accounts.models import User
from core.http import Request


class SignedInRequest(Request):
    """What a view marked `@signed_in` gets."""

    user: User
