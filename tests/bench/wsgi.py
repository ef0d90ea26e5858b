"""Any Django application, with one address more: what its process has used so far."""

import json
import time

from django.core.wsgi import get_wsgi_application

from config.gunicorn import memory_in_use
from tests.bench.serving import USED

django_application = get_wsgi_application()


def application(environ, start_response):
    """Gunicorn's entrance."""
    if environ["PATH_INFO"] != USED:
        return django_application(environ, start_response)
    used = json.dumps({"cpu": time.process_time(), "memory": memory_in_use()}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(used)))])
    return [used]
