import smtplib
import subprocess
import sys
import time

import pytest

from engines.mail_sink import KEPT, MailFolder
from engines.ports import free_port, is_taken


@pytest.fixture
def sink(tmp_path):
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "engines.mail_sink", str(port), str(tmp_path)])
    give_up_at = time.monotonic() + 60
    while not is_taken(port) and time.monotonic() < give_up_at:
        assert server.poll() is None
    yield port
    server.terminate()
    assert server.wait(timeout=60) == 0


def test_each_message_is_kept_as_a_file_that_says_to_whom_it_went(sink, tmp_path):
    with smtplib.SMTP("localhost", sink) as client:
        for name in ("ada", "noor"):
            client.sendmail("office@example.org", [f"{name}@example.org"], f"Subject: Hello {name}\r\n\r\nWelcome.\r\n")
    first, second = sorted(tmp_path.iterdir())
    assert first.read_bytes() == b"X-Envelope-To: ada@example.org\r\nSubject: Hello ada\r\n\r\nWelcome.\r\n"
    assert b"noor@example.org" in second.read_bytes()


def test_a_restarted_sink_goes_on_counting(tmp_path):
    MailFolder(tmp_path).keep(b"one", [])
    assert MailFolder(tmp_path).keep(b"two", []).name == "00000002.eml"


def test_a_demo_left_running_does_not_fill_the_disk(tmp_path):
    folder = MailFolder(tmp_path)
    for _ in range(KEPT + 100):
        folder.keep(b"Subject: again\r\n\r\n", [])
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == KEPT
    assert kept[-1] == f"{KEPT + 100:08d}.eml"
