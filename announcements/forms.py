from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms

from announcements.addressing import MOST_NAMED, TO_ALL, Reach, key_of
from announcements.models import LONGEST_TEXT, Announcement
from announcements.services import Words
from cohorts.forms import DayField, TimeInput
from cohorts.models import Enrollment, Section
from core.rules import Side, instant_of
from core.zones import as_zone, say_zone

NOW, AT_A_TIME = "now", "at"
Clock = Announcement.Clock


class AnnouncementForm(forms.Form):
    """Whom, what, when. An hour that the chosen clock skips is refused with the next one that exists."""

    to = forms.ChoiceField(
        label="To",
        error_messages={
            "required": "Choose whom you write to.",
            "invalid_choice": "Choose one of those whom you may write to.",
        },
    )
    title = forms.CharField(
        max_length=150, label="Title", error_messages={"required": "Give it a title: it is what people see first."}
    )
    text = forms.CharField(
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Markdown: **bold**, *italic*, lists with -, links as [words](https://…).",
        error_messages={"required": "Write what you want to tell them."},
    )
    when = forms.ChoiceField(
        label="When",
        choices=[(NOW, "As soon as you confirm it"), (AT_A_TIME, "At a time")],
        widget=forms.RadioSelect,
        initial=NOW,
    )
    on_date = DayField(required=False, label="Day")
    at_time = forms.TimeField(required=False, widget=TimeInput, label="Time")
    clock = forms.ChoiceField(required=False, label="On which clock", widget=forms.RadioSelect, initial=Clock.PROGRAM)
    is_urgent = forms.BooleanField(
        required=False,
        label="Urgent",
        help_text="A mail of its own at any hour of the reader’s day or night: “tonight’s lecture is moved”.",
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, reach: Reach, now: datetime, chosen: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reach, self.now = reach, now
        self.sections = {f"section-{row.pk}": row for row in reach.sections()}
        self.people = self.named(chosen or str(self.data.get("to", "")) or str(self.initial.get("to", "")))
        self.fields["to"].choices = self.audiences()  # type: ignore[attr-defined]
        self.zones = {Clock.PROGRAM: reach.session.zone, Clock.OWN: reach.user.zone or "UTC"}
        self.ask_clock()
        if not reach.may_be_urgent:
            del self.fields["is_urgent"]

    def named(self, chosen: str) -> dict[str, Enrollment]:
        """The people to choose from; of very many only the one that is chosen."""
        rows = self.reach.people()
        found = list(rows[: MOST_NAMED + 1])
        if len(found) > MOST_NAMED:
            pk = chosen.removeprefix("person-")
            found = list(rows.filter(pk=int(pk))) if pk.isdecimal() and len(pk) < 10 and pk != chosen else []
        return {f"person-{row.pk}": row for row in found}

    def audiences(self) -> list[Any]:
        """The choices, the widest first."""
        choices: list[Any] = [("", "Choose…")]
        if self.reach.is_whole:
            choices.append((TO_ALL, f"Everybody in {self.reach.session.short_name}"))
        if self.sections:
            choices.append(("A section", [(key, str(row)) for key, row in self.sections.items()]))
        if self.people:
            named = [(key, say_person(row)) for key, row in self.people.items()]
            choices.append(("One person", named))
        return choices

    def ask_clock(self) -> None:
        """Which clock is meant is asked only where the two differ; the label of the time names the one otherwise."""
        if say_zone(self.zones[Clock.PROGRAM]) == say_zone(self.zones[Clock.OWN]):
            self.fields["at_time"].label = f"Time ({say_zone(self.zones[Clock.PROGRAM])})"
            del self.fields["clock"]
            return
        self.fields["clock"].choices = [  # type: ignore[attr-defined]
            (Clock.PROGRAM, f"Program time ({say_zone(self.zones[Clock.PROGRAM])})"),
            (Clock.OWN, f"My own time ({say_zone(self.zones[Clock.OWN])})"),
        ]

    def clean_text(self) -> str:
        """As it was typed, with one kind of line break."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        """A day and an hour where it is to go out at a time; one that exists and is still to come."""
        cleaned = super().clean() or {}
        if cleaned.get("when") != AT_A_TIME:
            return cleaned
        on, at = cleaned.get("on_date"), cleaned.get("at_time")
        for name, value in (("on_date", on), ("at_time", at)):
            if value is None and name not in self.errors:
                self.add_error(name, "Say the day and the time at which it is to go out.")
        if on is None or at is None:
            return cleaned
        zone = self.zones[Clock(cleaned.get("clock") or Clock.PROGRAM)]
        instant = instant_of(on, at, zone, Side.RELEASE)
        shown = instant.astimezone(as_zone(zone))
        if shown.time() != at:
            self.add_error(
                "at_time",
                f"The clocks of {say_zone(zone)} skip {at:%H:%M} on that day; "
                f"the next time that exists is {shown:%H:%M}.",
            )
        elif instant <= self.now:
            self.add_error("at_time", f"In {say_zone(zone)} that time has passed. Choose a later one, or send it now.")
        return cleaned

    @property
    def words(self) -> Words:
        """What was typed, once it is valid."""
        said = self.cleaned_data
        timed = said["when"] == AT_A_TIME
        clock = Clock(said.get("clock") or Clock.PROGRAM) if timed else Clock.PROGRAM
        section: Section | None = self.sections.get(said["to"])
        return Words(
            title=said["title"],
            text=said["text"],
            section=section,
            enrollment=self.people.get(said["to"]),
            is_urgent=bool(said.get("is_urgent")),
            on_date=said["on_date"] if timed else None,
            at_time=said["at_time"] if timed else None,
            clock=clock,
            zone=self.zones[clock] if timed else "",
        )

    @property
    def given_key(self) -> UUID:
        """What makes the same post twice one draft, and by which the browser knows its copies."""
        return self.cleaned_data["key"] or uuid4()


def say_person(place: Enrollment) -> str:
    """ "Amara Rao, Section A"."""
    return f"{place.user}, {place.section}" if place.section else str(place.user)


def written(announcement: Announcement) -> dict[str, Any]:
    """A draft as the form shows it."""
    return {
        "to": key_of(announcement),
        "title": announcement.title,
        "text": announcement.text,
        "when": AT_A_TIME if announcement.goes_at_a_time else NOW,
        "on_date": announcement.on_date,
        "at_time": announcement.at_time,
        "clock": announcement.clock,
        "is_urgent": announcement.is_urgent,
        "revision": announcement.revision,
    }
