"""What a notice's scope is called; the app that owns the rows behind it says so."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """A scope for people, and as one word for headers."""

    name: str
    slug: str


Finder = Callable[[Collection[int]], dict[int, Named]]

_finders: dict[str, Finder] = {}


def register_scope(sort: str, find: Finder) -> None:
    """Say how scopes of a sort ("session" of "session:12") are named, many at once."""
    if _finders.setdefault(sort, find) is not find:
        raise ValueError(f"Two apps name the scopes called {sort}.")


def named(scopes: Iterable[str]) -> dict[str, Named]:
    """Those that are known to somebody. One query for each sort."""
    by_sort: dict[str, set[int]] = {}
    for scope in scopes:
        sort, _, pk = scope.partition(":")
        if sort in _finders and pk.isdecimal():
            by_sort.setdefault(sort, set()).add(int(pk))
    found: dict[str, Named] = {}
    for sort, pks in by_sort.items():
        found |= {f"{sort}:{pk}": one for pk, one in _finders[sort](pks).items()}
    return found
