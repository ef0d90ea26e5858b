"""All routes of the site, as the resolver knows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    """A pattern with the name under which the table speaks of it."""

    name: str
    pattern: str
    view: object
    parts: tuple[str, ...] = ()

    @property
    def is_named(self) -> bool:
        return not self.name.startswith("/")


def all_routes() -> list[Route]:
    """Every route once; one without a name goes by its pattern."""
    return list(walk(get_resolver().url_patterns))


def walk(
    patterns: list[URLPattern | URLResolver], prefix: str = "", space: str = "", outer: tuple[str, ...] = ()
) -> Iterator[Route]:
    """The routes below these patterns."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from walk(pattern.url_patterns, path, inner, (*outer, *pattern.pattern.regex.groupindex))
        else:
            # Parts that a pattern fills in itself are no part of the address.
            parts = tuple(name for name in pattern.pattern.regex.groupindex if name not in pattern.default_args)
            name = space + pattern.name if pattern.name else f"/{path}"
            yield Route(name, path, pattern.callback, (*outer, *parts))
