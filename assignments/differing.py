"""What a newer text says otherwise than an older one, word by word.

Paragraphs are compared first and words only inside those that differ, and only as far as that stays quick: a text that
was written anew is shown as such, not word by word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

WORD = re.compile(r"\S+\s*|\s+")
PARAGRAPH = re.compile(r"\n[ \t\r]*\n\s*")
# Words of the one times words of the other that are compared with each other; paragraphs alike.
MOST_PAIRS = 1_000_000
# Words in common that are too few to be shown as such between two changes longer than that; letters of a word.
CRUMB = 2
LETTERS = 6


class Kind(Enum):
    """What became of a part."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Part:
    """A run of words. What is gone stands where it stood in the older text, the rest where it stands in the newer."""

    kind: Kind
    text: str
    starts_at: int

    @property
    def is_gone(self) -> bool:
        """Only in the older text."""
        return self.kind is Kind.GONE

    @property
    def is_new(self) -> bool:
        """Only in the newer text."""
        return self.kind is Kind.NEW


@dataclass(frozen=True)
class Step:
    """A stretch of both texts: the same, or one in place of the other. Characters, end exclusive."""

    is_same: bool
    older: tuple[int, int]
    newer: tuple[int, int]


def differences(older: str, newer: str) -> list[Part]:
    """The newer text with what is new in it, and what is gone where it was."""
    parts: list[Part] = []
    for step in _without_crumbs(steps_between(older, newer), newer):
        if step.is_same:
            parts.append(Part(Kind.SAME, newer[slice(*step.newer)], step.newer[0]))
            continue
        if step.older[0] < step.older[1]:
            parts.append(Part(Kind.GONE, older[slice(*step.older)], step.older[0]))
        if step.newer[0] < step.newer[1]:
            parts.append(Part(Kind.NEW, newer[slice(*step.newer)], step.newer[0]))
    return parts


def steps_between(older: str, newer: str) -> list[Step]:
    """From one text to the other. Blanks alone make no difference."""
    steps: list[Step] = []
    for is_same, ours, theirs in _matched(_pieces(older, PARAGRAPH), _pieces(newer, PARAGRAPH)):
        if is_same:
            steps.append(Step(True, ours, theirs))
            continue
        inner = (_words(older, ours), _words(newer, theirs))
        steps += [Step(*one) for one in _matched(*inner)]
    return _joined(steps)


def moved(steps: Sequence[Step], starts_at: int, ends_at: int) -> tuple[int, int] | None:
    """Where a passage of the older text is in the newer one, however it was rewritten; None when it is gone."""
    first = last = None
    for step in steps:
        if step.older[1] <= starts_at or step.older[0] >= ends_at:
            continue
        if step.is_same:
            begins = step.newer[0] + max(0, starts_at - step.older[0])
            ends = step.newer[1] - max(0, step.older[1] - ends_at)
        else:
            begins, ends = step.newer
        first = begins if first is None else min(first, begins)
        last = ends if last is None else max(last, ends)
    return (first, last) if first is not None and last is not None and first < last else None


Piece = tuple[int, int, str]
Span = tuple[int, int]


def _pieces(text: str, between: re.Pattern[str]) -> list[Piece]:
    """Beginning, end with the gap behind, and words of each."""
    pieces, starts_at = [], 0
    for gap in between.finditer(text):
        pieces.append((starts_at, gap.end(), " ".join(text[starts_at : gap.start()].split())))
        starts_at = gap.end()
    if starts_at < len(text):
        pieces.append((starts_at, len(text), " ".join(text[starts_at:].split())))
    return pieces


def _words(text: str, span: Span) -> list[Piece]:
    return [(word.start(), word.end(), word[0].strip()) for word in WORD.finditer(text, *span)]


def _matched(ours: list[Piece], theirs: list[Piece]) -> Iterator[tuple[bool, Span, Span]]:
    """Stretches of both, whether they are the same; too many pieces are not compared with each other."""
    one, other = [piece[2] for piece in ours], [piece[2] for piece in theirs]
    same = _alike(one, other)
    behind = _alike(one[same:][::-1], other[same:][::-1])
    inside = (one[same : len(one) - behind], other[same : len(other) - behind])
    blocks = [(0, 0, same)]
    if 0 < len(inside[0]) * len(inside[1]) <= MOST_PAIRS:
        matcher = SequenceMatcher(None, *inside, autojunk=False)
        blocks += [(same + a, same + b, size) for a, b, size in matcher.get_matching_blocks()]
    blocks.append((len(one) - behind, len(other) - behind, behind))
    at_one = at_other = 0
    for a, b, size in [*blocks, (len(one), len(other), 0)]:
        if a > at_one or b > at_other:
            yield False, _span(ours, at_one, a), _span(theirs, at_other, b)
        if size:
            yield True, _span(ours, a, a + size), _span(theirs, b, b + size)
        at_one, at_other = a + size, b + size


def _span(pieces: Sequence[Piece], first: int, last: int) -> Span:
    if first < last:
        return pieces[first][0], pieces[last - 1][1]
    place = pieces[first][0] if first < len(pieces) else (pieces[-1][1] if pieces else 0)
    return place, place


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many at the beginning are the same."""
    count = 0
    for ours, theirs in zip(one, other, strict=False):
        if ours != theirs:
            break
        count += 1
    return count


def _without_crumbs(steps: list[Step], newer: str) -> list[Step]:
    """A word or two that two otherwise different stretches have in common tell nobody anything."""
    kept: list[Step] = []
    for place, step in enumerate(steps):
        words = len(newer[slice(*step.newer)].split())
        around = steps[place - 1 : place] + steps[place + 1 : place + 2]
        is_crumb = words <= CRUMB and len(around) == 2 and all(_length(one) > CRUMB * LETTERS for one in around)
        kept.append(Step(False, step.older, step.newer) if step.is_same and is_crumb else step)
    return _joined(kept)


def _length(step: Step) -> int:
    return max(step.older[1] - step.older[0], step.newer[1] - step.newer[0])


def _joined(steps: Sequence[Step]) -> list[Step]:
    """Neighbours of one kind as one."""
    joined: list[Step] = []
    for step in steps:
        if joined and joined[-1].is_same == step.is_same:
            last = joined.pop()
            step = Step(step.is_same, (last.older[0], step.older[1]), (last.newer[0], step.newer[1]))
        joined.append(step)
    return joined
