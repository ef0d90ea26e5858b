from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from notifications.kinds import declared


def check_templates(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Every declared kind has its text and its HTML: a missing one would show only when somebody is to be told."""
    wanted = [f"{kind.template}.{ending}" for kind in declared() for ending in ("txt", "html")]
    return [
        Error(f"The template {name} of a notice is missing.", hint=f"Write templates/{name}.", id="notifications.E001")
        for name in wanted
        if not _exists(name)
    ]


def _exists(name: str) -> bool:
    try:
        get_template(name)
    except TemplateDoesNotExist:
        return False
    return True
