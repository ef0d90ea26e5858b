import os
import shutil
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils.crypto import get_random_string

from files.inspection import clean_files, inspect_files
from files.models import StoredFile
from files.places import place_of
from files.services import open_file, store_file
from tests.children import run_child
from tests.files.moments import MONDAY

pytestmark = pytest.mark.django_db(transaction=True)


def in_two_days():
    """Of the disk's own clock: what was just written counts as settled then."""
    from core import clock

    return clock.now() + timedelta(days=2)


def read(stored):
    with open_file(stored) as file:
        return file.read()


KILLED_WHILE_READING = """
import io, os, signal
from core import clock
from files.services import store_file

class Killed(io.RawIOBase):
    pieces = 3
    def read(self, size=-1):
        self.pieces -= 1
        if not self.pieces:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"x" * size

store_file(content=Killed(), content_type="text/plain", now=clock.now())
"""


def test_a_process_killed_while_bytes_come_in_leaves_no_row_and_one_leftover():
    code, _, complained = run_child(KILLED_WHILE_READING)

    assert code == -signal.SIGKILL, complained
    assert not StoredFile.objects.exists()
    findings = inspect_files(now=in_two_days())
    assert (len(findings.unfinished), findings.has_losses) == (1, False)
    assert clean_files(findings) == 1
    assert inspect_files(now=in_two_days()).unfinished == []


KILLED_AT_EVERY_POINT = """
import os, signal, sys
from core import clock
from django.db import connection
from files.services import store_file

LAST = 40

def die_at(point):
    reached = 0
    def step():
        nonlocal reached
        reached += 1
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)
    real = os.fsync
    os.fsync = lambda handle: (step(), real(handle), step())
    watched = {"open", "os.rename", "os.remove", "os.mkdir"}
    sys.addaudithook(lambda event, arguments: step() if event in watched else None)
    def sql(execute, *arguments):
        step()
        answer = execute(*arguments)
        step()
        return answer
    connection.execute_wrappers.append(sql)

for point in range(1, LAST):
    if child := os.fork():
        survived = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        print(point, "survived" if survived else "killed", flush=True)
        if survived:
            break
    else:
        connection.ensure_connection()
        die_at(point)
        store_file(content=b"paper %d" % point, content_type="text/plain", now=clock.now())
        os._exit(0)
"""


@pytest.mark.faults
def test_wherever_a_process_is_killed_no_row_lacks_its_bytes():
    """Before and after every file, folder, sync, rename and statement of storing one file."""
    code, said, complained = run_child(KILLED_AT_EVERY_POINT)

    assert code == 0, complained
    *killed, survived = said.split("\n")[:-1]
    assert survived.endswith("survived")
    assert len(killed) > 12
    texts = {read(stored) for stored in StoredFile.objects.all()}
    assert f"paper {survived.split()[0]}".encode() in texts
    findings = inspect_files(now=in_two_days(), reads_all=True)
    assert not findings.has_losses
    clean_files(findings)
    assert {read(stored) for stored in StoredFile.objects.all()} == texts
    findings = inspect_files(now=in_two_days(), reads_all=True)
    assert (findings.unowned, findings.unfinished) == ([], [])


class Together:
    """Bytes whose last piece all threads reach at the same time."""

    def __init__(self, barrier):
        self.barrier, self.pieces = barrier, [b"the same", b" bytes"]

    def seekable(self):
        return False

    def read(self, size=-1):
        if self.pieces:
            return self.pieces.pop(0)
        self.barrier.wait(timeout=60)
        return b""


def test_many_who_bring_the_same_bytes_at_once_share_one_row():
    barrier, rows, failures = threading.Barrier(8), [], []

    def bring():
        try:
            rows.append(store_file(content=Together(barrier), content_type="text/plain", now=MONDAY).pk)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert rows == [StoredFile.objects.get().pk] * 8
    assert read(StoredFile.objects.get()) == b"the same bytes"


def store_and_fall(content):
    """Store in a transaction that does not hold: the bytes stay, their row does not."""
    with transaction.atomic():
        stored = store_file(content=content, content_type="text/plain", now=MONDAY)
        transaction.set_rollback(True)
    return stored


def test_cleaning_spares_bytes_whose_row_is_just_being_made():
    """Left behind long ago by a fallen transaction, and brought again at the moment of cleaning."""
    stored = store_and_fall(b"again")
    findings = inspect_files(now=in_two_days())
    assert findings.unowned == [place_of(stored.sha256)]
    brought, cleaned = threading.Event(), threading.Event()

    def bring_again():
        with transaction.atomic():
            store_file(content=b"again", content_type="text/plain", now=MONDAY)
            brought.set()
            cleaned.wait(timeout=60)
        connection.close()

    thread = threading.Thread(target=bring_again)
    thread.start()
    brought.wait(timeout=60)
    removed = clean_files(findings)
    cleaned.set()
    thread.join()

    assert removed == 0
    assert read(StoredFile.objects.get()) == b"again"
    assert clean_files(findings) == 0
    assert read(StoredFile.objects.get()) == b"again"


def test_cleaning_removes_what_belongs_to_nobody(capsys):
    store_and_fall(b"nobody's")
    mine = store_file(content=b"mine", content_type="text/plain", now=MONDAY)

    assert inspect_files(now=in_two_days() - timedelta(days=1, hours=12)).unowned == [], "it may still be coming in"
    assert clean_files(inspect_files(now=in_two_days())) == 1

    assert read(mine) == b"mine"
    assert inspect_files(now=in_two_days()) == inspect_files(now=MONDAY)


NO_ROOM = """
import sys
from pathlib import Path
from core import clock
from django.conf import settings
from files.models import StoredFile
from files.services import NoRoom, store_file

try:
    store_file(content=b"x" * 300_000, name="essay.pdf", content_type="application/pdf", now=clock.now())
except NoRoom as full:
    print(full)
print([str(path) for path in Path(settings.STORED_FILES_DIR).rglob("*") if path.is_file()], StoredFile.objects.count())
store_file(content=b"small", name="note.txt", content_type="text/plain", now=clock.now())
print(StoredFile.objects.count())
"""

NO_ROOM_SAID = (
    "“essay.pdf” could not be kept: there is no room left on the server. Nothing of it was saved. "
    "Please keep your copy and tell the office.\n[] 0\n1\n"
)


def test_a_file_beyond_what_the_server_permits_is_refused_in_words():
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"

    code, said, complained = run_child(limit + NO_ROOM)

    assert (code, said) == (0, NO_ROOM_SAID), complained


# Root needs no other self to mount, and as one could not reach the database's socket.
OWN_MOUNTS = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]


def can_mount():
    return (
        shutil.which("unshare")
        and not subprocess.run([*OWN_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode
    )


@pytest.mark.skipif(sys.platform != "linux" or not can_mount(), reason="no small disk can be had here")
def test_a_full_disk_leaves_nothing_half_written(files_dir):
    files_dir.mkdir()
    script = 'mount -t tmpfs -o size=128k tmpfs "$0" && exec "$@"'

    code, said, complained = run_child(NO_ROOM, before=[*OWN_MOUNTS, "sh", "-c", script, str(files_dir)])

    assert (code, said) == (0, NO_ROOM_SAID), complained


def test_the_check_names_what_is_missing_and_what_is_damaged(capsys):
    gone = store_file(content=b"gone", content_type="text/plain", now=MONDAY)
    changed = store_file(content=b"changed", content_type="text/plain", now=MONDAY)
    place_of(gone.sha256).unlink()
    place_of(changed.sha256).write_bytes(b"chang3d")

    with pytest.raises(CommandError, match="2 stored files are missing or damaged"):
        call_command("check_files", "--read-all")

    said = capsys.readouterr().out
    assert f"missing: {gone.sha256}" in said
    assert f"damaged: {changed.sha256}" in said


def test_the_check_cleans_only_when_told(capsys, files_dir):
    leftover = files_dir / "arriving" / get_random_string(12)
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half a")
    os.utime(leftover, (0, 0))

    call_command("check_files")
    assert leftover.exists()
    assert "check_files --clean" in capsys.readouterr().out

    call_command("check_files", "--clean")
    assert not leftover.exists()
    assert "Every stored file is there." in capsys.readouterr().out
