"""Passages of a paper: finding the one that was quoted.

Positions are characters of the text as it was handed in, which is its source.
"""

import re
from itertools import islice, takewhile

from assignments.source import words_of

# Characters around a passage by which it is told from others of the same words, and how many others are looked at.
AROUND = 60
MOST_PLACES = 200
# What keyboards, phones and word processors make of the same sign.
LOOK_ALIKES = ("'’‘ʼ", '"“”„«»', "-‐‑–—")


def find_passage(text: str, quote: str, near: int = 0) -> tuple[int, int] | None:
    """Where the quoted passage stands, end exclusive: exactly, else whatever the blanks and quotation marks.

    Of several the first at or after `near`, else the first at all. None when it does not stand there.
    """
    quote = quote.strip()
    if not quote:
        return None
    pattern = re.compile(r"\s+".join(_loosely(word) for word in quote.split()), re.IGNORECASE)
    for found in (text.find(quote, near), text.find(quote)):
        if found >= 0:
            return found, found + len(quote)
    match = pattern.search(text, near) or pattern.search(text)
    return (match.start(), match.end()) if match else None


def find_shown(text: str, quote: str, near: int = 0) -> tuple[int, int] | None:
    """The same in the source of a paper, whose passages are quoted as they are shown, or else as they are written."""
    words = words_of(text)
    found = find_passage(words.text, quote, words.index_of(near))
    return words.source_of(*found) if found else find_passage(text, quote, near)


def find_again(older: str, newer: str, starts_at: int, ends_at: int) -> tuple[int, int] | None:
    """Where a passage of an older text stands in a newer one, end exclusive; None when it does not stand there.

    Of several places the one whose neighbourhood is most like the old one, else the nearest.
    """
    quote = older[starts_at:ends_at].strip()
    if not quote:
        return None
    found = [(match.start(), match.end()) for match in islice(re.finditer(re.escape(quote), newer), MOST_PLACES)]
    if not found:
        return find_passage(newer, quote, starts_at)
    before, after = older[max(0, starts_at - AROUND) : starts_at], older[ends_at : ends_at + AROUND]

    def unlike(place: tuple[int, int]) -> tuple[int, int]:
        here_before, here_after = newer[max(0, place[0] - AROUND) : place[0]], newer[place[1] : place[1] + AROUND]
        alike = _alike(before[::-1], here_before[::-1]) + _alike(after, here_after)
        return -alike, abs(place[0] - starts_at)

    return min(found, key=unlike)


def _alike(one: str, other: str) -> int:
    """How many characters at the beginning are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _loosely(word: str) -> str:
    def one(sign: str) -> str:
        alike = next((signs for signs in LOOK_ALIKES if sign in signs), "")
        return f"[{re.escape(alike)}]" if alike else re.escape(sign)

    return "".join(one(sign) for sign in word)
