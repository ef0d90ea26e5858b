import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("lyceum")
# "Current" is a matter of the thread; a web server's other threads would publish to an app without settings.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@setup_logging.connect
def use_our_logging(**_: Any) -> None:
    """Celery would otherwise put handlers of its own beside ours."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
