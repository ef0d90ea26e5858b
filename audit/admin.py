"""The one history of what was done in the admin: rows of `audit.Entry`, shown in place of Django's own log."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from audit.changes import FormChanges, RowChange, changes_of, row_values, rows_that_go_along
from audit.history import tell
from audit.models import Entry
from audit.services import record

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = object

PER_PAGE = 50


class AuditedAdmin(Base):
    """For every ModelAdmin: `class SectionAdmin(AuditedAdmin, admin.ModelAdmin)`.

    What is added, changed or deleted here, in inlines, in an editable list or by an action too, is recorded in the
    same transaction; the history page shows it together with what services recorded about the same row. A form field
    named `reason` that is no field of the model becomes the entry's reason.
    """

    # That they changed is recorded, what they say never; inlines have a list of their own by the same name.
    private_fields: Collection[str] = ()

    def audit_scope(self, row: models.Model) -> str:
        """Where the row belongs, "session:12": its own scope, its session's or its program's."""
        places = (row, getattr(row, "session", None), getattr(row, "program", None))
        scopes = (getattr(place, "scope", "") for place in places)
        return next((scope for scope in scopes if scope), "")

    def construct_change_message(  # type: ignore[override]
        self, request: HttpRequest, form: BaseForm, formsets: Any, add: bool = False
    ) -> FormChanges:
        """What Django hands on to `log_addition` and `log_change`."""
        private = {inline.model: frozenset(getattr(inline, "private_fields", ())) for inline in self.inlines}
        return changes_of(form, formsets or [], private | {self.model: frozenset(self.private_fields)}, add=add)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        self._record_form(request, obj, "added", message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        self._record_form(request, obj, "changed", message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        """Record each row as it was, and each that its deletion takes along."""
        rows = list(queryset)
        for row in rows:
            before = row_values(row, frozenset(self.private_fields))
            self._record(request, RowChange(row, "deleted", before, None), scope=self.audit_scope(row))
        for row in rows_that_go_along(rows):
            self._record(request, RowChange(row, "deleted", {"name": str(row)}, None), scope=self.audit_scope(row))

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """An action and its record stand or fall together."""
        with transaction.atomic():
            return super().response_action(request, queryset, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Everything recorded about this row, newest first."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        page = Paginator(Entry.objects.about(row).select_related("actor"), PER_PAGE).get_page(request.GET.get(PAGE_VAR))
        context = {
            **self.admin_site.each_context(request),
            "title": f"What was done: {row}",
            "subtitle": None,
            "page": page,
            "page_var": PAGE_VAR,
            "happenings": [tell(entry, self.model) for entry in page],
            "module_name": capfirst(str(self.opts.verbose_name_plural)),
            "object": row,
            "opts": self.opts,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "audit/history.html", context)

    def _record_form(self, request: HttpRequest, row: models.Model, verb: str, message: Any) -> None:
        """A form's changes, or the words of a library that calls the log itself; nothing when nothing changed."""
        if not isinstance(message, FormChanges):
            self._record(request, RowChange(row, verb, None, {"said": str(message)}), scope=self.audit_scope(row))
            return
        before, after = message.with_inlines()
        scope = self.audit_scope(row)
        if verb == "added" or before or after:
            self._record(request, RowChange(row, verb, before or None, after or None), message.reason, scope)
        for change in message.inlines:
            self._record(request, change, message.reason, self.audit_scope(change.row) or scope)

    def _record(self, request: HttpRequest, change: RowChange, reason: str = "", scope: str = "") -> None:
        record(
            actor=request.user,  # type: ignore[arg-type]
            verb=change.verb,
            on=change.row,
            before=change.before,
            after=change.after,
            reason=reason,
            scope=scope,
            now=request.now,  # type: ignore[attr-defined]
        )
