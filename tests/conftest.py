"""The embedded engines run while the tests do, unless DATABASE_URL and REDIS_URL name others."""

import os
from datetime import date

import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.test import TransactionTestCase

from accounts.roles import Role
from engines import postgres, use, valkey
from engines.addresses import Purpose
from programs.models import Break
from tests import cast
from tests.emptying import empty_what_is_filled


def _is_controller(config):
    return not hasattr(config, "workerinput")


def pytest_sessionstart(session):
    if not _is_controller(session.config) or session.config.option.collectonly:
        return
    use.join(Purpose.TEST)
    if not os.environ.get("DATABASE_URL"):
        postgres.ensure_running(Purpose.TEST)
    if not os.environ.get("REDIS_URL"):
        valkey.ensure_running(Purpose.TEST)


def pytest_unconfigure(config):
    """Stop them with the last of several runs in this checkout."""
    if _is_controller(config) and use.leave(Purpose.TEST):
        postgres.stop(Purpose.TEST)
        valkey.stop(Purpose.TEST)


@pytest.fixture(scope="session", autouse=True)
def emptied_quickly():
    """After tests that commit."""
    TransactionTestCase._fixture_teardown = empty_what_is_filled


@pytest.fixture(autouse=True)
def mails_at_any_hour(settings):
    """What is told is looked at where it is told; at which hour it goes is looked at in `tests/notifications`."""
    settings.KEEPS_MAIL_HOURS = False


@pytest.fixture
def program(db):
    return cast.make_program()


@pytest.fixture
def loa(program):
    """The session: New York, from 1 February 2027, spring break in the week of 22 March."""
    session = cast.make_session(program)
    Break.objects.create(session=session, name="Spring break", starts_on=date(2027, 3, 22), ends_on=date(2027, 3, 28))
    return session


@pytest.fixture
def fellow(db):
    """Teaching fellow of section A, in Belgrade."""
    return cast.make_user("Milica Petrović", zone="Europe/Belgrade")


@pytest.fixture
def section(loa, fellow):
    return cast.make_section(loa, fellow)


@pytest.fixture
def participant_in_kolkata(loa, section):
    """Amara's enrollment, section A."""
    return cast.enroll(cast.make_user("Amara Rao", zone="Asia/Kolkata"), loa, section=section)


@pytest.fixture
def participant_in_sydney(loa, section):
    """Jack's enrollment, section A."""
    return cast.enroll(cast.make_user("Jack Nguyen", zone="Australia/Sydney"), loa, section=section)


@pytest.fixture
def head_fellow(loa):
    user = cast.make_user("Ruth Adeyemi", zone="Africa/Lagos")
    cast.appoint(user, Role.HEAD_TEACHING_FELLOW, session=loa)
    return user


@pytest.fixture
def chair(loa):
    user = cast.make_user("Ilse Brandt", zone="America/New_York")
    cast.appoint(user, Role.FACULTY_CHAIR, session=loa)
    return user


@pytest.fixture
def coordinator(loa):
    user = cast.make_user("Tomás Reyes", zone="America/New_York")
    cast.appoint(user, Role.COORDINATOR, session=loa)
    return user


@pytest.fixture
def director(program):
    user = cast.make_user("Dana Whitfield", zone="America/New_York")
    cast.appoint(user, Role.DIRECTOR, program=program)
    return user


@pytest.fixture
def operator(db):
    return cast.make_user("Oskar Lind", zone="Europe/Stockholm", is_staff=True, is_superuser=True)


@pytest.fixture
def outsider(db):
    """Noor's enrollment in another session of another program: must see nothing."""
    other = cast.make_session(cast.make_program(code="CPV", title="Creating Public Value"), order="strict")
    return cast.enroll(cast.make_user("Noor Haddad", zone="Asia/Beirut"), other)


@pytest.fixture
def module(loa):
    """Module 3: opens Monday of week 3, 09:00 New York."""
    return cast.make_module(loa, number=3)


@pytest.fixture
def paper(module):
    """The reflection paper of module 3: due Sunday of week 3, 23:59 New York."""
    return cast.make_assignment(module)
