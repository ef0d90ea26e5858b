from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify

from accounts.models import validate_zone
from accounts.zones import zone_choices
from operations.admin.breaks import BreaksField
from operations.sessions import DatesDoNotFit, last_day_of_teaching
from operations.weeks import OUT_OF_ORDER, read_calendar
from programs.models import Session

DAYS_IN_ORDER = ("starts_on", "teaching_ends_on", "work_ends_on", "access_ends_on")


class NewSessionForm(forms.ModelForm):
    """What `create_session` asks: the days, the clock, and what is published about it."""

    # The moment of the request; set by the admin that shows the form.
    asked_at: datetime

    zone = forms.ChoiceField(
        label="Program time", validators=[validate_zone], help_text="The zone of all its dates and deadlines."
    )
    breaks = BreaksField()

    class Meta:
        help_texts = {
            "version": "Its modules, items and assignments are made from this version and are the session’s own.",
            "slug": "Part of every address. Empty: from program and label, such as loa-2027.",
            "teaching_ends_on": "Empty: the Sunday of the program’s last week.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = [("", "Choose…"), *zone_choices(at=self.asked_at)]  # type: ignore[attr-defined]
        for name in ("slug", "teaching_ends_on"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Say beforehand what only the database would refuse."""
        answers = super().clean() or self.cleaned_data
        version, label = answers.get("version"), answers.get("label", "")
        if version and label:
            program = version.program
            if Session.objects.filter(program=program, label=label).exists():
                self.add_error("label", f"{program} already has a session called “{label}”.")
            slug = answers.get("slug") or f"{program.slug}-{slugify(label)}"
            if Session.objects.filter(slug=slug).exists():
                self.add_error("slug", f"Another session already has “{slug}” in its address; write a different one.")
        self._find_end_of_teaching(answers)
        days: list[date] = [answers[name] for name in DAYS_IN_ORDER if answers.get(name)]
        # With all four there, the constraint of the table says it, in the same words.
        if days != sorted(days) and len(days) < len(DAYS_IN_ORDER) and not self.non_field_errors():
            self.add_error(None, OUT_OF_ORDER)
        return answers

    def _find_end_of_teaching(self, answers: dict[str, Any]) -> None:
        version, starts_on, zone = (answers.get(name) for name in ("version", "starts_on", "zone"))
        if answers.get("teaching_ends_on") or not (version and starts_on and zone) or "breaks" not in answers:
            return
        try:
            calendar = read_calendar(starts_on, zone, answers["breaks"])
            answers["teaching_ends_on"] = last_day_of_teaching(calendar, version.outline.weeks)
        except DatesDoNotFit as refused:
            self.add_error(None, ValidationError(list(refused.problems)))
