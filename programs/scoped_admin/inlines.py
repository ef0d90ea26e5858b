from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest

from accounts.roles import Perm
from programs.scoped_admin.admins import ScopedModelAdmin
from programs.scoped_admin.scope import Scoped, name_zones


class PresentRows(BaseInlineFormSet):
    """Refuses a row that is not the parent's: somebody has deleted it meanwhile, or the form was made by hand."""

    def clean(self) -> None:
        super().clean()
        if any(form.instance.pk is None for form in self.initial_forms):
            raise ValidationError("One of these rows is no longer there. Load the page again to see how it stands.")


class ScopedInline(Scoped, admin.TabularInline):
    """Rows inside the change page of their parent, under the parent's rights."""

    formset = PresentRows
    extra = 0
    show_change_link = False

    @property
    def parent_admin(self) -> ScopedModelAdmin:
        """Whose rights count."""
        found: ScopedModelAdmin = self.admin_site.get_model_admin(self.parent_model)  # type: ignore[assignment]
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.model._default_manager.order_by(*(self.get_ordering(request) or self.opts.ordering or ()))

    def perm_to_choose(self) -> Perm:
        return self.parent_admin.perm_to_choose()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.parent_admin.has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.parent_admin.has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_edit(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_delete and self.may_edit(request, obj)

    def may_edit(self, request: HttpRequest, parent: Any) -> bool:
        """Whether the rows of this parent, or of one being made, are the reader's to change."""
        if parent is None:
            return self.parent_admin.has_add_permission(request)
        return self.parent_admin.has_change_permission(request, parent)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        name_zones(formset.form.base_fields, self.parent_admin.session_of(obj) if obj else None)
        return formset
