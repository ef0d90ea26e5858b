"""Copies that pages keep in the browser of what is being typed (`static/js/form-copy.js`): saying that it is saved."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse

SAVED = "saved_form"
LASTS = timedelta(days=1)


def confirm_saved(response: HttpResponse, key: UUID) -> HttpResponse:
    """Let the browser drop its copies of the form with this key, as far as they were sent."""
    response.set_cookie(SAVED, str(key), max_age=LASTS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response
