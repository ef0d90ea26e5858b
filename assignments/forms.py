from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from assignments.declared import Declared, Quoting
from assignments.texts import LONGEST_TEXT, storable
from cohorts.forms import DayField

UNSTORABLE = (
    "Your text held characters that cannot be kept (they are invisible, and come from some programs when you paste). "
    "They are taken out below: look it over and send it again."
)
TOO_LONG = (
    "Your text has {count:,} characters; up to {longest:,} can be kept. Nothing is lost: shorten it and send it again."
)


# What is written beside the text.
BESIDE = ("commitment", "help_used", "link")


class AskForm(forms.Form):
    """A question for more time, or that work be taken after closing."""

    text = forms.CharField(
        label="Why, and what you need",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text="Your teaching fellow reads it; so may the head teaching fellow and the director.",
    )
    wished_on = DayField(label="Until the end of (program time)")
    # Makes the same post the same, however often it is sent.
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # It stands on the page of the editor, whose text is `id_text`.
        kwargs.setdefault("auto_id", "ask_%s")
        super().__init__(*args, **kwargs)


class PaperField(forms.CharField):
    """A text as it was typed: not stripped, with the line ends of one kind."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, required=False, **kwargs)
        # They would refuse what `validate` refuses in better words.
        self.validators = []

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def validate(self, value: str) -> None:
        if len(value) > LONGEST_TEXT:
            raise ValidationError(TOO_LONG.format(count=len(value), longest=LONGEST_TEXT), code="too_long")
        if storable(value) != value:
            raise ValidationError(UNSTORABLE, code="unstorable")


class PaperForm(forms.Form):
    """What the page of an assignment sends, by its buttons or on its own."""

    text = PaperField(label="Your text")
    # The revision of the draft that the text began from.
    based_on = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    # The open page it was typed in.
    editor = forms.UUIDField(widget=forms.HiddenInput)
    # Makes the same post the same, however often it is sent.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    commitment = PaperField(label="What I will do before the next paper")
    help_used = PaperField(label="What help you used")
    # An address is checked only when it is handed in: half of one is no reason not to save.
    link = PaperField(label="Address of your recording")
    quoting = forms.ChoiceField(choices=Quoting.choices, required=False)
    # The fingerprint of the statement that stood beside the box.
    affirmed = forms.CharField(required=False)
    # Whose page it was: somebody else may have signed in on the same computer since.
    writer = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A post without a text at all is no empty text: it must not blank a draft."""
        cleaned = super().clean() or {}
        if "text" not in self.data:
            self.add_error("text", "Nothing arrived. Send it again.")
        return cleaned

    @property
    def typed(self) -> str:
        """What was typed, to be shown again whatever was wrong with it."""
        return self._typed("text")

    @property
    def typed_beside(self) -> Declared:
        """What was said beside the text, likewise."""
        chosen = self._typed("quoting")
        return Declared(
            quoting=chosen if chosen in Quoting.values else Quoting.NO.value,
            **{name: self._typed(name) for name in BESIDE},
        )

    @property
    def declared(self) -> Declared | None:
        """What is said beside the text; None from a page that does not ask. Only of a valid form."""
        if "quoting" not in self.data:
            return None
        said = {name: self.cleaned_data[name] for name in BESIDE}
        return Declared(quoting=self.cleaned_data["quoting"] or Quoting.NO.value, **said)

    def _typed(self, name: str) -> str:
        return storable(PaperField().to_python(self.data.get(name, "")))

    @property
    def said(self) -> list[str]:
        """What is wrong, in sentences; broken hidden fields are the page's fault and need no names."""
        errors = [str(error) for name in ("text", *BESIDE) for error in self.errors.get(name, [])]
        return errors or ["The form arrived incomplete. Load the page again and send it once more."]
