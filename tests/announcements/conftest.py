from uuid import uuid4

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client

from announcements.services import Words, draft_announcement, send_announcement
from tests import cast
from tests.cast import WEEK_3


@pytest.fixture
def other_fellow(loa):
    return cast.make_user("Wanjiru Kamau", zone="Africa/Nairobi")


@pytest.fixture
def other_section(loa, other_fellow):
    return cast.make_section(loa, other_fellow, name="Section B")


@pytest.fixture
def neighbour(loa, other_section):
    """Somebody of section B."""
    return cast.enroll(cast.make_user("Bola Adu", zone="Africa/Lagos"), loa, section=other_section)


@pytest.fixture
def draft(loa):
    """A draft of somebody: `draft(fellow, section=section, title=…)`."""

    def _draft(author, *, at=WEEK_3, title="Bring a map", text="Bring a map of **actors**.", session=loa, **words):
        corrects, key = words.pop("corrects", None), words.pop("key", None) or uuid4()
        said = Words(title=title, text=text, **words)
        return draft_announcement(session=session, words=said, key=key, actor=author, corrects=corrects, now=at)

    return _draft


@pytest.fixture
def announce(draft):
    """The same, confirmed."""

    def _announce(author, *, at=WEEK_3, **said):
        row = draft(author, at=at, **said)
        return send_announcement(announcement=row, revision=row.revision, is_confirmed=True, actor=author, now=at)

    return _announce


@pytest.fixture
def visit():
    """The page that somebody gets at a moment, as soup with `status` and `location`."""

    def _visit(user, path, at=WEEK_3, *, data=None):
        client = Client()
        with time_machine.travel(at, tick=False):
            client.force_login(user)
            answer = client.get(path) if data is None else client.post(path, data)
        soup = BeautifulSoup(answer.content, "html.parser")
        soup.status, soup.location = answer.status_code, answer.headers.get("Location", "")
        return soup

    return _visit
