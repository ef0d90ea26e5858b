"""Where bytes lie: `ab/cd/<sha256>` under STORED_FILES_DIR; what is still coming in lies in `arriving/`."""

import os
from pathlib import Path

from django.conf import settings


def files_dir() -> Path:
    return Path(settings.STORED_FILES_DIR)


def arrivals_dir() -> Path:
    """On the same disk as the rest, so that moving in is one rename."""
    return files_dir() / "arriving"


def folder_of(sha256: str) -> Path:
    return files_dir() / sha256[:2] / sha256[2:4]


def place_of(sha256: str) -> Path:
    return folder_of(sha256) / sha256


def make_folder(folder: Path) -> Path:
    """Make the folder and what lies above it, each seen to the disk: a name is safe when its folder is."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
    return folder


def sync_folder(folder: Path) -> None:
    """See the names in this folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
