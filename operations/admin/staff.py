from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Perm, Role
from accounts.services import find_or_make_person
from operations.placing import appoint_to, end_appointment
from programs.models import Appointment, Program
from programs.scoped_admin import Act, ReasonForm, ScopedModelAdmin, become, may_somewhere, sessions_for, signed_in
from programs.services import AlreadyAppointed, MayNotAppoint


class AppointmentForm(forms.ModelForm):
    """Whom, as what, where; a person is named by address, so that nobody has to be looked up in a list of strangers."""

    email = forms.EmailField(label="E-mail address")
    name = forms.CharField(
        max_length=200, required=False, help_text="Only for somebody who has no account yet; others keep their name."
    )

    class Meta:
        model = Appointment
        fields = ("role", "program", "session")
        help_texts = {
            "program": "For all its sessions …",
            "session": "… or for one session only. Choose one of the two.",
        }

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        email = answers.get("email", "")
        if email and not answers.get("name") and not User.objects.filter(email__iexact=email).exists():
            self.add_error("name", "Nobody has an account with this address yet; write the name as well.")
        if not answers.get("program") and not answers.get("session") and not self.errors:
            self.add_error("program", "Choose a program or a session.")
        return answers


def end(row: Appointment, answers: dict[str, Any], actor: User, now: datetime) -> str:
    said = str(row)
    end_appointment(appointment=row, actor=actor, reason=answers["reason"], now=now)
    return f"{said}: this appointment has ended."


DISMISSAL = (
    "The person loses the rights of this role at once. What they did and wrote stays; papers that wait for their "
    "answer go to others."
)


@admin.register(Appointment)
class AppointmentAdmin(ScopedModelAdmin):
    """Staff. Directors are appointed by the operator, the others by a director."""

    form = AppointmentForm
    fields = ("email", "name", "role", "program", "session")
    list_display = ("user", "role", "program", "session", "appointed_at")
    list_display_links = ("user",)
    list_select_related = ("user", "program", "session__program")
    list_filter = ("role", "program", "session")
    search_fields = ("user__name", "user__email")
    ordering = ("role", "user__name", "pk")
    refusals = (AlreadyAppointed, MayNotAppoint)
    added_by_service = True
    acts = (
        Act(
            name="dismiss",
            label="End this appointment",
            perm=Perm.APPOINT_STAFF,
            explains=DISMISSAL,
            form=ReasonForm,
            do=end,
            refusals=(MayNotAppoint,),
            is_grave=True,
        ),
        Act(
            name="dismiss-director",
            label="End this director’s appointment",
            perm=Perm.APPOINT_DIRECTORS,
            explains=DISMISSAL,
            form=ReasonForm,
            do=end,
            refusals=(MayNotAppoint,),
            is_grave=True,
        ),
    )

    def granting(self, user: Any, perm: Perm) -> QuerySet[Appointment]:
        programs = Program.objects.granting(user, Perm.USE_OFFICE).granting(user, perm).values("pk")
        own = Q(session__in=sessions_for(user, perm)) | Q(program__in=programs)
        if perm == self.view_perm:
            own |= Q(program__in=sessions_for(user, perm).values("program_id"))
        if perm == Perm.APPOINT_STAFF:
            own &= ~Q(role=Role.DIRECTOR)
        if user.is_superuser and perm in (self.view_perm, Perm.APPOINT_DIRECTORS):
            own |= Q(role=Role.DIRECTOR)
        return Appointment.objects.filter(own)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("user", "role", "program", "session", "appointed_at") if obj else self.fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_somewhere(request, Perm.APPOINT_STAFF) or may_somewhere(request, Perm.APPOINT_DIRECTORS)

    def rows_to_choose(self, model: Any, request: HttpRequest, perm: Perm) -> QuerySet[Any]:
        """An operator appoints in every program; a director in those where they may appoint staff."""
        if request.user.is_superuser and perm == self.perm_to_choose():
            return model._default_manager.all()
        return super().rows_to_choose(model, request, perm)

    def perm_to_choose(self) -> Perm:
        return Perm.APPOINT_STAFF

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role":
            kwargs["choices"] = [("", "Choose…"), *roles_to_give(request)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Appointment, form: Any, change: bool) -> None:
        asked, answers = signed_in(request), form.cleaned_data
        user, _ = find_or_make_person(email=answers["email"], name=answers["name"], now=asked.now)
        made = appoint_to(
            user=user, role=obj.role, program=obj.program, session=obj.session, actor=asked.user, now=asked.now
        )
        become(obj, made)


def roles_to_give(request: HttpRequest) -> list[tuple[str, str]]:
    """What this reader may make of somebody."""
    return [
        (value, label)
        for value, label in Appointment.Role.choices
        if may_somewhere(request, Perm.APPOINT_DIRECTORS if value == Role.DIRECTOR else Perm.APPOINT_STAFF)
    ]
