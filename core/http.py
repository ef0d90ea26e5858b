from datetime import datetime

from django.http import HttpRequest


class Request(HttpRequest):
    """A request as our views get it: `core.middleware.ClockMiddleware` has frozen the moment (UTC) for it."""

    now: datetime
