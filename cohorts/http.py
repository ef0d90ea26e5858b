from accounts.http import SignedInRequest
from cohorts.access import Membership
from programs.models import Session


class SessionRequest(SignedInRequest):
    """What a view gets whose address names a session: set by `cohorts.middleware.AccessMiddleware`."""

    program_session: Session
    membership: Membership
