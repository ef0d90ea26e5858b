"""How notices call the session that they are about."""

from collections.abc import Collection

from notifications.scopes import Named, register_scope
from programs.models import Session


def find_sessions(pks: Collection[int]) -> dict[int, Named]:
    """By their keys. One query."""
    rows = Session.objects.select_related("program").filter(pk__in=pks)
    return {row.pk: Named(str(row), row.slug) for row in rows}


register_scope("session", find_sessions)
