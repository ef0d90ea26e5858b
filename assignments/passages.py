"""A paper with the remarks that were made on it: cut where a remark begins or ends, so that they may overlap."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from assignments.models import Comment


@dataclass
class Passage:
    """A run of the text under the same remarks; `opens` are those that begin here, `ends` those that end with it."""

    text: str
    remarks: list[int] = field(default_factory=list)
    opens: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


def cut(text: str, comments: Iterable[Comment]) -> list[Passage]:
    """The text in passages; remarks go by their number, from 1, in the order given.

    A remark that reaches beyond the text (it never should) is cut off at its end.
    """
    spans = [
        (number, min(comment.starts_at_char, len(text)), min(comment.ends_at_char, len(text)))
        for number, comment in enumerate(comments, start=1)
    ]
    edges = sorted({0, len(text), *(edge for _, start, end in spans for edge in (start, end))})
    return [
        Passage(
            text=text[start:end],
            remarks=[number for number, first, last in spans if first <= start and end <= last],
            opens=[number for number, first, _ in spans if first == start],
            ends=[number for number, _, last in spans if last == end],
        )
        for start, end in pairwise(edges)
    ]
