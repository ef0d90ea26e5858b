"""What was read of a paper’s text a moment ago: a page shows the same text in several places."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Read = TypeVar("Read")

# What is read of a text takes some forty bytes for each of its characters. A paper of five thousand words is shorter;
# a longer text is read again each time, so that a few of them fill no worker’s memory.
LONGEST, MOST = 30_000, 32


def remembered(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """Remember what was read of the last texts that are no longer than a paper."""
    of_short = lru_cache(maxsize=MOST)(read)

    @wraps(read)
    def asked(text: str) -> Read:
        return of_short(text) if len(text) <= LONGEST else read(text)

    return asked
