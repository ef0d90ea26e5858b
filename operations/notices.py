"""The kinds of this app, gathered so that they are found; each stands beside the act that sends it."""

from operations.clock_changes import CLOCK_CHANGE
from operations.help import HELP_ASKED
from operations.persons import SECOND_STEP_RESET
from operations.week_ahead import WEEK_AHEAD

__all__ = ["CLOCK_CHANGE", "HELP_ASKED", "SECOND_STEP_RESET", "WEEK_AHEAD"]
