"""A sender in a process of its own, for tests to kill: `python -m tests.notifications.one_sender NOW`."""

import sys
from datetime import datetime
from pathlib import Path

import django
from django.conf import settings


def main():
    settings.TEMPLATES[0]["DIRS"].append(Path(__file__).parent / "templates")
    django.setup()
    from notifications import kinds, sender
    from notifications.models import Lane

    kinds.register(
        kinds.Kind(
            key="fair.opens",
            name="Fairs",
            lane=Lane.EVENT,
            is_optional=True,
            subject="{{ title }}",
            why="you asked for it",
        )
    )
    sender.send_due(now=datetime.fromisoformat(sys.argv[1]))


if __name__ == "__main__":
    main()
