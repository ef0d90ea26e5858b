"""Comments as they stand beside a paper, and what became of those on earlier attempts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assignments.differing import Step, moved, steps_between
from assignments.passages import Source, counterpart, find_anew

if TYPE_CHECKING:
    from assignments.desk.papers import Attempt


@dataclass(frozen=True)
class Remark:
    """A comment as it stands beside the paper."""

    number: int
    # The position of the file it speaks of; 0: of the text.
    file: int
    starts_at: int
    ends_at: int
    quote: str
    text: str
    pk: int
    # The number of the attempt in which it was found resolved.
    resolved_in: int | None

    @property
    def place(self) -> str:
        """Where its passage stands, as the form sends it back."""
        return f"{self.file}:{self.starts_at}-{self.ends_at}"

    @property
    def span(self) -> tuple[int, int, int]:
        """File, beginning, end."""
        return self.file, self.starts_at, self.ends_at


@dataclass(frozen=True)
class EarlierRemark:
    """A comment on an earlier attempt, and what became of its passage in this one."""

    pk: int
    attempt: int
    # The name of the file that it spoke of; empty: of the text.
    of_file: str
    quote: str
    text: str
    # The passage as it reads now; empty when it is gone.
    now: str
    is_same: bool
    # The file in which it stands now, where that is another; empty otherwise.
    now_in: str
    is_resolved: bool


def remarks_before(here: Attempt, earlier: list[Attempt]) -> list[EarlierRemark]:
    """What was asked for before this attempt and not yet found in one between: open, or resolved in this one."""
    newer = here.sources
    remarks = []
    for attempt in reversed(earlier):
        asked = attempt.in_force.remarks if attempt.in_force else []
        known: dict[int, list[Step]] = {}
        older = {source.file: source for source in attempt.sources}
        for one in asked:
            if one.resolved_in is None or one.resolved_in >= here.submission.number:
                source = older.get(one.file, Source(one.file, "", ""))
                remarks.append(_became(one, source, newer, attempt.submission.number, known))
    return remarks


def _became(
    one: Remark, older: Source, newer: list[Source], attempt: int, known: dict[int, list[Step]]
) -> EarlierRemark:
    """`known` keeps the comparison of two texts for the next comment on the same one."""
    same = find_anew(older, newer, (one.starts_at, one.ends_at))
    source = same[0] if same else counterpart(older, newer)
    place = same[1] if same else None
    if place is None and source is not None:
        if older.file not in known:
            known[older.file] = steps_between(older.text, source.text)
        place = moved(known[older.file], one.starts_at, one.ends_at)
    return EarlierRemark(
        pk=one.pk,
        attempt=attempt,
        of_file=older.name,
        quote=one.quote,
        text=one.text,
        now=source.shown(*place) if place and source else "",
        is_same=same is not None,
        now_in=source.name if place and source and source.name != older.name else "",
        is_resolved=one.resolved_in is not None,
    )
