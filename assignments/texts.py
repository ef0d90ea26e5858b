"""What counts as a text: how its words are counted and by what it is recognised again."""

from hashlib import sha256

# Characters. A long paper has 60,000; what is longer was pasted by mistake.
LONGEST_TEXT = 500_000


def count_words(text: str) -> int:
    """Runs of anything but blanks that hold a letter or a digit; `static/js/draft.js` counts the same way."""
    return sum(any(character.isalnum() for character in run) for run in text.split())


def fingerprint(text: str) -> str:
    """SHA-256 of the text in UTF-8, as anybody can compute it from the file that the receipt offers."""
    return sha256(text.encode()).hexdigest()


def is_blank(text: str) -> bool:
    """Whether nothing was written."""
    return not text.strip()


def storable(text: str) -> str:
    """The text without what no database takes: NUL, and halves of characters."""
    return text.replace("\x00", "").encode(errors="ignore").decode()
