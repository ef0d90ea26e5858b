import hashlib
import io
import os
import sys
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from files.models import StoredFile
from files.services import PIECE, BytesMissing, open_file, store_file
from tests.files.moments import MONDAY

pytestmark = pytest.mark.django_db


def everything_in(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_stored_file_is_read_back_as_it_came(files_dir):
    stored = store_file(content=b"My public story.", content_type="text/plain", now=MONDAY)

    with open_file(stored) as file:
        assert file.read() == b"My public story."
    assert stored.sha256 == hashlib.sha256(b"My public story.").hexdigest()
    assert (stored.size, stored.content_type, stored.stored_at) == (16, "text/plain", MONDAY)
    assert everything_in(files_dir) == [files_dir / stored.sha256[:2] / stored.sha256[2:4] / stored.sha256]


def test_the_same_bytes_twice_are_one_row_and_one_file(files_dir):
    first = store_file(content=b"twice", content_type="text/plain", now=MONDAY)
    second = store_file(content=io.BytesIO(b"twice"), content_type="application/pdf", now=MONDAY)

    assert first == second
    assert StoredFile.objects.count() == 1
    assert len(everything_in(files_dir)) == 1


def test_an_empty_file_is_a_file():
    stored = store_file(content=b"", content_type="text/plain", now=MONDAY)

    with open_file(stored) as file:
        assert file.read() == b""


def test_an_upload_that_a_form_has_already_read_is_kept_whole():
    upload = SimpleUploadedFile("roster.csv", b"name,email\n", content_type="text/csv")
    upload.read()

    stored = store_file(content=upload, content_type=upload.content_type, name=upload.name, now=MONDAY)

    assert stored.size == 11


class Lecture(io.RawIOBase):
    """Bytes that are never in memory all at once; remembers the largest piece that was asked for."""

    def __init__(self, pieces):
        self.pieces, self.largest = pieces, 0

    def readable(self):
        return True

    def read(self, size=-1):
        self.largest = max(self.largest, size)
        assert size > 0, "asked for everything at once"
        self.pieces -= 1
        return bytes(size) if self.pieces >= 0 else b""


def test_a_large_file_passes_through_memory_in_pieces():
    lecture = Lecture(pieces=12)

    stored = store_file(content=lecture, content_type="video/mp4", now=MONDAY)

    assert stored.size == 12 * PIECE
    assert lecture.largest == PIECE


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("text/plain; charset=utf-8", "text/plain"),
        ("Application/PDF", "application/pdf"),
        ("", "application/octet-stream"),
        ("text/html\r\nSet-Cookie: a=b", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
        ("x/" + "y" * 200, "application/octet-stream"),
    ],
)
def test_the_type_is_kept_only_when_it_is_one(said, kept):
    assert store_file(content=b"typed", content_type=said, now=MONDAY).content_type == kept


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc what was synced")
def test_bytes_and_their_names_are_on_the_disk_before_the_row(monkeypatch, files_dir):
    """A power cut cannot be played here, but the order of the calls that guard against it can be seen."""
    calls = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(handle):
        calls.append(("sync", Path(os.readlink(f"/proc/self/fd/{handle}"))))
        real_fsync(handle)

    def replace(source, target, **options):
        calls.append(("rename", Path(target)))
        real_replace(source, target, **options)

    def watch_sql(execute, sql, params, many, context):
        if sql.startswith("INSERT INTO"):
            calls.append(("row", None))
        return execute(sql, params, many, context)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    with connection.execute_wrapper(watch_sql):
        stored = store_file(content=b"durable", content_type="text/plain", now=MONDAY)

    first, second = files_dir / stored.sha256[:2], files_dir / stored.sha256[:2] / stored.sha256[2:4]
    arrived = next(path for act, path in calls if act == "sync" and path.parent == files_dir / "arriving")
    assert calls == [
        ("sync", files_dir.parent),  # its own name for the folder of files
        ("sync", files_dir),  # for arriving/
        ("sync", arrived),
        ("sync", files_dir),  # for ab/
        ("sync", first),  # for ab/cd/
        ("rename", second / stored.sha256),
        ("sync", second),
        ("row", None),
    ]


def test_bytes_whose_row_fell_get_one_when_they_come_again():
    with transaction.atomic():
        store_file(content=b"fallen", content_type="text/plain", now=MONDAY)
        transaction.set_rollback(True)

    assert not StoredFile.objects.exists()
    stored = store_file(content=b"fallen", content_type="text/plain", now=MONDAY)
    assert open_file(stored).close() is None


def test_reading_that_breaks_off_leaves_nothing(files_dir):
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store_file(content=Broken(), content_type="text/plain", now=MONDAY)

    assert everything_in(files_dir) == []
    assert not StoredFile.objects.exists()


def test_bytes_that_are_gone_are_named_so(files_dir):
    stored = store_file(content=b"gone", content_type="text/plain", now=MONDAY)
    everything_in(files_dir)[0].unlink()

    with pytest.raises(BytesMissing):
        open_file(stored)


def test_a_row_must_bear_a_hash():
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.create(sha256="../../etc/passwd", size=1, content_type="text/plain", stored_at=MONDAY)


def test_stored_files_and_folders_are_not_open_to_others(files_dir):
    stored = store_file(content=b"private", content_type="text/plain", now=MONDAY)

    folder = files_dir / stored.sha256[:2]
    assert [oct(path.stat().st_mode & 0o077) for path in (files_dir, folder)] == ["0o0", "0o0"]
