from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User, in_lists
from accounts.roles import Perm
from cohorts.models import Enrollment
from cohorts.services import SectionFull, SessionFull, enroll_person
from operations.admin.account_acts import account_acts
from operations.admin.person_page import describe_person
from operations.admin.place_acts import PLACE_ACTS
from programs.scoped_admin import ScopedModelAdmin, become, signed_in


class AlreadyEnrolled(Exception):
    """The person has a place in this session."""

    def __init__(self, enrollment: Enrollment) -> None:
        status = enrollment.get_status_display().lower()
        super().__init__(f"{enrollment.user} is enrolled in {enrollment.session} already ({status}).")


class EnrollmentForm(forms.ModelForm):
    """A person by address, so that nobody is looked up in a list of strangers."""

    email = forms.EmailField(label="E-mail address")
    name = forms.CharField(
        max_length=200, required=False, help_text="Only for somebody who has no account yet; others keep their name."
    )

    class Meta:
        model = Enrollment
        fields = ("session", "kind", "section")
        help_texts = {"section": "Empty: none yet."}

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        session, section, email = answers.get("session"), answers.get("section"), answers.get("email", "")
        if session and section and section.session_id != session.pk:
            self.add_error("section", f"{section} belongs to another session.")
        if email and not answers.get("name") and not User.objects.filter(email__iexact=email).exists():
            self.add_error("name", "Nobody has an account with this address yet; write the name as well.")
        return answers


@admin.register(Enrollment)
class EnrollmentAdmin(ScopedModelAdmin):
    """Places in sessions. The page of one is the page of the person: everything the office needs to help."""

    form = EnrollmentForm
    name_needs = ("user", "session__program")
    view_perm = Perm.VIEW_PEOPLE
    add_perm = Perm.MANAGE_PEOPLE
    added_by_service = True
    refusals = (SessionFull, SectionFull, AlreadyEnrolled)
    change_form_template = "office/person.html"
    list_display = ("person", "email", "in_session", "section", "standing", "invited_at", "user__last_login")
    time_labels = {"invited_at": "Invitation sent for", "user__last_login": "Last sign-in"}
    list_filter = ("session", "section", "status", "kind")
    search_fields = ("user__name", "user__email")
    ordering = (in_lists("user__"), "pk")
    acts = (*PLACE_ACTS, *account_acts(lambda row: row.user))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enrollment]:
        return super().get_queryset(request).select_related("user", "session__program", "section__session")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj else ("session", "email", "name", "kind", "section")

    @admin.display(description="Name", ordering=in_lists("user__"))
    def person(self, row: Enrollment) -> str:
        return row.user.name

    @admin.display(description="Address", ordering="user__email")
    def email(self, row: Enrollment) -> str:
        return row.user.email

    @admin.display(description="Stands at", ordering="status")
    def standing(self, row: Enrollment) -> str:
        status = row.get_status_display()
        return status if row.kind == Enrollment.Kind.PARTICIPANT else f"{status}, {row.get_kind_display().lower()}"

    def save_model(self, request: HttpRequest, obj: Enrollment, form: Any, change: bool) -> None:
        asked, answers = signed_in(request), form.cleaned_data
        made, is_new = enroll_person(actor=asked.user, now=asked.now, **answers)
        if not is_new:
            raise AlreadyEnrolled(made)
        become(obj, made)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row is not None:
            context.update(describe_person(row, signed_in(request)), title=row.user.name, subtitle=str(row.session))
        return super().render_change_form(request, context, *args, **kwargs)
