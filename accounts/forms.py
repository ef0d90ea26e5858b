"""What a person says about themselves."""

from copy import copy
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.models import User
from accounts.zones import zone_choices
from core.zones import find_zone


class PersonForm(forms.ModelForm):
    """A picker for the zone, and names without stray spaces. Saves nothing: the service does, from `changes()`."""

    name = forms.CharField(
        label="Your name",
        max_length=200,
        help_text="As it stands in lists and beside your work. One field, in the order and script you use.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(
        self, data: QueryDict | None = None, *, user: User, now: datetime, from_browser: str | None = None
    ) -> None:
        # A copy, because validation writes into it, and the page's header shows the person as they are.
        super().__init__(data, instance=copy(user))
        proposed = from_browser if find_zone(from_browser) else ""
        self.fields["zone"] = forms.ChoiceField(
            label="Your time zone",
            choices=[("", "Choose…"), *zone_choices(at=now, also=self.instance.zone or proposed or "")],
            help_text="Every deadline and meeting is shown on this clock. It never changes by itself.",
            error_messages={"required": "Choose the zone whose clock you live by."},
            widget=forms.Select(attrs={"data-propose-zone": ""}),
        )
        if not self.instance.zone:
            self.initial["zone"] = proposed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for field in ("name", "addressed_as", "certificate_name", "sort_key", "pronouns"):
            if field in cleaned:
                cleaned[field] = " ".join(cleaned[field].split())
        if "name" in cleaned and not cleaned["name"]:
            raise ValidationError({"name": "Write the name you go by."})
        return cleaned

    def changes(self) -> dict[str, Any]:
        """What was written, by field."""
        return {field: self.cleaned_data[field] for field in self.Meta.fields}

    class Meta:
        model = User
        fields: tuple[str, ...] = ("name", "zone")


SHOWS = {
    "shows_email": "My e-mail address",
    "shows_zone": "My time zone, so that they know when to call",
}


class ProfileForm(PersonForm):
    """Everything a person may change about themselves, except the address they sign in with."""

    language = forms.ChoiceField(
        label="Language of your mails",
        choices=settings.LANGUAGES,
        required=False,
        help_text="The pages, and what people write to you, stay as they are.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["language"] = self.initial["language"] or settings.LANGUAGE_CODE

    class Meta(PersonForm.Meta):
        fields = (
            "name",
            "addressed_as",
            "pronouns",
            "certificate_name",
            "sort_key",
            "zone",
            "language",
            "shows_email",
            "shows_zone",
        )
        labels = SHOWS | {"addressed_as": "How to address you", "certificate_name": "Name on the certificate"}
        help_texts = {
            "addressed_as": "What stands after “Dear” in mails: “Amara”, “Dr. Rao”. Empty: your name.",
            "pronouns": "Shown beside your name, if you wish.",
            "certificate_name": "If it should be written differently there. Empty: your name.",
        }


class FirstStepsForm(PersonForm):
    """The three things to settle before the first page: name, zone, what others may see."""

    class Meta(PersonForm.Meta):
        fields = ("name", "zone", "shows_email", "shows_zone")
        labels = SHOWS


class ZoneAnswerForm(forms.Form):
    """The answer to "your computer is on Lisbon time"."""

    zone = forms.CharField(max_length=64)
    answer = forms.ChoiceField(choices=[("change", "Change"), ("keep", "Keep")])
    next = forms.CharField(required=False)

    def clean_zone(self) -> str:
        zone = self.cleaned_data["zone"]
        if find_zone(zone) is None:
            raise ValidationError("This is not a time zone.")
        return zone
