"""How the processes speak: one JSON object a line in production, readable lines elsewhere; both with the request id."""

from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]
# Beat wakes the planner and the sender all day long: only what goes wrong there is news.
QUIET = ("celery.app.trace", "celery.worker.strategy", "celery.beat", "kombu", "asyncio", "gunicorn.access")


def logging_config(*, as_json: bool, level: str) -> dict[str, Any]:
    """The dictionary for `logging.config`."""
    rendering: list[Any] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(sort_keys=True)]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, sort_keys=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print each line a second time.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            # Named so that the web server's own handlers, with another form, are replaced.
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            # "Not Found: /…" says nothing that the request's own line does not say.
            "django.request": {"level": "ERROR"},
            **{name: {"level": "WARNING"} for name in QUIET},
        },
    }


def configure_structlog() -> None:
    """Send structlog's lines through the standard library, so that there is one way out."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
