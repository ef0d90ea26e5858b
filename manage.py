#!/usr/bin/env python
"""Django's command line; where no server is named it first sees that the embedded engines run."""

import os
import sys

NEED_NO_ENGINES = {"collectstatic", "compilemessages", "diffsettings", "help", "makemessages", "startapp", "version"}


def needs_engines(arguments: list[str]) -> bool:
    """Whether this command line may want the database or the broker."""
    if not arguments or arguments[0].startswith("-") or arguments[0] in NEED_NO_ENGINES:
        return False
    return not {"--help", "-h", "--version"} & set(arguments)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if needs_engines(sys.argv[1:]):
        from engines import start_missing

        start_missing()
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, connection

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as refusal:
        if connection.connection is not None:
            raise
        # The first line says what is wrong; the password is never in it.
        reason = str(refusal).splitlines()[0].rstrip(".")
        sys.exit(f"The database does not let us in: {reason}. See that it runs and that DATABASE_URL is right.")


if __name__ == "__main__":
    main()
