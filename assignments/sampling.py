"""Drawing some of many papers, evenly over sections and readers, so that the same seed draws the same ones again."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class Candidate:
    """A paper that could be drawn, and who could read it a second time."""

    paper: int
    # What stands for it in the draw: it never changes, and says nothing of the paper.
    receipt: str
    section: int | None
    reader: int
    possible: frozenset[int]


def draw(candidates: Iterable[Candidate], count: int, seed: str) -> list[Candidate]:
    """So many of them, or all there are. No section has two more than another that still had some to give, nor has a
    reader of the same section."""
    left = sorted(candidates, key=lambda one: _lot(seed, one.receipt))
    of_section: Counter[int | None] = Counter()
    of_reader: Counter[int] = Counter()
    drawn: list[Candidate] = []
    while left and len(drawn) < count:
        # The first of the least: the order of the lots decides between those that are even.
        chosen = min(left, key=lambda one: (of_section[one.section], of_reader[one.reader]))
        left.remove(chosen)
        of_section[chosen.section] += 1
        of_reader[chosen.reader] += 1
        drawn.append(chosen)
    return drawn


def share_out(drawn: Sequence[Candidate], seed: str) -> list[tuple[Candidate, int]]:
    """Each with whoever reads it a second time: of those who can, the one with the fewest so far.

    Papers that few can read come first, so that the shares stay even.
    """
    shares: Counter[int] = Counter()
    found: dict[Candidate, int] = {}
    for one in sorted(drawn, key=lambda one: (len(one.possible), _lot(seed, one.receipt))):
        reader = min(one.possible, key=lambda user: (shares[user], _lot(seed, f"{one.receipt} {user}")))
        shares[reader] += 1
        found[one] = reader
    while move := _evens_out(found, shares):
        one, reader = move
        shares[found[one]] -= 1
        shares[reader] += 1
        found[one] = reader
    return list(found.items())


def _evens_out(found: dict[Candidate, int], shares: Counter[int]) -> tuple[Candidate, int] | None:
    """A paper that somebody with two more than another could leave to them; None: the shares are as even as may be."""
    for one, reader in found.items():
        least = min(one.possible, key=lambda user: (shares[user], user))
        if shares[reader] - shares[least] > 1:
            return one, least
    return None


def _lot(seed: str, what: str) -> bytes:
    return sha256(f"{seed} {what}".encode()).digest()
