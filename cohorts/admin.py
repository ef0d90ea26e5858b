from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Perm
from cohorts.forms import DayField, TimeInput, why_no_such_time
from cohorts.models import Meeting
from cohorts.services import MeetingOver, cancel_meeting, move_meeting, schedule_meetings
from cohorts.services.meetings import MeetingInThePast
from programs.models import Session
from programs.scoped_admin import Act, ActForm, ScopedModelAdmin, become, name_zones, signed_in


class MeetingForm(forms.ModelForm):
    """A meeting, or one a week; day and time are the session's."""

    times = forms.IntegerField(
        min_value=1, max_value=30, initial=1, label="How many, one a week", help_text="Break weeks are left out."
    )
    link = forms.URLField(
        required=False, assume_scheme="https", help_text="Shown to its members as soon as it is here."
    )

    class Meta:
        model = Meeting
        fields = ("session", "section", "title", "on_date", "at_time", "minutes", "link", "note")
        help_texts = {"section": "Empty: for the whole session.", "on_date": "", "at_time": ""}

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        session, section = answers.get("session"), answers.get("section")
        if session and section and section.session_id != session.pk:
            self.add_error("section", f"{section} belongs to another session.")
        refused = session and why_no_such_time(answers.get("on_date"), answers.get("at_time"), session)
        if refused:
            self.add_error("at_time", refused)
        return answers


class MoveForm(ActForm):
    """The new day and time, on the session's clocks."""

    on_date = DayField(label="Day")
    at_time = forms.TimeField(label="Time", widget=TimeInput)
    reason = forms.CharField(max_length=500, required=False, help_text="Kept in the record.")

    def prepare(self) -> None:
        meeting: Any = self.rows[0]
        name_zones(self.fields, meeting.session)
        self.initial = {"on_date": meeting.on_date, "at_time": meeting.at_time}

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        meeting: Any = self.rows[0]
        refused = why_no_such_time(answers.get("on_date"), answers.get("at_time"), meeting.session)
        if refused:
            self.add_error("at_time", refused)
        return answers


class CancelForm(ActForm):
    """Why, if it is to be remembered."""

    reason = forms.CharField(max_length=500, required=False, help_text="Kept in the record.")


def move_one(row: Meeting, answers: dict[str, Any], actor: User, now: datetime) -> str:
    move_meeting(meeting=row, actor=actor, now=now, **answers)
    return f"“{row}” is moved; its members are told."


def cancel_one(row: Meeting, answers: dict[str, Any], actor: User, now: datetime) -> str:
    cancel_meeting(meeting=row, actor=actor, now=now, **answers)
    return f"“{row}” is cancelled; its members are told."


def is_ahead(row: Meeting, now: datetime) -> bool:
    """Whether it can still be moved or cancelled."""
    return row.status == Meeting.Status.SCHEDULED and row.ends_at > now


@admin.register(Meeting)
class MeetingAdmin(ScopedModelAdmin):
    """Live events. They are moved and cancelled by acts of their own, because their members are told."""

    form = MeetingForm
    view_perm = add_perm = change_perm = Perm.MANAGE_MEETINGS
    added_by_service = True
    fixed_fields = ("session", "section")
    readonly_fields = ("status", "starts_at", "ends_at")
    list_display = ("title", "in_session", "section", "starts_at", "status")
    time_labels = {"starts_at": "Begins", "ends_at": "Ends"}
    list_filter = ("session", "section", "status")
    list_select_related = ("session__program", "section")
    search_fields = ("title",)
    ordering = ("-starts_at", "pk")
    acts = (
        Act(
            name="move",
            label="Move to another time",
            perm=Perm.MANAGE_MEETINGS,
            explains="Everybody who belongs to the meeting is told the new time at once.",
            form=MoveForm,
            do=move_one,
            is_possible=is_ahead,
            refusals=(MeetingOver, MeetingInThePast),
        ),
        Act(
            name="cancel",
            label="Cancel the meeting",
            perm=Perm.MANAGE_MEETINGS,
            explains="Everybody who belongs to the meeting is told at once. A cancelled meeting does not come back.",
            form=CancelForm,
            do=cancel_one,
            is_possible=is_ahead,
            refusals=(MeetingOver,),
            is_grave=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Meeting]:
        return super().get_queryset(request).select_related("session__program", "section")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("session", "section", "title", "on_date", "at_time", "minutes", "times", "link", "note")
        return ("session", "section", "status", "starts_at", "ends_at", "title", "minutes", "link", "note")

    def save_model(self, request: HttpRequest, obj: Meeting, form: Any, change: bool) -> None:
        if change:
            if "minutes" in form.changed_data:
                obj.sequence += 1
            obj.save()
            return
        asked, answers = signed_in(request), form.cleaned_data
        made = schedule_meetings(actor=asked.user, now=asked.now, **answers)
        become(obj, made[0])

    def session_of(self, row: Any) -> Session | None:
        return row.session if row.session_id else None
