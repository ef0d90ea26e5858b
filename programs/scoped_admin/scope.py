from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.roles import Perm
from core.fields import WallRuleFormField
from core.zones import say_zone
from programs.models import Session
from programs.scoped_admin.rights import is_operators, sessions_for


class Scoped(BaseModelAdmin):
    """What lists, change pages and the forms inside them share: rows by right, choices by right, zones beside dates."""

    # From a row to its session, such as "module__session"; "pk" for the session itself.
    session_path: str = "session"
    # What the name of a row is made of, fetched along where rows are offered as choices.
    name_needs: Sequence[str] = ()
    formfield_overrides = {
        models.URLField: {"assume_scheme": "https", "widget": forms.URLInput(attrs={"class": "vURLField"})},
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
        models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")},
    }

    def granting(self, user: Any, perm: Perm) -> QuerySet[Any]:
        """The rows over which the person holds the right in the office."""
        rows = self.opts.model._default_manager.all()
        if is_operators(user, perm):
            return rows
        return rows.filter(**{f"{self.session_path}__in": sessions_for(user, perm)})

    def perm_to_choose(self) -> Perm:
        """What one must hold over a row to choose it in a form of this admin."""
        raise NotImplementedError

    def rows_to_choose(self, model: type[models.Model], request: HttpRequest, perm: Perm) -> QuerySet[Any]:
        """Rows of another model that may be pointed to; none at all when nothing says whose they are."""
        related = self.admin_site._registry.get(model)
        if isinstance(related, Scoped):
            return related.granting(request.user, perm).select_related(*related.name_needs)
        return model._default_manager.none()

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Without the small icons that add and change the other row: their windows need more than they give."""
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if formfield is not None and isinstance(formfield.widget, RelatedFieldWidgetWrapper):
            formfield.widget = formfield.widget.widget
        return formfield

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self.rows_to_choose(db_field.remote_field.model, request, self.perm_to_choose()))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self.rows_to_choose(db_field.remote_field.model, request, self.perm_to_choose()))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def name_zones(fields: dict[str, forms.Field], session: Session | None) -> None:
    """Let every date, time and rule of a form say whose clock is meant."""
    where = say_zone(session.zone) if session else "program time"
    for name, field in fields.items():
        # A field that a form declares is one object for all requests: what was said on an earlier page gives way.
        label = getattr(field, "label_without_zone", None) or str(field.label or name.replace("_", " ").capitalize())
        field.label_without_zone = label  # type: ignore[attr-defined]
        if isinstance(field, forms.SplitDateTimeField | forms.DateTimeField):
            field.label = f"{label} (UTC)"
        elif isinstance(field, forms.DateField):
            field.label = f"{label} (day in {where})"
        elif isinstance(field, forms.TimeField | WallRuleFormField):
            field.label = f"{label} (time in {where})"
