"""Passages that two papers have in common, word for word, whatever the case, the punctuation and the line ends.

A help for whoever looks at a paper, never a verdict: people quote the same readings.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b

# Without the underscores that mark what is emphasised.
WORD = re.compile(r"[^\W_]+")
# Words in a run. Shorter ones are in many papers by themselves.
RUN = 8
# One run of so many is kept for finding papers again: of twenty words in common one is nearly always among them.
ONE_OF = 4
# Of a text no more is looked at: longer ones are no papers.
MOST_WORDS = 30_000


@dataclass(frozen=True)
class Passage:
    """Words of a text that stand in another too: characters, end exclusive."""

    starts_at: int
    ends_at: int
    words: int


def print_of(text: str) -> list[int]:
    """The numbers by which papers with the same runs of words are found; the same for the same words, for ever."""
    return sorted({number for number in map(_number, _runs(_words(text))) if number % ONE_OF == 0})


def passages_in(text: str, other: str, without: str = "") -> list[Passage]:
    """What of a text also stands in the other, the longest first; nothing that stands in `without`, such as the task
    that both answer."""
    spans = [(match.start(), match.end()) for match, _ in zip(WORD.finditer(text), range(MOST_WORDS), strict=False)]
    common = set(_runs(_words(other))) - set(_runs(_words(without)))
    return sorted(_joined(spans, _runs(_words(text)), common), key=lambda one: (-one.words, one.starts_at))


def _joined(spans: Sequence[tuple[int, int]], runs: Sequence[str], common: Collection[str]) -> list[Passage]:
    """Runs that follow each other as one passage."""
    passages: list[Passage] = []
    first = last = -1
    for place, run in enumerate(runs):
        if run not in common:
            continue
        if first < 0 or place > last + RUN:
            if first >= 0:
                passages.append(_passage(spans, first, last))
            first = place
        last = place
    if first >= 0:
        passages.append(_passage(spans, first, last))
    return passages


def _passage(spans: Sequence[tuple[int, int]], first: int, last: int) -> Passage:
    return Passage(spans[first][0], spans[last + RUN - 1][1], last + RUN - first)


def _words(text: str) -> list[str]:
    return [match[0].casefold() for match, _ in zip(WORD.finditer(text), range(MOST_WORDS), strict=False)]


def _runs(words: Sequence[str]) -> list[str]:
    return [" ".join(words[place : place + RUN]) for place in range(len(words) - RUN + 1)]


def _number(run: str) -> int:
    return int.from_bytes(blake2b(run.encode(), digest_size=8).digest(), "big", signed=True)
