"""What was done, what is being worked on: to look at, never to edit."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.roles import Perm
from audit.history import tell
from audit.models import Entry
from jobs.models import Job
from jobs.services import resume_job, stop_job
from programs.models import Program, Session
from programs.scoped_admin import Act, ScopedModelAdmin, for_reader, sessions_for, signed_in


def scopes_for(user: User, perm: Perm) -> Q:
    """Rows that name a session, or a whole program, over which the person holds the right."""
    sessions = Session.objects.filter(pk__in=sessions_for(user, perm)).scopes()
    programs = Program.objects.granting(user, Perm.USE_OFFICE).granting(user, perm).scopes()
    return Q(scope__in=sessions) | Q(scope__in=programs)


class SessionOfScope(admin.SimpleListFilter):
    """By session, for rows that name it in words."""

    title = "session"
    parameter_name = "session"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = sessions_for(signed_in(request).user, model_admin.view_perm).select_related("program")
        return [(str(row.pk), str(row)) for row in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(scope=f"session:{self.value()}") if self.value() else queryset


@admin.register(Entry)
class EntryAdmin(ScopedModelAdmin):
    """The record of what was done in the sessions that somebody directs; for the operator, that of accounts."""

    view_perm = Perm.MANAGE_SESSION
    time_labels = {"at": "When"}
    list_display = ("at", "what", "about", "by", "reason")
    list_filter = (SessionOfScope,)
    search_fields = ("verb", "reason", "actor__name")
    ordering = ("-at", "-pk")
    show_full_result_count = False
    fields = ("at", "what", "about", "by", "changed", "reason", "request_id")

    def granting(self, user: Any, perm: Perm) -> QuerySet[Entry]:
        own = scopes_for(user, perm)
        return Entry.objects.filter(own | Q(scope="") if user.is_superuser else own)

    def may(self, request: HttpRequest, perm: Perm | None, row: Any) -> bool:
        if row is None and perm == self.view_perm and signed_in(request).user.is_superuser:
            return True
        return super().may(request, perm, row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return super().get_queryset(request).select_related("actor")

    def session_of(self, row: Any) -> Session | None:
        return None

    @admin.display(description="What was done", ordering="verb")
    def what(self, row: Entry) -> str:
        return row.verb[:1].upper() + row.verb[1:]

    @admin.display(description="To what")
    def about(self, row: Entry) -> str:
        try:
            kind = str(apps.get_model(row.object_type)._meta.verbose_name)
        except LookupError:
            kind = row.object_type
        return f"{kind} {row.object_id}"

    @admin.display(description="By")
    def by(self, row: Entry) -> str:
        return str(row.actor or "the platform itself")

    @for_reader
    @admin.display(description="From what to what")
    def changed(self, row: Entry, request: HttpRequest) -> SafeString:
        lines = tell(row, Entry).lines
        return SafeString(render_to_string("office/changes.html", {"lines": lines, "entry": row}, request))


def stop(row: Job, answers: dict[str, Any], actor: User, now: datetime) -> str:
    stop_job(job=row, now=now)
    return "Stopped. What was done already stays."


def resume(row: Job, answers: dict[str, Any], actor: User, now: datetime) -> str:
    resume_job(job=row)
    return "Goes on where it stopped."


@admin.register(Job)
class JobAdmin(ScopedModelAdmin):
    """Long work: one's own, and for the operator everybody's."""

    list_display = ("kind", "owner", "status", "progress", "message", "created_at")
    list_filter = ("status",)
    list_select_related = ("owner",)
    ordering = ("-created_at", "-pk")
    fields = ("kind", "owner", "status", "progress", "message", "created_at", "started_at", "finished_at", "error")
    acts = (
        Act(
            name="stop",
            label="Stop",
            perm=Perm.USE_OFFICE,
            explains="What is done already stays, and the work can be taken up again.",
            do=stop,
            is_possible=lambda row, now: row.can_stop,
        ),
        Act(
            name="resume",
            label="Go on",
            perm=Perm.USE_OFFICE,
            do=resume,
            is_possible=lambda row, now: row.can_resume,
        ),
    )

    def granting(self, user: Any, perm: Perm) -> QuerySet[Job]:
        return Job.objects.all() if user.is_superuser else Job.objects.filter(owner=user)

    def session_of(self, row: Any) -> Session | None:
        return None

    @admin.display(description="Done")
    def progress(self, row: Job) -> str:
        return f"{row.done} of {row.total}" if row.total else str(row.done)
