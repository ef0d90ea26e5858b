from datetime import date, time
from typing import Any

from django import forms
from django.db.models import QuerySet

from cohorts.models import Section
from core.rules import Side, instant_of
from core.zones import say_zone
from programs.models import Session

# Days beyond these were mistyped, and some lie beyond what a clock can be asked about.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


class DateInput(forms.DateInput):
    """The browser's own date picker; it wants ISO dates whatever the language."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class TimeInput(forms.TimeInput):
    """The browser's own time picker."""

    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


def why_no_such_time(on: date | None, at: time | None, session: Session) -> str:
    """The sentence for a time that the session's clocks skip on that day; empty for one that exists."""
    if on is None or at is None:
        return ""
    shown = instant_of(on, at, session.zone, Side.RELEASE).astimezone(session.tz)
    if shown.time() == at:
        return ""
    return (
        f"The clocks of {say_zone(session.zone)} skip {at:%H:%M} on that day; "
        f"the next time that exists is {shown:%H:%M}."
    )


class DayField(forms.DateField):
    """A day that a session can have to do with."""

    widget = DateInput

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not FIRST_DAY <= value <= LAST_DAY:
            raise forms.ValidationError(f"Name a day of the years {FIRST_DAY.year} to {LAST_DAY.year}.")


class WallTimeForm(forms.Form):
    """A day and a time on the session's clocks; both labels name the zone. A time the clocks skip is refused."""

    on_date = DayField()
    at_time = forms.TimeField(widget=TimeInput)

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        zone = say_zone(session.zone)
        self.fields["on_date"].label = f"Day ({zone})"
        self.fields["at_time"].label = f"Time ({zone})"

    def clean(self) -> dict[str, Any]:
        """Tell the first time that exists when the clocks skip the one that was typed."""
        cleaned = super().clean() or {}
        refused = why_no_such_time(cleaned.get("on_date"), cleaned.get("at_time"), self.session)
        if refused:
            self.add_error("at_time", refused)
        return cleaned


class MeetingMoveForm(WallTimeForm):
    """A new time and, beside it, the link and a note."""

    link = forms.URLField(
        required=False, assume_scheme="https", help_text="Shown to its members as soon as it is here."
    )


class MeetingForm(MeetingMoveForm):
    """A meeting, or one a week."""

    title = forms.CharField(max_length=200)
    section = forms.ModelChoiceField(Section.objects.none(), required=False, empty_label="The whole session")
    minutes = forms.IntegerField(min_value=5, max_value=720, initial=90, label="Length in minutes")
    times = forms.IntegerField(
        min_value=1, max_value=30, initial=1, label="How many, one a week", help_text="Break weeks are left out."
    )
    field_order = ["title", "section", "on_date", "at_time", "minutes", "times", "link"]

    def __init__(self, *args: Any, sections: QuerySet[Section], whole_session: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["section"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = sections
        if not whole_session:
            field.required, field.empty_label = True, None
