import json
import logging
import logging.config
import subprocess
import sys

from config.logs import logging_config

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
