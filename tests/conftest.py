"""The embedded engines run while the tests do, unless DATABASE_URL and REDIS_URL name others."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from engines import postgres, use, valkey
from engines.addresses import Purpose


def _is_controller(config):
    return not hasattr(config, "workerinput")


def pytest_sessionstart(session):
    if not _is_controller(session.config) or session.config.option.collectonly:
        return
    use.join(Purpose.TEST)
    if not os.environ.get("DATABASE_URL"):
        postgres.ensure_running(Purpose.TEST)
    if not os.environ.get("REDIS_URL"):
        valkey.ensure_running(Purpose.TEST)


def pytest_unconfigure(config):
    """Stop them with the last of several runs in this checkout."""
    if _is_controller(config) and use.leave(Purpose.TEST):
        postgres.stop(Purpose.TEST)
        valkey.stop(Purpose.TEST)
