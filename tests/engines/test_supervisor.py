"""The supervisor of the demo's processes. Seen failing: it ended with a traceback and left the engines running."""

import os
import sys

import pytest

from engines.folders import EngineError
from engines.supervisor import Program, Supervisor


def test_what_dies_while_it_starts_is_said_and_the_others_are_ended():
    supervisor = Supervisor(dict(os.environ))
    supervisor.start(Program("engine", [sys.executable, "-c", "import time; time.sleep(600)"], is_engine=True))
    engine = supervisor.processes[0].running

    with pytest.raises(EngineError, match="The web did not start"):
        supervisor.start(Program("web", [sys.executable, "-c", ""], is_ready=lambda: False))
    supervisor.stop_all()

    assert engine.poll() is not None
    assert supervisor.processes == []
