"""The page on which dates are changed: typed, looked through with all that follows from it, and only then written."""

from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.roles import Perm
from accounts.zones import zone_choices
from assignments.models import Assignment
from assignments.services import TimeWouldShrink
from cohorts.forms import DateInput
from core.fields import WallRuleFormField
from core.zones import say_zone
from modules.models import Module
from operations.admin.breaks import BreaksField, say_breaks
from operations.dates import DAYS, DateChanges, Preview, change_dates, preview_dates
from operations.sessions import DatesDoNotFit
from programs.models import Session
from programs.scoped_admin import ActForm, ScopedModelAdmin, name_zones, say_time, signed_in


class DatesForm(ActForm):
    """Dates of one row, and why they change."""

    reason = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the record, and read by whoever asks why.",
    )

    @property
    def row(self) -> Any:
        return self.rows[0]

    def changes(self) -> DateChanges:
        """What is to become different."""
        raise NotImplementedError


class SessionDatesForm(DatesForm):
    """The days of a session, its breaks and its clock."""

    starts_on = forms.DateField(label="Starts on", widget=DateInput)
    teaching_ends_on = forms.DateField(label="Teaching ends on", widget=DateInput)
    work_ends_on = forms.DateField(label="Work ends on", widget=DateInput)
    access_ends_on = forms.DateField(label="Access ends on", widget=DateInput)
    applications_close_on = forms.DateField(label="Applications close on", widget=DateInput, required=False)
    breaks = BreaksField()
    zone = forms.ChoiceField(label="Program time")
    meetings_follow = forms.BooleanField(
        label="Meetings keep their teaching week", required=False, initial=True, help_text="Otherwise their date."
    )
    field_order = [*DAYS, "breaks", "zone", "meetings_follow", "reason"]

    def prepare(self) -> None:
        session: Session = self.row
        zones: Any = self.fields["zone"]
        zones.choices = zone_choices(at=signed_in(self.request).now, also=session.zone)
        self.initial = {name: getattr(session, name) for name in (*DAYS, "zone")}
        self.initial |= {"breaks": say_breaks(session.calendar().breaks), "meetings_follow": True}
        name_zones(self.fields, session)

    def changes(self) -> DateChanges:
        answers = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        return DateChanges(**answers)


class ReleaseForm(DatesForm):
    """When a module opens."""

    opens = WallRuleFormField()
    field_order = ["opens", "reason"]

    def prepare(self) -> None:
        module: Module = self.row
        self.initial = {"opens": module.release_rule}
        self.fields["opens"].help_text = "Such as: week 3, Monday, 09:00."
        name_zones(self.fields, module.session)

    def changes(self) -> DateChanges:
        return DateChanges(releases={self.row.pk: self.cleaned_data["opens"]})


class DeadlineForm(DatesForm):
    """When work is due, and until when it is taken."""

    due = WallRuleFormField()
    closes = WallRuleFormField(required=False)
    field_order = ["due", "closes", "reason"]

    def prepare(self) -> None:
        work: Assignment = self.row
        self.initial = {"due": work.due_rule, "closes": work.closes_rule}
        self.fields["due"].help_text = "Such as: week 3, Sunday, 23:59."
        self.fields["closes"].help_text = "Until then work is taken and marked late. Empty: the session’s end of work."
        name_zones(self.fields, work.session)

    def changes(self) -> DateChanges:
        answers = self.cleaned_data
        return DateChanges(deadlines={self.row.pk: answers["due"]}, closes={self.row.pk: answers["closes"]})


class DatesPage(ScopedModelAdmin):
    """For rows whose dates others live by: adds the page, and a button that leads there."""

    dates_form: type[DatesForm]
    dates_label = "Change the dates"
    dates_perm = Perm.MANAGE_SESSION

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_dates"
        page = path("<path:object_id>/dates/", self.admin_site.admin_view(self.dates_view), name=name)
        return [page, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row is not None and self.may(request, self.dates_perm, row):
            context["ways"] = [*context.get("ways", []), (self.dates_label, self.url_to("dates", row.pk))]
        return super().render_change_form(request, context, *args, **kwargs)

    def dates_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what a change would do; write it when what was shown is confirmed as it was shown."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self.say_gone(request, object_id)
        if not self.may(request, self.dates_perm, row):
            raise PermissionDenied
        form = self.dates_form(request.POST if request.method == "POST" else None, request=request, rows=[row])
        preview = None
        if request.method == "POST" and form.is_valid():
            try:
                if "save" in request.POST and request.POST.get("seen") == seal_of(form):
                    return self._write_dates(request, row, form)
                preview = preview_dates(session=self._session(row), changes=form.changes(), now=signed_in(request).now)
            except DatesDoNotFit as refused:
                form.add_error(None, ValidationError(list(refused.problems)))
            except TimeWouldShrink as shrinks:
                preview = preview_dates(session=self._session(row), changes=form.changes(), now=signed_in(request).now)
                form.add_error(None, str(shrinks))
        if preview is not None and preview.problems:
            form.add_error(None, ValidationError(list(preview.problems)))
            preview = None
        return self._show_dates(request, row, form, preview)

    def _write_dates(self, request: HttpRequest, row: Any, form: DatesForm) -> HttpResponse:
        asked = signed_in(request)
        change_dates(
            session=self._session(row),
            changes=form.changes(),
            confirmed=request.POST.getlist("confirmed"),
            actor=asked.user,
            now=asked.now,
            reason=form.cleaned_data["reason"],
        )
        messages.success(request, f"The dates of {row} are changed.")
        return HttpResponseRedirect(self.url_to("change", row.pk))

    def _show_dates(self, request: HttpRequest, row: Any, form: DatesForm, preview: Preview | None) -> TemplateResponse:
        session = self._session(row)
        context = {
            **self.admin_site.each_context(request),
            "title": self.dates_label,
            "subtitle": str(row),
            "form": form,
            "row": row,
            "opts": self.opts,
            "media": self.media + form.media,
            "back": self.url_to("change", row.pk),
            "preview": preview,
            "rows": say_rows(preview, form, session, request) if preview else [],
            "overhangs": [(one, say_time(one.at, request, session)) for one in (preview.overhangs if preview else ())],
            "seen": seal_of(form) if preview else "",
            "program_zone": session.zone,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "office/dates.html", context)

    def _session(self, row: Any) -> Session:
        session = self.session_of(row)
        assert session is not None, "dates belong to a session"  # noqa: S101 - for the types
        return session


def say_rows(
    preview: Preview, form: DatesForm, session: Session, request: HttpRequest
) -> list[tuple[str, Any, Any, int]]:
    """The lines of the table: what, what it was, what it becomes, for how many that is less time."""
    changes = form.changes()
    lines: list[tuple[str, Any, Any, int]] = []
    if changes.zone and changes.zone != session.zone:
        lines.append(("Program time", say_zone(session.zone), say_zone(changes.zone), 0))
    old = session.calendar().breaks
    if changes.breaks is not None and changes.breaks != old:
        lines.append(("Weeks without teaching", say_breaks(old) or "None", say_breaks(changes.breaks) or "None", 0))
    return lines + [
        (row.what, say_time(row.old, request, session), say_time(row.new, request, session), row.losing)
        for row in preview.rows
    ]


def seal_of(form: DatesForm) -> str:
    """Tells whether what is written is what was looked at."""
    answers = {name: value for name, value in form.cleaned_data.items() if name != "reason"}
    return sha256(repr(sorted(answers.items(), key=str)).encode()).hexdigest()[:16]
