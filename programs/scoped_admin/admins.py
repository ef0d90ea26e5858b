from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import NestedObjects, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, router
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.roles import Perm
from audit.admin import AuditedAdmin
from programs.models import Session
from programs.scoped_admin.acts import Act
from programs.scoped_admin.columns import ReaderColumn, TimeColumn, is_time, label_of, session_at
from programs.scoped_admin.filters import ScopedFilter, lookups_of
from programs.scoped_admin.rights import holds_over, may_somewhere, signed_in
from programs.scoped_admin.scope import Scoped, name_zones


class ScopedModelAdmin(Scoped, AuditedAdmin, admin.ModelAdmin):
    """Lists, change pages, choices, filters and acts over the rows in which the reader's role holds the right.

    Each right is a Perm, or None for what nobody does here. What `save_model` raises of `refusals` is shown in the
    form, and nothing typed is lost. Where a service makes the row it records that itself: `added_by_service`.
    """

    view_perm: Perm = Perm.USE_OFFICE
    add_perm: Perm | None = None
    change_perm: Perm | None = None
    delete_perm: Perm | None = None
    acts: Sequence[Act] = ()
    refusals: tuple[type[Exception], ...] = ()
    added_by_service = False
    # What columns of days and instants are called, where the field's own name is not what people say.
    time_labels: Mapping[str, str] = {}
    # Set once, when the row is made.
    fixed_fields: Sequence[str] = ("session",)

    view_on_site = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    actions = ()
    change_form_template = "office/change_form.html"
    delete_confirmation_template = "office/delete.html"

    class Media:
        css = {"all": ["css/office.css"]}

    # --- which rows, and may they be changed -------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.granting(request.user, self.view_perm).order_by(
            *(self.get_ordering(request) or self.opts.ordering or ())
        )

    def may(self, request: HttpRequest, perm: Perm | None, row: models.Model | None) -> bool:
        """Whether the reader holds the right over this row, or over any where none is given."""
        if perm is None:
            return False
        if row is None:
            return may_somewhere(request, perm)
        return holds_over(request, self.granting(request.user, perm), row, perm)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_somewhere(request, self.view_perm)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.view_perm, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.add_perm, None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.change_perm, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.delete_perm, obj)

    def perm_to_choose(self) -> Perm:
        return self.add_perm or self.change_perm or self.view_perm

    def session_of(self, row: Any) -> Session | None:
        """The session that a row belongs to."""
        return session_at(row, self.session_path)

    @admin.display(description="Session")
    def in_session(self, row: Any) -> str:
        """For lists: short."""
        session = self.session_of(row)
        return session.short_name if session else "–"

    # --- how dates are said, what may be filtered by -----------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [self._column(name, request, None, form="short") for name in super().get_list_display(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fixed = [name for name in self.fixed_fields if self._has_field(name)] if obj else []
        return self._with_zones([*super().get_readonly_fields(request, obj), *fixed], request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Dates that are only shown here become columns that name their zone."""
        is_form = self.has_change_permission(request, obj) if obj else True
        shown = {str(getattr(name, "name", name)) for name in self.get_readonly_fields(request, obj)}
        return [
            (
                title,
                {
                    **options,
                    "fields": self._with_zones(options["fields"], request, only=shown if is_form else None),
                },
            )
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        name_zones(form.base_fields, self.session_of(obj) if obj else None)
        refusal = request.__dict__.get("refusal")
        return refused_form(form, refusal) if refusal else form

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [
            (name, ScopedFilter) if isinstance(name, str) and self._leads_to_rows(name) else name
            for name in super().get_list_filter(request)
        ]

    def lookup_allowed(self, lookup: str, value: str, request: Any) -> bool:
        """Only what a filter of the list offers: a hand-made one must not try out what the rows hide."""
        return lookup in lookups_of(super().get_list_filter(request), self.date_hierarchy)

    def _with_zones(self, names: Iterable[Any], request: HttpRequest, only: set[str] | None = None) -> list[Any]:
        return [self._column(name, request, only) for name in names]

    def _column(self, name: Any, request: HttpRequest, only: set[str] | None, form: str = "long") -> Any:
        """The name itself, or what stands for it because a time or the reader matters."""
        method = getattr(self, name, None) if isinstance(name, str) else None
        if getattr(method, "for_reader", False):
            return ReaderColumn(name, request, method)  # type: ignore[arg-type]
        if is_time(self.model, name) and (only is None or name in only):
            label = self.time_labels.get(name) or label_of(self.model, name)
            return TimeColumn(name, self.session_path, request, label, form)
        return name

    def _has_field(self, name: str) -> bool:
        return any(field.name == name for field in self.opts.fields)

    def _leads_to_rows(self, name: str) -> bool:
        field: Any = None
        model: Any = self.model
        for part in name.split("__"):
            field = model._meta.get_field(part)
            model = field.related_model
        return model is not None

    # --- saving ------------------------------------------------------------------------------------------------------

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """A service that refuses undoes everything; the form comes back as it was typed, with the reason."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusals as refusal:
            request.__dict__["refusal"] = list(getattr(refusal, "problems", [str(refusal)]))
            return super().changeform_view(request, object_id, form_url, extra_context)

    def audit_scope(self, row: models.Model) -> str:
        session = self.session_of(row)
        return session.scope if session else super().audit_scope(row)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        if not self.added_by_service:
            super().log_addition(request, obj, message)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        context["acts"] = self.acts_for(request, row) if row else []
        return super().render_change_form(request, context, *args, **kwargs)

    # --- acts --------------------------------------------------------------------------------------------------------

    def acts_for(self, request: HttpRequest, row: Any) -> list[tuple[Act, str]]:
        """The buttons that this reader has over this row now, with their addresses."""
        return [
            (act, self.url_to("act", row.pk, act.name))
            for act in self.acts
            if act.is_possible(row, signed_in(request).now) and self.may(request, act.perm, row)
        ]

    def url_to(self, page: str, *args: Any) -> str:
        """The address of a page of this admin."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        act = path("<path:object_id>/act/<slug:name>/", self.admin_site.admin_view(self.act_view), name=name)
        return [act, *super().get_urls()]

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask, then do."""
        act = self._act_called(name)
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self.say_gone(request, object_id)
        if not self.may(request, act.perm, row):
            raise PermissionDenied
        asked = signed_in(request)
        form = act.form(request.POST if request.method == "POST" else None, request=request, rows=[row])
        if request.method == "POST" and form.is_valid():
            try:
                said = act.do(row, form.cleaned_data, asked.user, asked.now)
            except act.refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, said)
                return HttpResponseRedirect(self.url_after(request, row))
        return self._ask(request, act, form, [row], back=self.url_to("change", row.pk))

    def say_gone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The one answer for a row that is not there and for one that is not the reader's."""
        return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]

    def url_after(self, request: HttpRequest, row: Any) -> str:
        """Back to the row, or to the list when it is gone or no longer theirs."""
        is_there = self.get_queryset(request).filter(pk=row.pk).exists()
        return self.url_to("change", row.pk) if is_there else self.url_to("changelist")

    def _act_called(self, name: str) -> Act:
        for act in self.acts:
            if act.name == name:
                return act
        raise Http404

    def _ask(
        self, request: HttpRequest, act: Act, form: Any, rows: Sequence[models.Model], *, back: str
    ) -> TemplateResponse:
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": act.label,
            "subtitle": str(rows[0]) if len(rows) == 1 else None,
            "act": act,
            "form": form,
            "rows": rows,
            "back": back,
            "opts": self.opts,
            "media": self.media + form.media,
            "carried": carried_choice(request),
        }
        return TemplateResponse(request, "office/act.html", context)

    # --- acts over several rows --------------------------------------------------------------------------------------

    def get_actions(self, request: HttpRequest) -> Any:
        """The acts that may be done to several rows at once; there is no deleting of many."""
        if IS_POPUP_VAR in request.GET:
            return {}
        return {
            act.name: (over_many(act), act.name, act.label)
            for act in self.acts
            if act.is_bulk and may_somewhere(request, act.perm)
        }

    def act_on_many(self, request: HttpRequest, chosen: QuerySet[Any], act: Act) -> TemplateResponse | None:
        """Ask once, then do it to each; what is refused for one does not keep it from the others."""
        rows = list(chosen.filter(pk__in=self.granting(request.user, act.perm).values("pk")))
        if not rows:
            messages.warning(request, "None of the chosen rows is yours to change.")
            return None
        asked, is_answered = signed_in(request), "answered" in request.POST
        form = act.form(request.POST if is_answered else None, request=request, rows=rows)
        if not (is_answered and form.is_valid()):
            return self._ask(request, act, form, rows, back=request.get_full_path())
        done = 0
        for row in rows:
            try:
                act.do(row, form.cleaned_data, asked.user, asked.now)
                done += 1
            except act.refused as refusal:
                messages.warning(request, f"{row}: {refusal}")
        if done:
            messages.success(request, f"{act.label}: done for {done} of {len(rows)}.")
        return None

    # --- deleting ----------------------------------------------------------------------------------------------------

    def why_not_delete(self, row: Any) -> str:
        """The sentence that says why this row stays; empty when it may go."""
        return ""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What would go along, counted; and one sentence in place of a wall of rows where it may not."""
        collector = NestedObjects(using=router.db_for_write(self.model))
        collector.collect(objs)
        collected: Any = collector.model_objs
        along = {
            str(model._meta.verbose_name_plural): len(rows)
            for model, rows in collected.items()
            if model is not self.model
        }
        refused = next(filter(None, (self.why_not_delete(row) for row in objs)), "")
        if not refused and collector.protected:
            refused = say_what_hangs_on(str(self.opts.verbose_name), collector.protected)
        return [], along, set(), [refused] if refused else []


def become(blank: models.Model, made: models.Model) -> None:
    """Let the form's own blank row stand for the one that a service has made."""
    blank.__dict__.update(made.__dict__)


def over_many(act: Act) -> Callable[[Any, HttpRequest, QuerySet[Any]], TemplateResponse | None]:
    """The act in the shape in which a list offers it."""
    return lambda model_admin, request, chosen: model_admin.act_on_many(request, chosen, act)


def carried_choice(request: HttpRequest) -> list[tuple[str, str]]:
    """What the page that asks must send along, so that the list still knows which rows and which act are meant."""
    if "action" not in request.POST:
        return []
    names = ["action", "index", "select_across", "_selected_action"]
    if request.POST.get("select_across") == "1":
        # The list is asked anew by its filters: thousands of ids would not fit into one form.
        names.remove("_selected_action")
        first = [("_selected_action", value) for value in request.POST.getlist("_selected_action")[:1]]
    else:
        first = []
    return [*first, *((name, value) for name in names for value in request.POST.getlist(name)), ("answered", "1")]


def refused_form(form: Any, refusal: list[str]) -> Any:
    """The same form, that says why its service refused."""

    class Refused(form):
        def clean(self) -> Any:
            super().clean()
            raise ValidationError(refusal)

    return Refused


def say_what_hangs_on(name: str, protected: Iterable[models.Model]) -> str:
    """ "This section cannot be deleted: 3 enrollments belong to it." """
    counts: dict[str, int] = {}
    for row in protected:
        kind = str(row._meta.verbose_name_plural)
        counts[kind] = counts.get(kind, 0) + 1
    listed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return f"This {name} cannot be deleted, because something hangs on it: {listed}."
