"""How the processes speak: one JSON object a line in production, readable lines elsewhere; both with the request id."""

import logging
from collections.abc import Iterator
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisError

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

# What is raised while database or broker are away, in whatever the error is wrapped.
LOST = (OperationalError, InterfaceError, BrokerError, RedisError, ConnectionError)
# An incident is over when nothing of it was heard for so many seconds.
SILENCE = 60.0


class OneLineForEachIncident(logging.Filter):
    """While database or broker are away each process says so once, in a line, instead of a traceback at each try."""

    def __init__(self) -> None:
        super().__init__()
        self.last_heard: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        lost = next((error for error in errors_of(record) if isinstance(error, LOST)), None)
        if (
            lost is None
            and ("onnection" in str(record.msg) or "annot connect" in str(record.msg))
            and record.name.startswith(("celery.", "kombu."))
        ):
            # "Trying again in 4 seconds… (2/100)" is no error, and comes as often.
            return self._is_news(record.name, record.created)
        if lost is None:
            return True
        if not self._is_news(type(lost).__name__, record.created):
            return False
        words = (str(lost).strip() or type(lost).__name__).splitlines()[0]
        record.msg, record.args = f"Database or broker are away, trying again: {words}", ()
        record.exc_info = record.exc_text = record.stack_info = None
        for told_at_length in ("data", "_logger", "_name"):
            record.__dict__.pop(told_at_length, None)
        return True

    def _is_news(self, incident: str, at: float) -> bool:
        """Whether it is heard of for the first time since it was last over."""
        last, self.last_heard[incident] = self.last_heard.get(incident), at
        return last is None or at - last > SILENCE


def errors_of(record: logging.LogRecord) -> Iterator[BaseException]:
    """The error of a line and those that it came from."""
    said = record.msg if isinstance(record.msg, dict) else {}
    seen: set[int] = set()
    for told in (record.exc_info, said.get("exc_info"), said.get("exception")):
        error = told[1] if isinstance(told, tuple) else told
        while isinstance(error, BaseException) and id(error) not in seen:
            seen.add(id(error))
            yield error
            error = error.__cause__ or error.__context__


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
        # Where machines read the lines, they get all of them.
        "filters": {"incidents": {"()": OneLineForEachIncident}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": [] if as_json else ["incidents"],
            }
        },
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
