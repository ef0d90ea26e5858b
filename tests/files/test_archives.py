"""Archives that are made piece by piece, and files that are forgotten when nobody needs them."""

import io
import os
import tracemalloc
import zipfile
from datetime import UTC, datetime

import pytest
from django.db import transaction

from files.archives import Entry, joined, piece_of
from files.models import StoredFile
from files.places import arrivals_dir, place_of
from files.services import BytesMissing, forget_file, lock_bytes, store_file
from jobs.models import Job
from tests import cast
from tests.files.moments import MONDAY
from tests.races import at_once

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024


def keep(content, name="application/zip"):
    return store_file(content=content, content_type=name, now=MONDAY)


def kept_piece(*entries):
    with piece_of(entries) as piece:
        return keep(piece)


def entry(path, content, at=MONDAY):
    return Entry(path, content, at)


def test_pieces_become_one_archive_with_everything_in_its_order():
    one = kept_piece(entry("a/text.txt", "Größe".encode()), entry("a/file.bin", keep(b"\x00" * 5000, "text/plain")))
    two = kept_piece()
    three = kept_piece(entry("नमस्ते/b.txt", b"two"), entry("a/empty.txt", b""))

    with joined([one, two, three]) as whole, zipfile.ZipFile(io.BytesIO(whole.read())) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a/text.txt", "a/file.bin", "नमस्ते/b.txt", "a/empty.txt"]
        assert archive.read("a/text.txt").decode() == "Größe"
        assert archive.read("a/file.bin") == b"\x00" * 5000
        assert archive.read("नमस्ते/b.txt") == b"two"
        assert archive.getinfo("a/text.txt").date_time[:3] == (MONDAY.year, MONDAY.month, MONDAY.day)


def test_what_is_older_than_archives_can_say_is_dated_with_their_first_day():
    piece = kept_piece(entry("a.txt", b"a", datetime(1970, 1, 1, tzinfo=UTC)))

    with zipfile.ZipFile(place_of(piece.sha256)) as archive:
        assert archive.getinfo("a.txt").date_time == (1980, 1, 1, 0, 0, 0)


def test_however_long_it_is_little_of_it_is_in_memory():
    large = keep(os.urandom(30 * MEGABYTE), "text/plain")
    tracemalloc.start()
    pieces = [kept_piece(entry("large.bin", large)), kept_piece(entry("again.bin", large))]
    with joined(pieces) as whole:
        stored = keep(whole)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert stored.size > 60 * MEGABYTE
    assert most < 8 * MEGABYTE


def test_nothing_is_left_where_a_piece_was_made():
    kept_piece(entry("a.txt", b"a"))

    assert list(arrivals_dir().glob("*")) == []


def test_a_file_that_is_gone_is_said_to_be():
    lost = keep(b"gone")
    place_of(lost.sha256).unlink()

    with pytest.raises(BytesMissing), piece_of([entry("a.txt", lost)]):
        pass
    with pytest.raises(BytesMissing), joined([lost]) as whole:
        whole.read()


# --- forgetting ---


def test_what_nothing_points_to_goes_with_its_bytes(django_capture_on_commit_callbacks):
    stored = keep(b"no longer needed")

    with django_capture_on_commit_callbacks(execute=True):
        assert forget_file(stored)

    assert not StoredFile.objects.exists()
    assert not place_of(stored.sha256).exists()


def test_what_something_points_to_stays(django_capture_on_commit_callbacks):
    stored = keep(b"still needed")
    Job.objects.create(
        kind="test", owner=cast.make_user(), created_at=MONDAY, result_file=stored, status="done", finished_at=MONDAY
    )

    with django_capture_on_commit_callbacks(execute=True):
        assert not forget_file(stored)

    assert place_of(stored.sha256).is_file()
    assert StoredFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_somebody_is_bringing_anew_stays():
    stored = keep(b"the same bytes once more")
    with transaction.atomic():
        lock_bytes(stored.sha256)
        assert at_once(lambda: forget_file(stored)) == [False]
    assert forget_file(stored)
    assert not place_of(stored.sha256).exists()
