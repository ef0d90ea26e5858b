from datetime import UTC, datetime
from pathlib import Path

import pytest

from accounts.models import User
from notifications import kinds

HERE = Path(__file__).parent

# The Sunday on which the clocks of the United States go forward in 2027.
NOON = datetime(2027, 3, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def ada(db):
    return User.objects.create_user("ada@example.org", name="Ada Obi", zone="America/New_York")


@pytest.fixture
def dev(db):
    return User.objects.create_user("dev@example.org", name="Dev Rao", zone="Asia/Kolkata")


@pytest.fixture(autouse=True)
def test_templates(settings):
    """The templates of the kinds that only tests declare."""
    first = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**first, "DIRS": [*first["DIRS"], HERE / "templates"]}]


@pytest.fixture
def declare():
    """Declares kinds for one test: an app's `notices.py` in miniature."""
    before = dict(kinds._declared)

    def _declare(key="fair.opens", lane=kinds.Lane.EVENT, **said):
        said = {"subject": "{{ title }}", "why": "you asked for it", **said}
        return kinds.register(kinds.Kind(key=key, lane=lane, **said))

    yield _declare
    kinds._declared.clear()
    kinds._declared.update(before)
