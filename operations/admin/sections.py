from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Perm, Role
from cohorts.models import Enrollment, Section
from operations.placing import follow_sections, let_lead
from programs.models import Session
from programs.scoped_admin import ScopedModelAdmin, signed_in

LEADING = (Role.TEACHING_FELLOW.value, Role.HEAD_TEACHING_FELLOW.value)


def fellows_to_choose(session: Session) -> QuerySet[User]:
    """Who may lead a section: appointed as teaching fellow to the session or its program, or leading one there."""
    appointed = Q(appointments__role__in=LEADING) & (
        Q(appointments__session=session) | Q(appointments__program_id=session.program_id)
    )
    return User.objects.filter(appointed | Q(fellowships__section__session=session)).distinct()


class SectionForm(forms.ModelForm):
    """A section and who leads it."""

    fellows = forms.ModelMultipleChoiceField(
        User.objects.none(),
        required=False,
        label="Teaching fellows",
        widget=forms.CheckboxSelectMultiple,
        help_text="Appoint somebody as teaching fellow first; then they can be chosen here.",
    )

    class Meta:
        model = Section
        fields = ("session", "name", "position", "capacity")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "fellows" in self.fields:
            field = self.fields["fellows"]
            field.queryset = fellows_to_choose(self.instance.session)  # type: ignore[attr-defined]
            self.initial["fellows"] = [row.user_id for row in self.instance.fellows.all()]


@admin.register(Section)
class SectionAdmin(ScopedModelAdmin):
    """A teaching fellow's group. Its people are placed from the list of enrollments."""

    form = SectionForm
    view_perm = Perm.VIEW_PEOPLE
    add_perm = change_perm = delete_perm = Perm.MANAGE_PEOPLE
    list_display = ("name", "in_session", "led_by", "filled")
    list_filter = ("session",)
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Section]:
        counted = Q(enrollments__status__in=Enrollment.COUNTED)
        return (
            super()
            .get_queryset(request)
            .select_related("session__program")
            .prefetch_related("fellows__user")
            .annotate(people=Count("enrollments", filter=counted))
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("session", "name", "position", "capacity", *(("fellows",) if obj else ()))

    @admin.display(description="Led by")
    def led_by(self, row: Section) -> str:
        return ", ".join(str(one.user) for one in row.fellows.all()) or "Nobody yet"

    @admin.display(description="People", ordering="people")
    def filled(self, row: Any) -> str:
        return f"{row.people} of {row.capacity}"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Who leads it, by the services, which record it themselves."""
        super().save_related(request, form, formsets, change)
        asked, section = signed_in(request), form.instance
        if not change:
            follow_sections(session=section.session, actor=asked.user, now=asked.now)
        elif "fellows" in form.cleaned_data:
            let_lead(section=section, fellows=form.cleaned_data["fellows"], actor=asked.user, now=asked.now)

    def delete_model(self, request: HttpRequest, obj: Section) -> None:
        asked, session = signed_in(request), obj.session
        super().delete_model(request, obj)
        follow_sections(session=session, actor=asked.user, now=asked.now)

    def why_not_delete(self, row: Section) -> str:
        count = row.enrollments.count()
        if count:
            who = "1 person is" if count == 1 else f"{count} people are"
            return f"{who} in {row.name}. Place them in another section first; then this one can be deleted."
        return ""
