import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from socket import create_connection

import pytest

from accounts.models import User
from engines.ports import free_port
from notifications import kinds, outbox
from notifications.models import Lane, Notice
from tests.notifications.mail_server import MailServer

HERE = Path(__file__).parent

# Nine in New York, on the Sunday on which its clocks have gone forward; in Kolkata the evening begins.
MORNING = datetime(2027, 3, 14, 13, 0, tzinfo=UTC)


@pytest.fixture
def now():
    return MORNING


@pytest.fixture
def ada(db):
    return User.objects.create_user("ada@example.org", name="Ada Obi", zone="America/New_York")


@pytest.fixture
def dev(db):
    return User.objects.create_user("dev@example.org", name="Dev Rao", zone="Asia/Kolkata")


@pytest.fixture(autouse=True)
def mails_at_their_hour(mails_at_any_hour, settings):
    settings.KEEPS_MAIL_HOURS = True


@pytest.fixture(autouse=True)
def test_templates(settings):
    """The templates of the kinds that only tests declare."""
    first = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**first, "DIRS": [*first["DIRS"], HERE / "templates"]}]


@pytest.fixture
def declare():
    """Declares kinds for one test, in which there are no others: an app's `notices.py` in miniature."""
    before = dict(kinds._declared)
    kinds._declared.clear()

    def _declare(key="fair.opens", lane=Lane.EVENT, **said):
        said = {"name": "Fairs", "is_optional": True, "subject": "{{ title }}", "why": "you asked for it", **said}
        return kinds.register(kinds.Kind(key=key, lane=lane, **said))

    yield _declare
    kinds._declared.clear()
    kinds._declared.update(before)


@pytest.fixture
def mail_server(settings):
    """A real one, to which the mails of this test go."""
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield server
    server.stop()


@pytest.fixture
def mail_sink(settings, tmp_path):
    """The demo's mail server, as the demo runs it; the folder in which it keeps its mails."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "engines.mail_sink", str(port), str(tmp_path)])
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    while process.poll() is None:
        try:
            create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            continue
        break
    yield tmp_path
    process.terminate()
    process.wait()


@pytest.fixture
def fair(declare):
    """An event."""
    return declare("fair.opens", Lane.EVENT)


@pytest.fixture
def closing(declare):
    """A reminder."""
    return declare("fair.closes", Lane.REMINDER, subject="“{{ title }}” closes")


@pytest.fixture
def tell(fair, now):
    """Enqueues an event about a person, who stands for any object."""

    def _tell(user, title="Spring", kind=fair, **said):
        said = {"on": user, "occurrence": title, **said}
        outbox.enqueue(kind.to(user, context={"title": title}, **said), now=now)
        return Notice.objects.latest("pk")

    return _tell
