"""How much later, for which work and for whom: what the desk's page of deadlines sends."""

from datetime import datetime, time
from typing import Any

from django import forms

from assignments.forms import PaperField
from assignments.models import Assignment, Submission
from cohorts.forms import DayField, TimeInput, why_no_such_time
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
    until_on = DayField(required=False)
    until_at = forms.TimeField(required=False, widget=TimeInput, initial=LAST_MINUTE)

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        zone = say_zone(session.zone)
        self.fields["until_on"].label = f"Until the day ({zone})"
        self.fields["until_at"].label = f"At ({zone})"

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


class PersonField(forms.ModelChoiceField):
    """A person by name and section."""

    def label_from_instance(self, obj: Enrollment) -> str:
        return say_person(obj)


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


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Each of several files as Django checks one."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list) else [data] if data else []
        return [super(FilesField, self).clean(file, initial) for file in files]


class HandInForm(forms.Form):
    """What came by other ways, and when it really arrived."""

    assignment = WorkField(Assignment.objects.none(), label="Which work", empty_label="Choose…")
    enrollment = PersonField(Enrollment.objects.none(), label="For whom", empty_label="Choose…")
    on_date = DayField()
    at_time = forms.TimeField(widget=TimeInput, help_text="By this it is on time or late.")
    text = PaperField(label="The text", help_text="As it came. May stay empty where files are taken.")
    attached = FilesField(label="Files", required=False)
    note = forms.CharField(
        max_length=500,
        label="How it came",
        help_text="Such as: by e-mail, because the net was down. The person reads it on the receipt, with your name.",
    )
    # Makes the same post the same, however often it is sent.
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, session: Session, people: EnrollmentQuerySet, work: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        for name, rows in (("assignment", work), ("enrollment", people.select_related("user", "section", "session"))):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
            field.queryset = rows
        self.fields["text"].widget.attrs["rows"] = 10
        zone = say_zone(session.zone)
        self.fields["on_date"].label = f"Arrived on the day ({zone})"
        self.fields["at_time"].label = f"At ({zone})"

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        refused = why_no_such_time(answers.get("on_date"), answers.get("at_time"), self.session)
        if refused:
            self.add_error("at_time", refused)
        return answers

    def meant(self) -> dict[str, Any]:
        """What `hand_in_for` asks, but for the files."""
        answers = self.cleaned_data
        arrived_at = instant_of(answers["on_date"], answers["at_time"], self.session.zone, Side.RELEASE)
        return {name: answers[name] for name in ("assignment", "enrollment", "text", "note", "key")} | {
            "arrived_at": arrived_at
        }


class RequestForm(forms.Form):
    """The answer to a question for more time."""

    until_on = DayField()
    until_at = forms.TimeField(widget=TimeInput, initial=LAST_MINUTE)
    answer = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The person reads it. Needed where you decline.",
    )

    def __init__(self, *args: Any, session: Session, is_declined: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session, self.is_declined = session, is_declined
        zone = say_zone(session.zone)
        self.fields["until_on"].label = f"Until the day ({zone})"
        self.fields["until_at"].label = f"At ({zone})"
        if is_declined:
            self.fields["until_on"].required = self.fields["until_at"].required = False
            self.fields["answer"].required = True

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        refused = why_no_such_time(answers.get("until_on"), answers.get("until_at"), self.session)
        if refused and not self.is_declined:
            self.add_error("until_at", refused)
        return answers

    def until(self) -> datetime:
        """The instant that was chosen."""
        answers = self.cleaned_data
        return instant_of(answers["until_on"], answers["until_at"], self.session.zone, Side.DEADLINE)


class ArrangementForm(forms.Form):
    """A standing arrangement for one person."""

    enrollment = PersonField(Enrollment.objects.none(), label="Who", empty_label="Choose…")
    hours = forms.IntegerField(
        min_value=1, max_value=24 * 60, required=False, label="Hours more", help_text="Elapsed time. Or:"
    )
    days = forms.IntegerField(
        min_value=1, max_value=180, required=False, label="Days more", help_text="The same time on the clock."
    )
    from_on = DayField(label="For everything due from")
    until_on = DayField(label="to", help_text="Days in program time, of the deadlines that everybody has.")
    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Only head teaching fellow and director read it. The person and their fellow see that it exists.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: EnrollmentQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["enrollment"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = people.select_related("user", "section", "session")

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if bool(answers.get("hours")) == bool(answers.get("days")) and not {"hours", "days"} & set(self.errors):
            self.add_error("hours", "Give either hours or days.")
        since, until = answers.get("from_on"), answers.get("until_on")
        if since and until and until < since:
            self.add_error("until_on", "The last day lies before the first.")
        return answers

    def meant(self) -> dict[str, Any]:
        """What `make_arrangement` asks."""
        answers = dict(self.cleaned_data)
        count = answers.pop("hours")
        return answers | {"by": hours(count) if count else None}
