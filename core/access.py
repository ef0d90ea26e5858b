"""The access marks: every view bears exactly one, and `cohorts.middleware.AccessMiddleware` refuses a view without.

A mark only says what is asked; who holds which right is `accounts.roles`, who is who in a session `cohorts.access`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import partial
from types import MethodType
from typing import Any, TypeVar

from django.urls import URLPattern, URLResolver

View = TypeVar("View", bound=Callable[..., Any])


class Gate(Enum):
    """What a view asks of whoever comes."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    PERMITTED = "permitted"
    # Views of the admin: the admin site and its scoped model admins ask their own questions, by the same rules.
    OFFICE = "office"


@dataclass(frozen=True)
class Mark:
    """What stands on a view: the gate and, for PERMITTED, the right that is asked for."""

    gate: Gate
    perm: StrEnum | None = None


class MarkedTwice(TypeError):
    """A view bears one mark; two would leave open which of them counts."""


def mark_view(view: View, mark: Mark) -> View:
    """Put a mark on a view; raises MarkedTwice."""
    if hasattr(view, "access"):
        raise MarkedTwice(f"{view!r} already bears {view.access}")
    view.access = mark  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anybody may come."""
    return mark_view(view, Mark(Gate.PUBLIC))


def signed_in(view: View) -> View:
    """Anybody with an account; what they see is decided by `visible_to`."""
    return mark_view(view, Mark(Gate.SIGNED_IN))


def requires(perm: StrEnum) -> Callable[[View], View]:
    """Only those whose roles in the session of the address (`session_slug`) hold this right.

    Where the address names no session, a role in any session or program that holds the right will do, and the view
    narrows its rows with `visible_to`.
    """

    def decorate(view: View) -> View:
        return mark_view(view, Mark(Gate.PERMITTED, perm))

    return decorate


def mark_of(view: Callable[..., Any]) -> Mark | None:
    """The mark on a view, or None."""
    return getattr(view, "access", None)


def mark_routes(routes: Iterable[URLPattern | URLResolver], mark: Callable[[str], Mark]) -> None:
    """Put marks on the views of a library, by the name of their route; a view that bears one keeps it."""
    for route in routes:
        if isinstance(route, URLResolver):
            mark_routes(route.url_patterns, mark)
        elif mark_of(route.callback) is None:
            if isinstance(route.callback, MethodType):
                # A bound method takes no attribute.
                route.callback = partial(route.callback)
            mark_view(route.callback, mark(route.name or ""))
