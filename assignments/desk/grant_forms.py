"""How much later, for which work and for whom: what the desk's page of deadlines sends."""

from datetime import datetime, time
from typing import Any

from django import forms

from assignments.models import Assignment, Submission
from cohorts.forms import DateInput, TimeInput, why_no_such_time
from cohorts.models import Enrollment
from cohorts.models.enrollment import EnrollmentQuerySet
from core.rules import Side, instant_of
from core.windows import Days, hours
from core.zones import say_zone
from programs.models import Session

LAST_MINUTE = time(23, 59)
MISSING, SECTION, SECTION_MISSING, PERSON = "missing", "section", "section-missing", "person"
ONE_OF_THREE = "Give hours, or days, or a fixed day: one of the three."


class LengthForm(forms.Form):
    """Hours or days more, which follow the deadline when that moves, or a fixed day, which stands."""

    hours = forms.IntegerField(
        min_value=1, max_value=24 * 60, required=False, label="Hours more", help_text="Elapsed time. Or:"
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=180,
        required=False,
        label="Days more",
        help_text="The same time on the clock. Or a day that stands, whatever becomes of the deadline:",
    )
    until_on = forms.DateField(required=False, widget=DateInput)
    until_at = forms.TimeField(required=False, widget=TimeInput, initial=LAST_MINUTE)

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        zone = say_zone(session.zone)
        self.fields["until_on"].label = f"Until the day ({zone})"
        self.fields["until_at"].label = f"at ({zone})"

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        given = [name for name in ("hours", "days", "until_on") if answers.get(name)]
        if len(given) != 1 and not {"hours", "days", "until_on", "until_at"} & set(self.errors):
            self.add_error("hours", ONE_OF_THREE)
        refused = why_no_such_time(answers.get("until_on"), answers.get("until_at"), self.session)
        if refused:
            self.add_error("until_at", refused)
        return answers

    def length(self) -> dict[str, Any]:
        """What `grant_extensions` asks: `by` or `until`."""
        answers = self.cleaned_data
        if answers["hours"]:
            return {"by": hours(answers["hours"])}
        if answers["days"]:
            return {"by": Days(answers["days"], self.session.zone)}
        return {"until": self.until()}

    def until(self) -> datetime:
        """The fixed day's instant."""
        answers = self.cleaned_data
        return instant_of(answers["until_on"], answers.get("until_at") or LAST_MINUTE, self.session.zone, Side.DEADLINE)


class WorkField(forms.ModelChoiceField):
    """Work by its module and name."""

    def label_from_instance(self, obj: Assignment) -> str:
        return f"{obj.item.module.short_name}: {obj.item.title}"


class GrantForm(LengthForm):
    """For one person, a section, or everybody who has not handed in; of those whom the granter looks after."""

    assignment = WorkField(Assignment.objects.none(), label="Which work", empty_label="Choose…")
    whom = forms.ChoiceField(label="For whom")
    reason = forms.CharField(
        max_length=500, help_text="The person reads it, and so does whoever looks at this deadline."
    )
    # Makes the same post the same, however often it is sent.
    grant_id = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ["assignment", "whom", "hours", "days", "until_on", "until_at", "reason", "grant_id"]

    def __init__(self, *args: Any, people: EnrollmentQuerySet, work: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = list(people.select_related("user", "section"))
        field = self.fields["assignment"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = work
        whom = self.fields["whom"]
        assert isinstance(whom, forms.ChoiceField)  # noqa: S101 - declared above
        whom.choices = self.everybody()

    def everybody(self) -> list[tuple[str, Any]]:
        """Many first, then each person."""
        sections = {place.section_id: place.section for place in self.people if place.section}
        named = sorted(sections.values(), key=lambda section: (section.position, section.name))
        many = [(MISSING, "Everybody who has not handed in")]
        for section in named:
            many.append((f"{SECTION_MISSING}:{section.pk}", f"{section.name}: who has not handed in"))
            many.append((f"{SECTION}:{section.pk}", f"{section.name}: all of it"))
        one = [(f"{PERSON}:{place.pk}", say_person(place)) for place in self.people]
        return [("", "Choose…"), ("Many", many), ("One person", one)]

    def chosen(self) -> list[Enrollment]:
        """The people that were meant. One query where it asks who has not handed in."""
        kind, _, key = self.cleaned_data["whom"].partition(":")
        people = self.people
        if kind == PERSON:
            return [place for place in people if str(place.pk) == key]
        if key:
            people = [place for place in people if str(place.section_id) == key]
        if kind == SECTION:
            return people
        papers = Submission.objects.filter(assignment=self.cleaned_data["assignment"], enrollment__in=people)
        handed_in = set(papers.values_list("enrollment_id", flat=True))
        return [place for place in people if place.pk not in handed_in]

    def confirmed(self, keys: list[str]) -> list[Enrollment]:
        """Of the people on the preview those who are still ticked."""
        return [place for place in self.people if str(place.pk) in keys]


def say_person(place: Enrollment) -> str:
    """Name and section."""
    return f"{place.user}, {place.section}" if place.section else str(place.user)
