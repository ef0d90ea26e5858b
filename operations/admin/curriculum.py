"""Modules and what is in them. Rules are changed on a page of their own, the order by buttons, texts right here."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.roles import Perm
from cohorts.models import Meeting
from modules.models import Item, Module
from modules.services import AlreadyReleased, ReleaseRefused, note_change, set_in_preparation, set_ready
from operations.admin.dates_page import DatesPage, ReleaseForm
from operations.admin.order import OrderedAdmin
from operations.curriculum import ModulesWouldClose, add_item, add_module, keep_modules_open
from programs.models import Session
from programs.scoped_admin import Act, for_reader, say_time, signed_in


class ModuleForm(forms.ModelForm):
    """What people read about a module."""

    def clean_number(self) -> int | None:
        """The database asks at the end of the transaction, when nobody can be told any more."""
        number: int | None = self.cleaned_data["number"]
        session_id = self.instance.session_id or getattr(self.cleaned_data.get("session"), "pk", None)
        others = Module.objects.filter(session=session_id, number=number).exclude(pk=self.instance.pk)
        if number is not None and others.exists():
            raise ValidationError(f"There is a Module {number} already: “{others[0].title}”.")
        return number


def ready(row: Module, answers: dict[str, Any], actor: User, now: datetime) -> str:
    set_ready(module=row, actor=actor, now=now)
    return f"{row.short_name} is ready; it opens at its time, or at once where that has passed."


def prepare(row: Module, answers: dict[str, Any], actor: User, now: datetime) -> str:
    set_in_preparation(module=row, actor=actor, now=now)
    return f"{row.short_name} is in preparation; it does not open before you set it ready."


@admin.register(Module)
class ModuleAdmin(DatesPage, OrderedAdmin):
    """A unit of the session’s curriculum."""

    form = ModuleForm
    view_perm = add_perm = change_perm = delete_perm = Perm.EDIT_CURRICULUM
    added_by_service = True
    refusals = (ReleaseRefused, ModulesWouldClose)
    dates_form = ReleaseForm
    dates_label = "Change when it opens"
    change_form_template = "office/module.html"
    fixed_fields = ("session", "key")
    list_display = ("name", "order_buttons", "in_session", "releases_at", "readiness")
    time_labels = {"releases_at": "Opens"}
    list_display_links = ("name",)
    list_filter = ("session", "kind")
    search_fields = ("title",)
    ordering = ("session", "position")
    readonly_fields = ("opens", "readiness")
    acts = (
        Act(
            name="ready",
            label="Set it ready",
            perm=Perm.EDIT_CURRICULUM,
            explains="It opens at its time. If that has passed already, it opens at once for everybody.",
            do=ready,
            is_possible=lambda row, now: not row.is_ready,
            is_bulk=True,
        ),
        Act(
            name="prepare",
            label="Put it in preparation",
            perm=Perm.EDIT_CURRICULUM,
            explains="It does not open at its time; participants read “opens shortly”. You are warned before.",
            do=prepare,
            is_possible=lambda row, now: row.is_ready and row.releases_at > now,
            refusals=(AlreadyReleased,),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Module]:
        return super().get_queryset(request).select_related("session__program")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        texts = ("kind", "number", "title", "practice", "outcome", "introduction", "is_sample")
        if obj is None:
            return ("session", "key", "release_rule", *texts)
        return ("session", "opens", "readiness", "key", *texts)

    @admin.display(description="Module", ordering="position")
    def name(self, row: Module) -> str:
        return str(row)

    @for_reader
    @admin.display(description="Opens", ordering="releases_at")
    def opens(self, row: Module, request: HttpRequest) -> SafeString | str:
        return with_rule(row.release_rule, say_time(row.releases_at, request, row.session))

    @admin.display(description="Readiness", ordering="is_ready")
    def readiness(self, row: Module) -> str:
        return "Ready" if row.is_ready else "In preparation"

    def save_model(self, request: HttpRequest, obj: Module, form: Any, change: bool) -> None:
        asked = signed_in(request)
        if not change:
            add_module(module=obj, actor=asked.user, now=asked.now)
            return
        note_change(obj, form.changed_data, now=asked.now)
        obj.save()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row is not None:
            context["items"] = row.items.select_related("assignment").order_by("position")
        return super().render_change_form(request, context, *args, **kwargs)

    def why_not_delete(self, row: Module) -> str:
        return why_item_stays(Item.objects.filter(module=row), row.short_name)


class ItemForm(forms.ModelForm):
    """Something in a module. Work to hand in is added as an assignment, which brings its item along."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields.get("kind")
        if kind is not None:
            kind.choices = [choice for choice in kind.choices if choice[0] != Item.Kind.ASSIGNMENT]
        meeting: Any = self.fields.get("meeting")
        if meeting is not None:
            session = self.instance.module.session_id if self.instance.pk else None
            meeting.queryset = meeting.queryset.filter(session=session) if session else meeting.queryset

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        meeting: Meeting | None = answers.get("meeting")
        module: Module | None = answers.get("module") or (self.instance.module if self.instance.pk else None)
        if meeting is not None and module is not None and meeting.session_id != module.session_id:
            self.add_error("meeting", "This meeting belongs to another session.")
        return answers


@admin.register(Item)
class ItemAdmin(OrderedAdmin):
    """Something in a module."""

    form = ItemForm
    session_path = "module__session"
    view_perm = add_perm = change_perm = delete_perm = Perm.EDIT_CURRICULUM
    added_by_service = True
    refusals = (ModulesWouldClose,)
    fixed_fields = ("module", "key", "kind")
    list_display = ("title", "order_buttons", "kind", "module", "in_session", "changed_at")
    time_labels = {"changed_at": "Text changed after its release"}
    list_display_links = ("title",)
    list_filter = ("module__session", "kind")
    search_fields = ("title",)
    ordering = ("module__session", "module__position", "position")
    readonly_fields = ("changed_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        return super().get_queryset(request).select_related("module__session__program")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        texts = ("title", "body", "url", "transcript", "meeting", "minutes", "is_required", "is_sample")
        return ("module", "key", "kind", *texts, *(("changed_at",) if obj else ()))

    def save_model(self, request: HttpRequest, obj: Item, form: Any, change: bool) -> None:
        asked = signed_in(request)
        if not change:
            add_item(item=obj, actor=asked.user, now=asked.now)
            return
        with keep_modules_open(obj.module.session, asked.now):
            note_change(obj, form.changed_data, now=asked.now)
            obj.save()

    def why_not_delete(self, row: Item) -> str:
        return why_item_stays(Item.objects.filter(pk=row.pk), f"“{row}”")

    def session_of(self, row: Any) -> Session | None:
        return row.module.session if row.module_id else None


def with_rule(rule: object, said: SafeString | str) -> SafeString | str:
    """The instant, and the rule it comes from."""
    return format_html('{} <span class="office-quiet">({})</span>', said, rule)


def why_item_stays(items: QuerySet[Item], name: str) -> str:
    """Somebody has done something there: it is not taken from them."""
    people = items.filter(progress__isnull=False).values("progress__enrollment").distinct().count()
    if people:
        who = "one person has" if people == 1 else f"{people} people have"
        return f"{name} stays: {who} done something in it already. Mark it as not required instead."
    return ""
