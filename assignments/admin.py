from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Perm
from assignments.models import Assignment, Extension
from assignments.services import AlreadyRevoked, MayNotExtend, NotLater, grant_extension, revoke_extension
from assignments.windows import say_extension
from cohorts.forms import DayField, TimeInput, why_no_such_time
from core.rules import Side, instant_of
from core.windows import Days
from programs.models import Session
from programs.scoped_admin import Act, ActForm, ScopedModelAdmin, become, signed_in


class ExtensionForm(forms.ModelForm):
    """Either so many days more, which follow the deadline, or a fixed day, which stands."""

    days = forms.IntegerField(
        min_value=1,
        max_value=365,
        required=False,
        label="Days more",
        help_text="Follows the deadline if that moves. Or leave it empty and name a day:",
    )
    until_on = DayField(required=False, label="Until")
    until_at = forms.TimeField(required=False, label="Until", widget=TimeInput, initial=time(23, 59))

    class Meta:
        labels = {"enrollment": "Person"}
        help_texts = {"reason": "The person reads it, and so does whoever looks at this deadline."}

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        work: Assignment | None = answers.get("assignment")
        place = answers.get("enrollment")
        if work and place and work.session_id != place.session_id:
            self.add_error("enrollment", f"{place.user} takes part in another session than this work belongs to.")
        days, on = answers.get("days"), answers.get("until_on")
        if bool(days) == bool(on):
            self.add_error("days", "Give either days or a fixed day.")
        if work and on:
            refused = why_no_such_time(on, answers.get("until_at"), work.session)
            if refused:
                self.add_error("until_at", refused)
        return answers

    def length(self) -> dict[str, Any]:
        """What `grant_extension` asks."""
        answers, session = self.cleaned_data, self.cleaned_data["assignment"].session
        if answers["days"]:
            return {"by": Days(answers["days"], session.zone)}
        on: date = answers["until_on"]
        return {"until": instant_of(on, answers.get("until_at") or time(23, 59), session.zone, Side.DEADLINE)}


class RevokeForm(ActForm):
    """Why, for the record."""

    reason = forms.CharField(max_length=500, required=False, help_text="Kept in the record.")


def revoke(row: Extension, answers: dict[str, Any], actor: User, now: datetime) -> str:
    revoke_extension(extension=row, reason=answers["reason"], actor=actor, now=now)
    return f"The extension of {row.enrollment.user} is revoked; they are told."


@admin.register(Extension)
class ExtensionAdmin(ScopedModelAdmin):
    """Later deadlines: granted, revoked, never deleted."""

    form = ExtensionForm
    session_path = "assignment__session"
    view_perm = add_perm = Perm.GRANT_ANY_EXTENSION
    added_by_service = True
    refusals = (NotLater, MayNotExtend)
    fixed_fields = ()
    autocomplete_fields = ("enrollment",)
    list_display = ("person", "assignment", "in_session", "length", "reason", "granted_at", "revoked_at")
    list_filter = ("assignment__session",)
    search_fields = ("enrollment__user__name", "enrollment__user__email", "assignment__item__title")
    ordering = ("-granted_at", "-pk")
    acts = (
        Act(
            name="revoke",
            label="Revoke",
            perm=Perm.GRANT_ANY_EXTENSION,
            explains="The deadline is again what it is without this extension. The person is told at once.",
            form=RevokeForm,
            do=revoke,
            is_possible=lambda row, now: row.revoked_at is None,
            refusals=(AlreadyRevoked, MayNotExtend),
            is_grave=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Extension]:
        return (
            super()
            .get_queryset(request)
            .select_related("assignment__item", "assignment__session__program", "enrollment__user", "granted_by")
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("assignment", "enrollment", "days", "until_on", "until_at", "reason")
        return ("assignment", "person", "length", "until", "reason", "granted_by", "granted_at", "revoked_at")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Work by the name of its session: papers of several sessions are called the same."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "assignment" and field is not None:
            field.queryset = field.queryset.select_related("item", "session__program").order_by("session", "due_at")
            field.label_from_instance = lambda work: f"{work.session}: {work}"
        return field

    @admin.display(description="Person", ordering="enrollment__user__name")
    def person(self, row: Extension) -> str:
        return str(row.enrollment.user)

    @admin.display(description="How much later")
    def length(self, row: Extension) -> str:
        said = say_extension(row)
        return said[:1].upper() + said[1:]

    def save_model(self, request: HttpRequest, obj: Extension, form: Any, change: bool) -> None:
        asked, answers = signed_in(request), form.cleaned_data
        made = grant_extension(
            assignment=answers["assignment"],
            enrollment=answers["enrollment"],
            reason=answers["reason"],
            actor=asked.user,
            now=asked.now,
            **form.length(),
        )
        become(obj, made)

    def session_of(self, row: Any) -> Session | None:
        return row.assignment.session if row.assignment_id else None
