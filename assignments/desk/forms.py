"""What is written about a paper, as the page sends it: by its buttons or on its own."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

from django import forms

from assignments.desk.filters import LONGEST_NUMBER
from assignments.desk.rubrics import CriterionRow
from assignments.models import Feedback
from assignments.passages import Source, find_quoted
from assignments.services import Answer, Remark
from cohorts.forms import DayField
from core.rules import Side, instant_of

LAST_MINUTE = time(23, 59)
LONGEST = 20_000
NOT_FOUND = "This passage does not stand in the paper: copy it from there. “{quote}”"


class WordsField(forms.CharField):
    """A text with the line ends of one kind; may stay empty."""

    def __init__(self, *, rows: int, key: str = "", **kwargs: Any) -> None:
        keyed = {"data-key": key} if key else {}
        widget = forms.Textarea(attrs={"rows": rows, "class": "form-control"} | keyed)
        super().__init__(required=False, max_length=LONGEST, strip=False, widget=widget, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


class AnswerForm(forms.Form):
    """Levels and comments come beside the fields: `level-<criterion>`, and `quote`, `place`, `remark` in rows."""

    text = WordsField(label="Your answer", rows=9, key="a")
    next_step = WordsField(label="A next step", rows=3, key="n")
    result = forms.ChoiceField(choices=[("", ""), *Feedback.Result.choices], required=False)
    revise_reason = WordsField(label="What is to be revised", rows=3)
    revise_on = DayField(
        label="Until the end of",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}),
    )
    # The revision that this began from, the open page, and whose page it was.
    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    editor = forms.UUIDField(widget=forms.HiddenInput)
    writer = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, sources: Sequence[Source], rubric: list[CriterionRow], zone: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sources, self.rubric, self.zone = sources, rubric, zone
        self.remarks: list[Remark] = []
        self.remark_problems: list[str] = []

    @property
    def came_whole(self) -> bool:
        """Whether the page sent everything it has: a post that was cut off must not blank what is saved."""
        return "text" in self.data and not {"based_on", "editor", "writer"} & set(self.errors)

    @property
    def can_be_saved(self) -> bool:
        """Whether every word can be kept; a date or a passage that is not understood keeps nothing else back."""
        return self.came_whole and not set(self.errors) - {"revise_on"}

    @property
    def problems(self) -> list[str]:
        """What could not be taken, in sentences; all else is saved."""
        own = [
            f"{self.fields[name].label or name}: {error}" for name, errors in self.errors.items() for error in errors
        ]
        return own + self.remark_problems

    def clean(self) -> dict[str, Any]:
        """Find each passage in the paper; a row without words is not a comment yet."""
        cleaned = super().clean() or {}
        for row in self.rows():
            if not row["remark"].strip():
                continue
            found = self.place_of(row)
            if found is None:
                self.remark_problems.append(
                    NOT_FOUND.format(quote=row["quote"][:80])
                    if row["quote"].strip()
                    else "Say which passage a comment is about."
                )
            else:
                text = row["remark"].replace("\r\n", "\n").strip()[:LONGEST]
                self.remarks.append(Remark(file=found[0], starts_at=found[1], ends_at=found[2], text=text))
        return cleaned

    def rows(self) -> Iterator[dict[str, str]]:
        """The comments as they were typed."""
        if not hasattr(self.data, "getlist"):
            return
        lists = (self.data.getlist(name) for name in ("quote", "place", "remark"))
        for quote, place, remark in zip(*lists, strict=False):
            yield {"quote": quote, "place": place, "remark": remark}

    def place_of(self, row: dict[str, str]) -> tuple[int, int, int] | None:
        """File, beginning and end of the passage: near the place that the page noted, "2:17-24", if it noted one."""
        file, _, place = row["place"].rpartition(":")
        near, _, _ = place.partition("-")
        file, near = (number if number.isdecimal() and len(number) < LONGEST_NUMBER else "0" for number in (file, near))
        return find_quoted(self.sources, row["quote"], int(file), int(near))

    def answer(self) -> Answer:
        """What can be saved of it."""
        cleaned = self.cleaned_data
        result = cleaned.get("result", "")
        is_revision = result in ("", Feedback.Result.PLEASE_REVISE)
        return Answer(
            text=cleaned.get("text", ""),
            next_step=cleaned.get("next_step", ""),
            result=result,
            revise_reason=cleaned.get("revise_reason", "") if is_revision else "",
            revise_until=self.revise_until() if is_revision else None,
            levels=dict(self.levels()),
            remarks=tuple(sorted(self.remarks)),
        )

    def revise_until(self) -> datetime | None:
        """The end of that day in program time."""
        day = self.cleaned_data.get("revise_on")
        return None if day is None else instant_of(day, LAST_MINUTE, self.zone, Side.DEADLINE)

    def levels(self) -> Iterator[tuple[int, int]]:
        """By criterion, the level that was chosen."""
        for criterion in self.rubric:
            chosen = self.data.get(f"level-{criterion.pk}", "")
            if any(str(level.pk) == chosen for level in criterion.levels):
                yield criterion.pk, int(chosen)

    @property
    def typed(self) -> str:
        """Every word of it, for when nothing can be saved."""
        words = [self.data.get(name, "") for name in ("text", "next_step", "revise_reason")]
        words += [f"“{row['quote']}”\n{row['remark']}" for row in self.rows() if row["remark"].strip()]
        return "\n\n".join(word for word in words if word.strip())
