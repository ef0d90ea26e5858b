from django import forms


class RosterForm(forms.Form):
    """The file itself; it is checked line by line by `operations.roster`."""

    file = forms.FileField(
        label="Roster, a CSV file",
        help_text="Columns: email, name; if you like addressed as, section, kind (participant or observer), time zone.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )
