"""Work to hand in, and how it is looked at. No paper, draft or answer stands anywhere in the office."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.roles import Perm
from assignments.models import Assignment, Criterion, Level, Submission
from assignments.services import DeadlineRefused, note_work_change
from modules.models import Item, Module
from operations.admin.curriculum import why_item_stays, with_rule
from operations.admin.dates_page import DatesPage, DeadlineForm
from operations.admin.order import OrderedAdmin
from operations.curriculum import ModulesWouldClose, add_assignment
from programs.models import Session
from programs.scoped_admin import ScopedInline, for_reader, say_time, signed_in

WORK = ("kind", "answered_by", "prompt", "min_words", "max_words", "feedback_days")
FILES = ("takes_text", "most_files", "most_megabytes", "takes_recordings")


class NewAssignmentForm(forms.ModelForm):
    """Work with the item that stands for it in its module."""

    module = forms.ModelChoiceField(Module.objects.none())
    title = forms.CharField(max_length=200)
    key = forms.SlugField(max_length=60, help_text="Its name in addresses; unique in its module.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["module"].queryset = self.modules  # type: ignore[attr-defined]

    # Those whose curriculum the reader edits; set by the admin that shows the form.
    modules: QuerySet[Module]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        module, key = answers.get("module"), answers.get("key")
        if module and key and Item.objects.filter(module=module, key=key).exists():
            self.add_error("key", "This module already has an item of that key.")
        return answers


@admin.register(Assignment)
class AssignmentAdmin(DatesPage):
    """Work to hand in: what is asked, who answers, by when."""

    view_perm = add_perm = change_perm = Perm.EDIT_CURRICULUM
    name_needs = ("item",)
    added_by_service = True
    refusals = (DeadlineRefused, ModulesWouldClose)
    dates_form = DeadlineForm
    dates_label = "Change when it is due"
    change_form_template = "office/assignment.html"
    fixed_fields = ("item",)
    list_display = ("title", "in_session", "kind", "answered_by", "due_at", "closes_at")
    time_labels = {"due_at": "Due", "closes_at": "Closes"}
    list_filter = ("session", "kind", "answered_by")
    search_fields = ("item__title",)
    ordering = ("session", "due_at", "pk")
    readonly_fields = ("due", "closes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assignment]:
        return super().get_queryset(request).select_related("session__program", "item__module")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("module", "title", "key", *WORK[:3], "due_rule", "closes_rule", *WORK[3:], *FILES)
        return ("item", "due", "closes", *WORK, *FILES)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Who answers was told before people wrote; when somebody has handed in it stays."""
        names = super().get_readonly_fields(request, obj)
        return [*names, "answered_by"] if obj and Submission.objects.filter(assignment=obj).exists() else names

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            modules = self.rows_to_choose(Module, request, Perm.EDIT_CURRICULUM).select_related("session__program")
            kwargs["form"] = type("AssignmentForm", (NewAssignmentForm,), {"modules": modules})
        return super().get_form(request, obj, change=change, **kwargs)

    @admin.display(description="Title", ordering="item__title")
    def title(self, row: Assignment) -> str:
        return row.item.title

    @for_reader
    @admin.display(description="Due", ordering="due_at")
    def due(self, row: Assignment, request: HttpRequest) -> SafeString | str:
        return with_rule(row.due_rule, say_time(row.due_at, request, row.session))

    @for_reader
    @admin.display(description="Closes", ordering="closes_at")
    def closes(self, row: Assignment, request: HttpRequest) -> SafeString | str:
        rule = row.closes_rule or "with the session’s work"
        return with_rule(rule, say_time(row.closes_at, request, row.session))

    def save_model(self, request: HttpRequest, obj: Assignment, form: Any, change: bool) -> None:
        asked, answers = signed_in(request), form.cleaned_data
        if change:
            obj.save()
            if "prompt" in form.changed_data:
                note_work_change(obj, now=asked.now)
            return
        item = Item(module=answers["module"], key=answers["key"], kind=Item.Kind.ASSIGNMENT, title=answers["title"])
        add_assignment(assignment=obj, item=item, actor=asked.user, now=asked.now)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row is not None:
            context["criteria"] = row.criteria.prefetch_related("levels")
        return super().render_change_form(request, context, *args, **kwargs)

    def session_of(self, row: Any) -> Session | None:
        return row.session if row.session_id else None


class LevelInline(ScopedInline):
    """From the least to the most."""

    model = Level
    fields = ("position", "title", "description")
    verbose_name_plural = "Levels, the least first"


@admin.register(Criterion)
class CriterionAdmin(OrderedAdmin):
    """A line of a rubric; reached from its assignment."""

    session_path = "assignment__session"
    view_perm = add_perm = change_perm = delete_perm = Perm.EDIT_CURRICULUM
    fixed_fields = ("assignment", "key")
    fields = ("assignment", "key", "title", "description")
    list_display = ("title", "order_buttons", "assignment")
    list_filter = ("assignment__session",)
    search_fields = ("title",)
    inlines = (LevelInline,)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Criterion]:
        return super().get_queryset(request).select_related("assignment__item", "assignment__session__program")

    def save_model(self, request: HttpRequest, obj: Criterion, form: Any, change: bool) -> None:
        if not change:
            obj.position = (obj.assignment.criteria.aggregate(last=Max("position"))["last"] or 0) + 1
        obj.save()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.has_changed() or any(formset.has_changed() for formset in formsets):
            note_work_change(form.instance.assignment, now=signed_in(request).now)

    def why_not_delete(self, row: Criterion) -> str:
        return why_item_stays(Item.objects.filter(assignment=row.assignment), f"“{row}”")
