"""The one total order of the apps, held for what import-linter cannot see: foreign keys, file names, new apps."""

import tomllib
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
LINTER = CONTRACT["importlinter"]
LAYERS = [[app.strip() for app in layer.split("|")] for layer in LINTER["contracts"][0]["layers"]]
# The higher, the larger; apps of one layer share a number and know nothing of each other.
HEIGHT = {app: height for height, layer in enumerate(reversed(LAYERS)) for app in layer}
PACKAGES = {init.parent.name for init in ROOT.glob("*/__init__.py")} - {"tests"}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "data", "info", "signals"}


def our_models():
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in HEIGHT]


def pointing_up(models, height):
    """ "modules.Item.paper → assignments.Assignment" for each relation that leaves its app otherwise than downward."""
    found = []
    for model in models:
        for field in model._meta.get_fields():
            if not field.is_relation or field.auto_created or field.related_model in (None, "self"):
                continue
            here, there = model._meta.app_label, field.related_model._meta.app_label
            if here != there and there in height and height[there] >= height[here]:
                found.append(f"{model._meta.label}.{field.name} → {field.related_model._meta.label}")
    return found


def test_foreign_keys_point_downward_only():
    assert len(our_models()) > 20
    assert pointing_up(our_models(), HEIGHT) == []


def test_a_foreign_key_that_pointed_upward_would_be_seen():
    upside_down = {app: -height for app, height in HEIGHT.items()}

    assert "modules.Module.session → programs.Session" in pointing_up(our_models(), upside_down)


def test_every_app_stands_in_the_import_contract():
    assert PACKAGES == set(HEIGHT) == set(LINTER["root_packages"])
    assert {app for app in settings.INSTALLED_APPS if "." not in app and (ROOT / app).is_dir()} < PACKAGES


def test_the_contract_has_no_exceptions():
    assert LINTER["contracts"][0].get("ignore_imports", []) == []


def test_every_app_is_type_checked_and_known_as_ours():
    assert set(CONTRACT["mypy"]["files"]) == PACKAGES
    assert set(CONTRACT["ruff"]["lint"]["isort"]["known-first-party"]) >= PACKAGES


def test_layers_without_tables_have_no_models():
    without = {"core", "config", "dashboards", "engines"}

    assert [model._meta.label for model in our_models() if model._meta.app_label in without] == []


def test_every_file_has_a_name_that_says_what_is_inside():
    paths = chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES)

    assert [str(path.relative_to(ROOT)) for path in paths if {path.stem, path.parent.name} & NAMELESS] == []


def with_moves():
    return [model for model in our_models() if hasattr(model, "MOVES")]


@pytest.mark.parametrize("model", with_moves(), ids=lambda model: model._meta.label)
def test_each_status_has_its_row_in_the_table_of_moves(model):
    known = set(model.Status)

    assert set(model.MOVES) == known
    assert set().union(*model.MOVES.values()) <= known
