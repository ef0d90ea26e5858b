import pytest


@pytest.fixture(autouse=True)
def files_dir(settings, tmp_path):
    """An empty place for stored files."""
    settings.STORED_FILES_DIR = tmp_path / "files"
    return settings.STORED_FILES_DIR
