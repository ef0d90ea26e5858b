"""The clock is read in one place, so that a request, a task and a test each live at one moment."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [init.parent for init in ROOT.glob("*/__init__.py") if init.parent.name != "tests"]
SOURCES = [path for package in PACKAGES for path in package.rglob("*.py") if path != ROOT / "core" / "clock.py"]
TEMPLATES = [
    path
    for folder in [ROOT / "templates", *PACKAGES]
    for path in folder.rglob("*")
    if path.suffix in {".html", ".txt", ".xml"}
]

# `clock.now()` is ours; everybody else's call is a reading. A moment that was handed on (`request.now`) is none.
OURS = {"clock"}
READINGS = {
    "now": {"timezone", "datetime", "dt"},
    "utcnow": {"datetime", "dt"},
    "today": {"date", "datetime", "dt"},
    "localdate": {"timezone"},
    "localtime": {"timezone", "time"},
    "gmtime": {"time"},
    "time": {"time"},
    "time_ns": {"time"},
}
IMPORTS = {
    "time": {"time", "time_ns", "gmtime", "localtime"},
    "django.utils.timezone": {"now", "localdate", "localtime"},
    "django.db.models.functions": {"Now"},
    "django.contrib.postgres.functions": {"TransactionNow"},
}
COLUMNS = {"auto_now", "auto_now_add"}
SQL = re.compile(r"(?<![.\w])(?:now\(\)|current_timestamp|current_date|clock_timestamp|statement_timestamp)", re.I)
# timesince and its kin read the clock by themselves unless they are given a moment; date and time say no zone:
# {% moment %} and {% day %} do.
IN_TEMPLATES = re.compile(r"{%\s*now\b|\|\s*(?:(?:timesince|timeuntil)\b(?!:)|(?:natural(?:time|day)|date|time)\b)")


def last_name(node):
    """`timezone` of `django.utils.timezone`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_reading(owner, attr):
    return owner in READINGS.get(attr, set())


def readings(source):
    """What in this Python source reads a clock, or lets the database read one."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="now")) if last_name(owner) not in OURS:
                yield f"line {node.lineno}: {last_name(owner)}.now()"
            case ast.Attribute(value=owner, attr=attr) if is_reading(last_name(owner), attr):
                yield f"line {node.lineno}: {last_name(owner)}.{attr}"
            case ast.Attribute(attr="Now" | "TransactionNow"):
                yield f"line {node.lineno}: {node.attr}"
            case ast.ImportFrom(module=module, names=names):
                for name in {alias.name for alias in names} & IMPORTS.get(module, set()):
                    yield f"line {node.lineno}: {name} from {module}"
            case ast.keyword(arg=arg) if arg in COLUMNS:
                yield f"line {node.value.lineno}: {arg}"
            case ast.Constant(value=str(text)) if SQL.search(text):
                yield f"line {node.lineno}: {SQL.search(text)[0]} in SQL"


def test_no_module_but_the_clock_reads_the_clock():
    found = {str(path.relative_to(ROOT)): list(readings(path.read_text())) for path in SOURCES}

    assert len(found) > 40
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_no_template_reads_the_clock_or_shows_a_time_without_its_zone():
    found = {str(path.relative_to(ROOT)): IN_TEMPLATES.findall(path.read_text()) for path in TEMPLATES}

    assert found
    assert {path: what for path, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "source",
    [
        "timezone.now()",
        "default = timezone.now",
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "import time; time.time()",
        "from time import time",
        "from django.utils.timezone import now",
        "from django.db.models.functions import Length, Now",
        "functions.Now()",
        "models.DateTimeField(auto_now_add=True)",
        "cursor.execute('UPDATE notices SET sent_at = now() WHERE id = 1')",
        "cursor.execute('SELECT CURRENT_TIMESTAMP')",
    ],
)
def test_this_test_sees_each_way_to_read_a_clock(source):
    assert list(readings(source))


@pytest.mark.parametrize(
    "source",
    [
        "clock.now()",
        "request.now",
        "self.request.now",
        "session.today(at)",
        "time.monotonic()",
        "f(now=now)",
        "row.time",
    ],
)
def test_this_test_leaves_passed_moments_alone(source):
    assert not list(readings(source))


@pytest.mark.parametrize("text", ["{% now 'Y' %}", "{{ a|timesince }}", "{{ a|date:'j F' }}", "{{ a | time }}"])
def test_this_test_sees_each_way_to_do_so_in_a_template(text):
    assert IN_TEMPLATES.search(text)


@pytest.mark.parametrize("text", ["{% moment a %}", "{{ now_open }}", "{{ a|dated }}", "{{ a|default:'date' }}"])
def test_this_test_leaves_other_templates_alone(text):
    assert not IN_TEMPLATES.search(text)
