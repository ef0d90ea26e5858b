import pytest

from tests.lab.mail_server import FaultyMailServer
from tests.lab.processes import Processes
from tests.lab.world import make_crowd


@pytest.fixture(autouse=True)
def at_any_hour(settings):
    """The model knows the moment of each notice, not the mail into which a person's day is joined."""
    settings.KEEPS_MAIL_HOURS = False


@pytest.fixture
def start_mail_server(settings):
    """Starts a real mail server with these faults, to which this test's mails go."""
    started = []

    def _start(faults=None, **said):
        server = FaultyMailServer(faults, **said)
        server.start()
        started.append(server)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        return server

    yield _start
    for server in started:
        server.stop()


@pytest.fixture
def mail_server(start_mail_server):
    return start_mail_server()


@pytest.fixture
def processes(mail_server, transactional_db):
    """Planners and senders in processes of their own, on this test's database and mail server."""
    running = Processes(mail_server.port)
    yield running
    running.end()


@pytest.fixture
def crowd(transactional_db):
    """Makes so many people with as many things to hand in: see `make_crowd`."""
    return make_crowd
