"""Compares the rows of stored files with what lies on the disk, and cleans away what a crash left behind.

Two kinds of trouble: a row whose bytes are *missing* or *damaged* has lost somebody's file, and only a back-up helps.
What is *unowned* (bytes without a row, because the transaction fell) or *unfinished* (bytes that never wholly arrived)
belongs to nobody and was never confirmed to anybody.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from files.models import StoredFile
from files.places import arrivals_dir, files_dir, place_of
from files.services import remove_bytes

# Nobody's upload takes as long as this, and no transaction.
SETTLED_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Findings:
    """What does not agree between rows and disk."""

    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    unowned: list[Path] = field(default_factory=list)
    unfinished: list[Path] = field(default_factory=list)

    @property
    def has_losses(self) -> bool:
        return bool(self.missing or self.damaged)


def inspect_files(*, now: datetime, reads_all: bool = False) -> Findings:
    """Compare sizes, and with `reads_all` every byte; leaves alone what is younger than a day and has no row."""
    # The disk first: bytes arrive before their row, so what was on the disk without one may have got it meanwhile.
    settled = [path for path in _kept() if _is_settled(path, now)]
    unfinished = [path for path in _arriving() if _is_settled(path, now)]
    findings = Findings(unfinished=unfinished)
    known = set()
    for stored in StoredFile.objects.order_by("pk").iterator():
        known.add(stored.sha256)
        path = place_of(stored.sha256)
        if not path.is_file():
            findings.missing.append(stored.sha256)
        elif path.stat().st_size != stored.size or (reads_all and _hash_of(path) != stored.sha256):
            findings.damaged.append(stored.sha256)
    findings.unowned.extend(path for path in settled if path.name not in known)
    return findings


def clean_files(findings: Findings) -> int:
    """Remove what belongs to nobody; returns how many files went. Safe while others store the same bytes."""
    for path in findings.unfinished:
        path.unlink(missing_ok=True)
    return len(findings.unfinished) + sum(remove_bytes(path.name) for path in findings.unowned)


def _kept() -> Iterator[Path]:
    for path in files_dir().glob("??/??/*"):
        if re.fullmatch(r"[0-9a-f]{64}", path.name):
            yield path


def _arriving() -> Iterator[Path]:
    return arrivals_dir().glob("*")


def _is_settled(path: Path, now: datetime) -> bool:
    try:
        changed_at = datetime.fromtimestamp(path.stat().st_mtime, tz=now.tzinfo)
    except FileNotFoundError:
        return False
    return changed_at < now - SETTLED_AFTER


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
