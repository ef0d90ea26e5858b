from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from modules.models import Item, Module  # noqa: F401 - the types of the rows


class ModuleQuerySet(models.QuerySet["Module"]):
    """Modules as participants and staff ask for them."""


class ItemQuerySet(models.QuerySet["Item"]):
    """Items as participants and staff ask for them."""
