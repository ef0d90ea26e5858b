"""Reading the environment: a value that cannot be used ends the program in one sentence, before anything is served."""

import sys
from typing import Any, NoReturn

from environ import Env, FileAwareEnv

FALSE_WORDS = {"false", "off", "no", "n", "0", ""}
KINDS = {bool: "true or false", int: "a whole number"}


def refuse(sentence: str) -> NoReturn:
    """End the program: manage.py, the web server and Celery all show just the sentence, and exit with 1."""
    sys.exit(sentence)


class Environment(FileAwareEnv):
    """Variables as themselves or as `NAME_FILE`, the path of a file that holds the value (a container's secret)."""

    def get_value(self, var: str, cast: Any = None, default: Any = Env.NOTSET, parse_default: bool = False) -> Any:
        """As the library's, but a word that is neither true nor false is refused instead of taken for false."""
        if cast is bool and str(self.ENVIRON.get(var, "no")).lower() not in FALSE_WORDS | set(
            self.BOOLEAN_TRUE_STRINGS
        ):
            refuse(f"{var} is “{self.ENVIRON[var]}”; it must be {KINDS[bool]}.")
        try:
            return super().get_value(var, cast, default, parse_default)
        except ValueError:
            refuse(f"{var} is “{self.ENVIRON.get(var)}”; it must be {KINDS.get(cast, 'something else')}.")
