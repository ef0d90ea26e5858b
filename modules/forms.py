from typing import Any

from django import forms
from django.db.models import QuerySet

from cohorts.models import Enrollment


class PersonField(forms.ModelChoiceField):
    """People by their names, and their section where there is one."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user} · {obj.section}" if obj.section else str(obj.user)


class OpeningForm(forms.Form):
    """For whom a module is opened, and why."""

    enrollment = PersonField(Enrollment.objects.none(), label="For whom", empty_label="Choose a person")
    reason = forms.CharField(
        label="Why",
        max_length=500,
        help_text="It is kept with your name. The person may read it one day.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, people: QuerySet[Enrollment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["enrollment"]
        assert isinstance(field, PersonField)  # noqa: S101 - declared above
        field.queryset = people
