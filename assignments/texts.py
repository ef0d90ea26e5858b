"""What counts as a text: how its words are counted and by what it is recognised again."""

from hashlib import sha256
from itertools import takewhile

# Characters. A long paper has 60,000; what is longer was pasted by mistake.
LONGEST_TEXT = 500_000


def count_words(text: str) -> int:
    """Runs of anything but blanks that hold a letter or a digit; `static/js/draft.js` counts the same way."""
    return sum(any(character.isalnum() for character in run) for run in text.split())


def remark_on_length(words: int, least: int | None, most: int | None) -> str:
    """What is to be said of a text that is shorter or longer than asked; empty where it is neither. Nothing follows."""
    if least is not None and words < least:
        return f"It has {words:,} words; at least {least:,} are asked for."
    if most is not None and words > most:
        return f"It has {words:,} words; no more than {most:,} are asked for."
    return ""


def fingerprint(text: str) -> str:
    """SHA-256 of the text in UTF-8, as anybody can compute it from the file that the receipt offers."""
    return sha256(text.encode()).hexdigest()


def is_blank(text: str) -> bool:
    """Whether nothing was written."""
    return not text.strip()


def first_difference(one: str, other: str, length: int = 60) -> tuple[str, str]:
    """Where two texts part: a little of each from there on, beginning with the word in which they do."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    same = sum(1 for _ in alike)
    starts_at = max(one.rfind(" ", 0, same), one.rfind("\n", 0, same)) + 1
    ends = (
        text[starts_at : starts_at + length] + ("…" if len(text) > starts_at + length else "") for text in (one, other)
    )
    return next(ends), next(ends)


def as_counted(text: str) -> str:
    """The text with its line ends as the browser counts them when it keeps to `maxlength`; it sends two signs each."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def storable(text: str) -> str:
    """The text without what no database takes: NUL, and halves of characters."""
    return text.replace("\x00", "").encode(errors="ignore").decode()
