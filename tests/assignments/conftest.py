from uuid import uuid4

import pytest
from django.urls import reverse

from assignments.services import hand_in, save_draft
from tests import cast


@pytest.fixture
def amara(participant_in_kolkata):
    return participant_in_kolkata


@pytest.fixture
def jack(participant_in_sydney):
    return participant_in_sydney


@pytest.fixture
def give(paper):
    """Hands in as the person themselves: give(amara), give(jack, "Another text.", at=…)."""

    def _give(enrollment, text="I asked ten neighbours, and learnt to wait.", *, at=cast.WEEK_3, key=None, **fields):
        fields.setdefault("assignment", paper)
        return hand_in(enrollment=enrollment, text=text, key=key or uuid4(), actor=enrollment.user, now=at, **fields)

    return _give


@pytest.fixture
def write(paper):
    """Saves a draft as the person themselves: write(amara, "Some text", based_on=0)."""

    def _write(enrollment, text="I asked", *, based_on=0, at=cast.WEEK_3, **fields):
        fields.setdefault("assignment", paper)
        return save_draft(enrollment=enrollment, text=text, based_on=based_on, actor=enrollment.user, now=at, **fields)

    return _write


@pytest.fixture
def visit(client, loa):
    """Opens a page of the desk as somebody: visit(fellow, "desk-paper", submission)."""

    def _visit(user, name, *rows, status=200, query=""):
        if client.session.get("_auth_user_id") != str(user.pk):
            client.force_login(user)
        address = reverse(f"assignments:{name}", args=[loa.slug, *(row.pk for row in rows)])
        reply = client.get(address + query)
        assert reply.status_code == status, reply
        return reply

    return _visit


@pytest.fixture
def post(client, loa):
    def _post(user, name, *rows, accept="text/html", **fields):
        client.force_login(user)
        address = reverse(f"assignments:{name}", args=[loa.slug, *(row.pk for row in rows)])
        return client.post(address, fields, headers={"accept": accept})

    return _post


@pytest.fixture
def thabo(loa):
    """Teaching fellow of section B, in Johannesburg."""
    user = cast.make_user("Thabo Nkosi", zone="Africa/Johannesburg")
    cast.make_section(loa, user, name="Section B")
    return user


@pytest.fixture
def lena(loa):
    """Teaching fellow of section C, in Vienna."""
    user = cast.make_user("Lena Fuchs", zone="Europe/Vienna")
    cast.make_section(loa, user, name="Section C")
    return user
