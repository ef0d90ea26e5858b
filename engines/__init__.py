"""The engines that come with the product: PostgreSQL and a broker, for development, tests and the demo.

Production names its own servers and never imports anything that is started here.
"""

import os
import sys


def start_missing() -> None:
    """Start what no variable names; exits with one sentence when that cannot be done. Does nothing in production."""
    read_env_file()
    if os.environ.get("ENVIRONMENT") == "production":
        return
    from engines import postgres, valkey
    from engines.folders import EngineError

    try:
        if not os.environ.get("DATABASE_URL"):
            postgres.ensure_running()
        if not os.environ.get("REDIS_URL"):
            valkey.ensure_running()
    except EngineError as refusal:
        sys.exit(str(refusal))


def read_env_file() -> None:
    """Put what `.env` says into the environment; what is there already stays."""
    import environ

    from engines.addresses import CHECKOUT

    if (CHECKOUT / ".env").is_file():
        environ.Env.read_env(CHECKOUT / ".env")
