import pytest

from jobs.services import start_job
from tests import cast
from tests.jobs import work


@pytest.fixture
def owner(db):
    return cast.make_user("Dana Whitfield", zone="America/New_York")


@pytest.fixture
def job(owner):
    """Ten items, three at a time."""
    return start_job(kind="test.items", owner=owner, params={"items": 10}, now=work.MONDAY)


@pytest.fixture(autouse=True)
def undisturbed():
    yield
    work.in_the_middle.clear()


@pytest.fixture(autouse=True)
def files_dir(settings, tmp_path):
    settings.STORED_FILES_DIR = tmp_path / "files"
