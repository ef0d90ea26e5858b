"""Every route × method × person × own and foreign row, against the table of `policy.py`."""

from collections import defaultdict

import pytest
from django.contrib import admin
from django.urls import get_resolver

from tests.access.asking import address, ask, is_as_expected
from tests.access.people import EVERYBODY
from tests.access.policy import TABLE
from tests.access.routes import all_routes
from tests.access.table import REFUSALS, Line

pytestmark = pytest.mark.django_db

ROUTES = {route.name: route for route in all_routes()}
LINES: dict[str, list[Line]] = defaultdict(list)
for one in TABLE:
    LINES[one.route].append(one)


def test_every_route_stands_in_the_table_with_both_methods():
    in_table = {(line.route, line.method) for line in TABLE}
    wanted = {(name, method) for name in ROUTES for method in ("GET", "POST")}

    assert wanted - in_table == set(), "Routes without a line: say in policy.py who gets what there."


def test_every_line_of_the_table_has_its_route():
    assert {line.route for line in TABLE} - set(ROUTES) == set()


def test_every_line_says_something_about_everybody():
    assert [str(line) for line in TABLE if set(line.outcomes) != EVERYBODY] == []


def test_every_act_of_the_office_stands_in_the_table():
    get_resolver().url_patterns  # noqa: B018 - loads the admin's modules
    acts = {
        (f"admin:{model._meta.app_label}_{model._meta.model_name}_act", act.name)
        for model, model_admin in admin.site._registry.items()
        for act in model_admin.acts
    }
    in_table = {(line.route, line.act) for line in TABLE if line.act and line.act != "no-such-act"}

    assert acts == in_table


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_everybody_gets_what_the_table_says_and_nothing_leaks(world, route):
    wrong = []
    for line in LINES[route]:
        path = address(world, line, ROUTES[route])
        for person in sorted(line.asking):
            wrong += faults(world, line, person, path)

    assert not wrong, "\n".join(wrong)


def faults(world, line, person, path):
    """What is not as it should be when this person asks."""
    answer, expected = ask(world, person, line.method, path, line.send), line.outcomes[person]
    if not is_as_expected(expected, answer.outcome):
        yield f"{line} as {person}: {answer.outcome}, not {expected}"
    if answer.written and expected in REFUSALS:
        yield f"{line} as {person}: refused, and yet wrote to {sorted(answer.written)}"
    for what in world.leaks_to(person, answer.text):
        yield f"{line} as {person}: shows the {what}"
