import json
import logging
import logging.config
import subprocess
import sys

import pytest
from django.db import OperationalError

from config.logs import OneLineForEachIncident, logging_config

PROGRAM = """
import logging, logging.config, structlog
from config.logs import configure_structlog, logging_config
logging.config.dictConfig(logging_config(as_json=True, level="INFO"))
configure_structlog()
with structlog.contextvars.bound_contextvars(request_id="abc"):
    structlog.stdlib.get_logger("ours").info("handed in", words=612)
    logging.getLogger("theirs").warning("%s is slow", "disk")
    try:
        raise ValueError("no such week")
    except ValueError:
        logging.getLogger("django.request").exception("failed")
"""


def test_in_production_each_line_is_json_with_the_request_id_whoever_wrote_it():
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stderr
    ours, theirs, failed = (json.loads(line) for line in said.splitlines())
    assert (ours["event"], ours["words"], ours["request_id"]) == ("handed in", 612, "abc")
    assert (theirs["event"], theirs["level"], theirs["request_id"]) == ("disk is slow", "warning", "abc")
    assert failed["exception"][0]["exc_value"] == "no such week"


def test_the_demo_reads_like_sentences(capsys):
    config = logging_config(as_json=False, level="INFO")
    assert config["root"]["level"] == "INFO"
    formatter = config["formatters"]["line"]
    made = formatter["()"](**{key: value for key, value in formatter.items() if key != "()"})
    record = logging.LogRecord("lyceum.web", logging.INFO, __file__, 1, "Module %s is open", ("3",), None)
    assert "Module 3 is open" in made.format(record)


@pytest.fixture
def said_by():
    """What a process says of these errors, each so many seconds after the first."""

    def _said(*raised):
        incidents = OneLineForEachIncident()
        formatter = logging_config(as_json=False, level="INFO")["formatters"]["line"]
        made = formatter["()"](**{key: value for key, value in formatter.items() if key != "()"})
        lines = []
        for seconds, error in raised:
            try:
                raise RuntimeError("the task failed") from error
            except RuntimeError:
                record = logging.LogRecord("celery.app.trace", logging.ERROR, "", 1, "Task %s", ("x",), sys.exc_info())
            record.created = 1000.0 + seconds
            if incidents.filter(record):
                lines.append(made.format(record))
        return lines

    return _said


def test_a_database_that_is_away_is_one_line_for_each_incident(said_by):
    away = OperationalError("connection to server failed: No such file\nIs the server running?")

    said = said_by((0, away), (2, away), (50, away), (100, away), (161, away))

    assert len(said) == 2
    assert all("Database or broker are away, trying again: connection to server failed" in line for line in said)
    assert not any("Traceback" in line or "\n" in line for line in said)


def test_the_same_is_found_in_what_a_library_writes_as_a_dictionary():
    error = OperationalError("the server is starting up")
    said = {"event": "task_failed", "exc_info": True, "exception": error}
    record = logging.LogRecord("django_structlog.celery", logging.ERROR, "", 1, said, (), (None, None, None))

    assert OneLineForEachIncident().filter(record)
    assert record.getMessage() == "Database or broker are away, trying again: the server is starting up"
    assert record.exc_info is None


def test_any_other_error_is_told_at_length_each_time(said_by):
    said = said_by((0, ValueError("no such week")), (1, ValueError("no such week")))

    assert len(said) == 2
    assert all("Traceback" in line and "no such week" in line for line in said)


def test_where_machines_read_them_nothing_is_left_out():
    assert logging_config(as_json=True, level="INFO")["handlers"]["stderr"]["filters"] == []
