from typing import Any

from django import forms

from operations.help import LONGEST_QUESTION


class RosterForm(forms.Form):
    """The file itself; it is checked line by line by `operations.roster`."""

    file = forms.FileField(
        label="Roster, a CSV file",
        help_text="Columns: email, name; if you like addressed as, section, kind (participant or observer), time zone.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )


class HelpForm(forms.Form):
    """A question, and from somebody who is not signed in the address for the answer."""

    question = forms.CharField(
        label="What happened, or what are you looking for?",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=LONGEST_QUESTION,
    )
    email = forms.EmailField(label="Your address, for the answer")
    key = forms.UUIDField(widget=forms.HiddenInput)
    page = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)
    request_id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, is_known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_known:
            del self.fields["email"]
