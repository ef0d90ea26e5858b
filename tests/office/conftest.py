import pytest

from accounts.roles import Role
from tests import cast


@pytest.fixture
def cpv_director(outsider):
    """Directs the other program; everything of `loa` must stay hidden from her."""
    user = cast.make_user("Grace Okafor", zone="America/New_York")
    cast.appoint(user, Role.DIRECTOR, program=outsider.session.program)
    return user


@pytest.fixture
def enter(client):
    """Signs somebody in; answers with the client."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in
