from typing import Any

from django.contrib.admin import RelatedFieldListFilter
from django.http import HttpRequest


class ScopedFilter(RelatedFieldListFilter):
    """Offers only rows that the reader may see, and among them only those that some row of the list points to."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        choices = model_admin.rows_to_choose(field.remote_field.model, request, model_admin.view_perm)
        return [(row.pk, str(row)) for row in choices]


def lookups_of(filters: Any, date_hierarchy: str | None) -> set[str]:
    """The parameters that these filters write into addresses."""
    allowed = (
        {f"{date_hierarchy}__{part}" for part in ("year", "month", "day", "gte", "lt")} if date_hierarchy else set()
    )
    for one in filters:
        name = one[0] if isinstance(one, list | tuple) else one
        if not isinstance(name, str):
            allowed.add(name.parameter_name)
            continue
        endings = ("exact", "isnull", "id__exact", "in", "gte", "lt")
        allowed |= {name, *(f"{name}__{ending}" for ending in endings)}
    return allowed
