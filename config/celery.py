import logging.config
import os
import warnings
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Each loss of the broker would bring nine lines about a setting that we have set.
warnings.filterwarnings("ignore", message=r"\s*In Celery 5\.1 we introduced an optional breaking change")

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
