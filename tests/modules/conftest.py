import pytest

from modules.models import Item, Module
from tests import cast


@pytest.fixture
def cpv(db):
    """Strictly in order: New York, from 1 February 2027."""
    return cast.make_session(cast.make_program(code="CPV", title="Creating Public Value"), order="strict")


@pytest.fixture
def papers(cpv):
    """The papers of modules 1, 2 and 3: opening Mondays 09:00, due Sundays 23:59, taken until the Sunday after."""
    return [
        cast.make_assignment(cast.make_module(cpv, number=number), closes=f"week {number + 1}, Sunday, 23:59")
        for number in (1, 2, 3)
    ]


@pytest.fixture
def first(papers):
    return papers[0].item


@pytest.fixture
def second(papers):
    return papers[1].item


@pytest.fixture
def learner(cpv):
    """Sizwe's enrollment, in Johannesburg."""
    return cast.enroll(cast.make_user("Sizwe Dlamini", zone="Africa/Johannesburg"), cpv)


@pytest.fixture
def opening():
    """When a module opens for somebody, asked afresh."""

    def _opening(module, enrollment):
        return Module.objects.with_opening_for(enrollment).get(pk=module.pk).opens_at

    return _opening


@pytest.fixture
def open_numbers():
    """The numbers of the modules whose items somebody can read at a moment."""

    def _open_numbers(user, at):
        items = Item.objects.visible_to(user, at).values_list("module__number", flat=True)
        return sorted(set(items))

    return _open_numbers
