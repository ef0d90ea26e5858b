"""Asking for background work, without ever making a person wait or fail for it."""

import logging
from dataclasses import dataclass

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Publication:
    """A task by its name, with the ids it is called for."""

    task: str
    arguments: tuple[tuple[str, int | str], ...] = ()

    def __call__(self) -> None:
        """Hand it to the broker once; if that fails, the rows say what is to be done and beat looks again."""
        try:
            current_app.send_task(self.task, kwargs=dict(self.arguments), retry=False, ignore_result=True)
        except Exception as refusal:
            logger.warning("%s was not published (%s); the next look will find the work", self.task, refusal)


def publish_on_commit(task: str, **arguments: int | str) -> None:
    """Publish a task when the transaction commits, once however often it is asked for. Never raises."""
    publication = Publication(task, tuple(sorted(arguments.items())))
    pending = (callback for _, callback, *_ in transaction.get_connection().run_on_commit)
    if publication not in pending:
        transaction.on_commit(publication)
