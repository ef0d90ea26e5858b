"""The kinds of this app, gathered so that they are found; each stands beside the act that sends it."""

from operations.help import HELP_ASKED
from operations.persons import SECOND_STEP_RESET

__all__ = ["HELP_ASKED", "SECOND_STEP_RESET"]
