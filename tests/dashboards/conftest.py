from datetime import UTC, date, datetime, time
from uuid import uuid4

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client

from assignments.models import Feedback
from assignments.services import hand_in
from tests import cast


@pytest.fixture
def visit():
    """The page that somebody gets at a moment: `visit(user, "/s/loa-2027/", at)`; as soup, with its `status`."""

    def _visit(user, path, at=cast.WEEK_3, *, method="get", data=None, **headers):
        client = Client()
        with time_machine.travel(at, tick=False):
            if user is not None:
                client.force_login(user)
            response = getattr(client, method)(path, data, headers=headers)
        soup = BeautifulSoup(response.content, "html.parser")
        soup.status, soup.location = response.status_code, response.headers.get("Location", "")
        return soup

    return _visit


@pytest.fixture
def costs(client, django_assert_num_queries):
    """Holds a page to its number of queries, in week 3: `costs(7, user, path)`."""

    def _costs(number, user, path):
        with time_machine.travel(cast.WEEK_3, tick=False):
            client.force_login(user)
            with django_assert_num_queries(number):
                assert client.get(path).status_code == 200

    return _costs


@pytest.fixture
def give(paper):
    """Hands a paper in as the person themselves."""

    def _give(enrollment, *, at=cast.WEEK_3, assignment=paper):
        return hand_in(
            assignment=assignment,
            enrollment=enrollment,
            text="I asked ten neighbours, and learnt to wait.",
            key=uuid4(),
            actor=enrollment.user,
            now=at,
        )

    return _give


@pytest.fixture
def answer(fellow):
    """A released answer to a paper."""

    def _answer(submission, result=Feedback.Result.COMPLETE, *, at=cast.WEEK_3):
        return Feedback.objects.create(
            submission=submission,
            author=fellow,
            saved_at=at,
            text="Well seen.",
            result=result,
            status=Feedback.Status.RELEASED,
            released_at=at,
            released_by=fellow,
            revise_reason="Say what came of it." if result == "please_revise" else "",
            revise_until=datetime(2027, 3, 1, 4, 59, tzinfo=UTC) if result == "please_revise" else None,
        )

    return _answer


@pytest.fixture
def section_meeting(loa, section):
    """Of section A: Thursday 18 February 2027, 19:00 New York, Friday 05:30 in Kolkata."""
    return cast.make_meeting(loa, section=section, on=date(2027, 2, 18), at=time(19, 0))
