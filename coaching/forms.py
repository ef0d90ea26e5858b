from django import forms

from cohorts.forms import WallTimeForm


class OfferForm(WallTimeForm):
    """One coaching hour, or several in a row."""

    minutes = forms.IntegerField(min_value=10, max_value=180, initial=30, label="Length in minutes")
    times = forms.IntegerField(min_value=1, max_value=12, initial=1, label="How many in a row")
    link = forms.URLField(required=False, assume_scheme="https", help_text="Where you meet; shown to whoever books.")
