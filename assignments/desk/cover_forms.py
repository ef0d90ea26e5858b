"""Who reads in whose place, from when to when: what the desk's page of cover sends."""

from datetime import datetime, time
from typing import Any

from django import forms

from accounts.models import User
from assignments.models import Cover
from assignments.services.covering import Plan
from cohorts.forms import DayField, TimeInput, why_no_such_time
from cohorts.models import Section
from core.rules import Side, instant_of
from core.zones import say_zone
from programs.models import Session

LAST_MINUTE, MORNING = time(23, 59), time(9, 0)


class SectionsField(forms.ModelMultipleChoiceField):
    """Sections with who leads them."""

    def label_from_instance(self, obj: Section) -> str:
        led_by = ", ".join(str(fellow.user) for fellow in obj.fellows.all())
        return f"{obj.name} ({led_by})" if led_by else obj.name


class CoverForm(forms.Form):
    """Without an end it is for good."""

    away = forms.ModelChoiceField(User.objects.none(), label="In whose place", empty_label="Choose…")
    colleagues = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="Who reads meanwhile",
        widget=forms.CheckboxSelectMultiple,
        help_text="With several, the papers are split evenly.",
    )
    sections = SectionsField(
        Section.objects.none(),
        required=False,
        label="Of which sections",
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: everything that the person reads.",
    )
    starts_on = DayField(required=False, help_text="Empty: now.")
    starts_at = forms.TimeField(required=False, widget=TimeInput, initial=MORNING)
    ends_on = DayField(
        required=False, help_text="The end of that day. Left empty, it is for good: until somebody ends it."
    )
    promises_on = DayField(
        required=False,
        label="Move earlier promises of feedback to",
        help_text="Feedback promised for an earlier day is then promised for the end of this one. Left empty, every "
        "promise stays as it is.",
    )
    message = forms.CharField(
        required=False,
        max_length=2000,
        label="What the participants are told",
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
        help_text="Once, in a mail. Say who reads and until when, never why.",
    )

    # Of the preview, not of the form: whoever goes back and asks for something else arranges another.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, session: Session, people: list[int], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session, self.now = session, now
        readers = User.objects.filter(pk__in=people).order_by("sort_key", "name")
        for name, rows in (
            ("away", readers),
            ("colleagues", readers),
            ("sections", session.sections.prefetch_related("fellows__user")),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
            field.queryset = rows
        if not session.sections.exists():
            del self.fields["sections"]
        zone = say_zone(session.zone)
        self.fields["starts_on"].label = f"From the day ({zone})"
        self.fields["starts_at"].label = f"At ({zone})"
        self.fields["ends_on"].label = f"Until ({zone})"

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        refused = why_no_such_time(answers.get("starts_on"), answers.get("starts_at"), self.session)
        if refused:
            self.add_error("starts_at", refused)
        return answers

    def plan(self) -> Plan:
        """What was asked for."""
        answers = self.cleaned_data
        starts_on = answers["starts_on"]
        begins = self.instant(starts_on, answers.get("starts_at") or MORNING, Side.RELEASE) if starts_on else self.now
        return Plan(
            session=self.session,
            away=answers["away"],
            colleagues=tuple(answers["colleagues"]),
            sections=tuple(answers.get("sections", ())),
            starts_at=begins,
            ends_at=self.instant(answers["ends_on"], LAST_MINUTE) if answers["ends_on"] else None,
            promises_to=self.instant(answers["promises_on"], LAST_MINUTE) if answers["promises_on"] else None,
        )

    def instant(self, day: Any, at: time, side: Side = Side.DEADLINE) -> datetime:
        """In program time."""
        return instant_of(day, at, self.session.zone, side)


class CoverEndForm(forms.Form):
    """The words in which an end is told; none are needed where nobody knows of the cover."""

    message = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        error_messages={"required": "Write what the participants are told: who reads and answers from now on."},
    )

    def __init__(self, *args: Any, told: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        message = self.fields["message"]
        message.required = told > 0
        message.label = f"What {told} participant{' is' if told == 1 else 's are'} told"
        message.help_text = (
            "Once, in a mail, to those who were told of the cover and whom it still concerns. Say who reads, never why."
        )


def proposed_end_words(cover: Cover, now: datetime) -> str:
    """What participants are told of an end, unless it is written otherwise: whom they had before reads again."""
    # With its day: the mail may come tomorrow.
    sections = ", ".join(str(section) for section in cover.sections.all())
    papers = f"the papers of {sections}" if sections else "the papers"
    if cover.began_at is None:
        return f"{cover.away} goes on reading and answering {papers}: nobody reads in their place after all."
    return f"From {_day(now.astimezone(cover.session.tz))} on, {cover.away} reads and answers {papers} again."


def proposed_words(plan: Plan) -> str:
    """What participants are told, unless it is written otherwise: who and until when, never why."""
    names = [str(user) for user in plan.colleagues]
    who = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    read = "reads and answers" if len(names) == 1 else "read and answer"
    where = f" of {', '.join(str(section) for section in plan.sections)}" if plan.sections else ""
    zone = plan.session.tz
    since = f"From {_day(plan.starts_at.astimezone(zone))}"
    until = f" to {_day(plan.ends_at.astimezone(zone))}" if plan.ends_at else ""
    return f"{since}{until} {who} {read} the papers{where} in place of {plan.away}."


def _day(moment: datetime) -> str:
    return f"{moment:%A} {moment.day} {moment:%B}"
