import pytest

from cohorts.models import Enrollment
from tests import cast
from tests.lab.mail_server import FaultyMailServer
from tests.lab.model import reminded_at
from tests.lab.processes import Processes
from tests.lab.world import NEW_YORK, make_people


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
    """So many people in New York with one thing to hand in; gives (places, work, moment of the last reminder)."""

    def _crowd(count, works=1):
        session = cast.make_session(cast.make_program())
        module = cast.make_module(session, number=8, opens="week 7, Monday, 09:00")
        due = [cast.make_assignment(module, due="week 8, Sunday, 23:59", title=f"Paper {n}") for n in range(works)]
        people = make_people(count, zones=(NEW_YORK,))
        places = Enrollment.objects.bulk_create(
            Enrollment(user=person, session=session, status="active", enrolled_at=cast.ENROLLED) for person in people
        )
        return places, due, reminded_at(due[0].due_at, 24, NEW_YORK)

    return _crowd
