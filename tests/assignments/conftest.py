from uuid import uuid4

import pytest

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
