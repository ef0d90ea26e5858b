from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from notifications.addresses import checked_line
from notifications.kinds import declared


def check_templates(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Every declared kind has its text and its HTML: a missing one would show only when somebody is to be told."""
    wanted = [f"{kind.template}.{ending}" for kind in declared() for ending in ("txt", "html")]
    return [
        Error(f"The template {name} of a notice is missing.", hint=f"Write templates/{name}.", id="notifications.E001")
        for name in wanted
        if not _exists(name)
    ]


def check_addresses(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """A slip in the address that mails come from would make each of them undeliverable."""
    return [
        Error(
            f"{name} is no address that mail servers take.", hint="Name <somebody@example.org>", id="notifications.E002"
        )
        for name in ("DEFAULT_FROM_EMAIL", "OFFICE_EMAIL")
        if not checked_line(getattr(settings, name))
    ]


def _exists(name: str) -> bool:
    try:
        get_template(name)
    except TemplateDoesNotExist:
        return False
    return True
