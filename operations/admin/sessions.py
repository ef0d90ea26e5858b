from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from accounts.models import User
from accounts.roles import Perm
from cohorts.models import Enrollment
from core.zones import say_zone
from operations.admin.comparison import ComparisonPage
from operations.admin.dates_page import SessionDatesForm
from operations.admin.new_session import DAYS_IN_ORDER, NewSessionForm
from operations.sessions import DatesDoNotFit, SessionExists, create_session
from programs.models import Program, ProgramVersion, Session
from programs.scoped_admin import Act, ReasonForm, ScopedModelAdmin, become, for_reader, signed_in
from programs.services import cancel_session, publish_session


def publish(row: Session, answers: dict[str, Any], actor: User, now: datetime) -> str:
    publish_session(session=row, actor=actor, now=now)
    return f"{row} is published."


def cancel(row: Session, answers: dict[str, Any], actor: User, now: datetime) -> str:
    cancel_session(session=row, reason=answers["reason"], actor=actor, now=now)
    return f"{row} is cancelled."


PUBLISH = Act(
    name="publish",
    label="Publish",
    perm=Perm.MANAGE_SESSION,
    explains=(
        "Visitors see the session in the catalogue, invitations can go out, and its people can enter. "
        "A published session does not become a draft again."
    ),
    do=publish,
    is_possible=lambda row, now: Session.Status.PUBLISHED in Session.MOVES[row.status],
)
CANCEL = Act(
    name="cancel",
    label="Cancel the session",
    perm=Perm.MANAGE_SESSION,
    explains=(
        "The session leaves the catalogue and nobody is reminded of anything any more. What was handed in and answered "
        "stays. This cannot be taken back."
    ),
    form=ReasonForm,
    do=cancel,
    is_possible=lambda row, now: Session.Status.CANCELLED in Session.MOVES[row.status],
    is_grave=True,
)


NEW_SESSION = [
    (None, {"fields": ("version", "label", "slug", "is_sample")}),
    ("Days", {"fields": ("zone", *DAYS_IN_ORDER, "applications_close_on", "breaks")}),
    ("For the catalogue", {"fields": ("apply_url", "fee_amount", "fee_currency", "capacity")}),
    ("Office", {"fields": ("office_email",)}),
]


@admin.register(Session)
class SessionAdmin(ComparisonPage):
    """A dated run. Its days, breaks and zone move deadlines, so they are changed on a page of their own."""

    session_path = "pk"
    name_needs = ("program",)
    add_perm = change_perm = delete_perm = Perm.MANAGE_SESSION
    added_by_service = True
    refusals = (DatesDoNotFit, SessionExists)
    dates_form = SessionDatesForm
    fixed_fields = ()
    list_display = ("title", "stage", "program_time", "starts_on", "teaching_ends_on", "participants")
    list_filter = ("program", "status")
    search_fields = ("label", "slug", "program__title")
    ordering = ("-starts_on", "pk")
    readonly_fields = (
        "program", "version", "slug", "status", "program_time", "starts_on", "teaching_ends_on", "work_ends_on",
        "access_ends_on", "break_weeks",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("program", "version", "label", "slug", "status", "order", "is_sample")}),
        (
            "Days",
            {
                "fields": (
                    "program_time", "starts_on", "teaching_ends_on", "work_ends_on", "access_ends_on", "break_weeks",
                    "applications_close_on",
                )
            },
        ),
        ("For the catalogue", {"fields": ("apply_url", "fee_amount", "fee_currency", "fee_covers", "capacity")}),
        (
            "More time without asking",
            {"fields": ("own_time_hours", "own_time_times", "own_time_until_hours", "own_time_share")},
        ),
        ("Handing in", {"fields": ("honesty",)}),
        ("Office", {"fields": ("office_email",)}),
    )  # fmt: skip
    acts = (PUBLISH, CANCEL)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        counted = Q(enrollments__status__in=Enrollment.COUNTED, enrollments__kind=Enrollment.Kind.PARTICIPANT)
        return (
            super()
            .get_queryset(request)
            .select_related("program")
            .annotate(people=Count("enrollments", filter=counted))
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The order of modules is settled when people can see them."""
        names = super().get_readonly_fields(request, obj) if obj else []
        return [*names, "order"] if obj and obj.status != Session.Status.DRAFT else names

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fieldsets(request, obj) if obj else NEW_SESSION

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = type("SessionForm", (NewSessionForm,), {"asked_at": signed_in(request).now})
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Session, form: Any, change: bool) -> None:
        if change:
            obj.save()
            return
        asked = signed_in(request)
        become(obj, create_session(actor=asked.user, now=asked.now, **form.cleaned_data))

    def why_not_delete(self, row: Session) -> str:
        if row.status != Session.Status.DRAFT:
            return f"{row} is {row.get_status_display().lower()}; only a draft can be deleted. Cancel it instead."
        return ""

    def session_of(self, row: Any) -> Session | None:
        return row if isinstance(row, Session) else None

    @admin.display(description="Session", ordering="program__title")
    def title(self, row: Session) -> str:
        return str(row)

    @for_reader
    @admin.display(description="Stands at")
    def stage(self, row: Session, request: HttpRequest) -> str:
        if row.status != Session.Status.PUBLISHED:
            return str(row.get_status_display())
        return str(row.stage(signed_in(request).now).value).capitalize()

    @admin.display(description="Program time")
    def program_time(self, row: Session) -> str:
        return f"{say_zone(row.zone)} ({row.zone})"

    @admin.display(description="Participants", ordering="people")
    def participants(self, row: Any) -> str:
        return f"{row.people} of {row.capacity}" if row.capacity else str(row.people)

    @admin.display(description="Weeks without teaching")
    def break_weeks(self, row: Session) -> str:
        breaks = [f"{one.name}: {one.starts_on:%d %b %Y} to {one.ends_on:%d %b %Y}" for one in row.breaks.all()]
        return f"{'; '.join(breaks)} ({say_zone(row.zone)})" if breaks else "None"


@admin.register(ProgramVersion)
class VersionAdmin(ScopedModelAdmin):
    """The checked program files, as they were loaded."""

    view_perm = Perm.MANAGE_SESSION
    name_needs = ("program",)
    list_display = ("program", "number", "loaded_at", "used_by")
    list_filter = ("program",)
    ordering = ("program", "-number")
    fields = ("program", "number", "loaded_at", "content_hash", "used_by", "file")

    def granting(self, user: Any, perm: Perm) -> QuerySet[ProgramVersion]:
        programs = Program.objects.granting(user, Perm.USE_OFFICE).granting(user, perm)
        return ProgramVersion.objects.filter(program__in=programs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProgramVersion]:
        return super().get_queryset(request).select_related("program").prefetch_related("sessions")

    def session_of(self, row: Any) -> Session | None:
        return None

    @admin.display(description="Sessions made from it")
    def used_by(self, row: ProgramVersion) -> str:
        return ", ".join(one.label for one in row.sessions.all()) or "None"

    @admin.display(description="The file")
    def file(self, row: ProgramVersion) -> str:
        return format_html("<pre>{}</pre>", row.source)
