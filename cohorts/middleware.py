from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from accounts import mfa
from accounts.roles import Perm
from cohorts.access import find_session, perms_anywhere
from core.access import Gate, Mark, mark_of
from core.refusals import sign_in_first
from programs.models import Session


class UnmarkedView(RuntimeError):
    """A view without an access mark: nobody gets in, and the test of all routes fails."""


class AccessMiddleware:
    """Asks every view's mark before it runs; a view without one is refused.

    Where the address names a session, sets `request.program_session` and `request.membership`. Not a member: 404, so
    that nobody learns what exists. A member without the right: 403. Nobody signed in: the sign-in page. Staff who have
    yet to set up a second step: there, before any staff page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Let the view run (None), or answer in its place."""
        mark = mark_of(view)
        if mark is None:
            raise UnmarkedView(f"{view.__module__}.{getattr(view, '__name__', view)} bears no access mark")
        if mark.gate is Gate.PUBLIC:
            return None
        if needs_second_step(mark) and mfa.must_set_up(request.user):
            return mfa.send_to_set_up(request)
        if mark.gate is Gate.OFFICE:
            return None
        if not request.user.is_authenticated:
            return sign_in_first(request)
        if "session_slug" in kwargs:
            return enter_session(request, kwargs["session_slug"], mark)
        if mark.gate is Gate.PERMITTED and mark.perm not in perms_anywhere(request.user):
            raise Http404
        return None


def needs_second_step(mark: Mark) -> bool:
    """Whether what is asked for is more than a participant may do."""
    return mark.gate is Gate.OFFICE or (mark.gate is Gate.PERMITTED and mark.perm not in mfa.OPEN_WITH_A_PASSWORD)


def enter_session(request: HttpRequest, slug: str, mark: Mark) -> HttpResponse | None:
    """Set the request's session and membership, or refuse."""
    try:
        session, membership = find_session(slug, request.user, request.now)  # type: ignore[arg-type,attr-defined]
    except Session.DoesNotExist:
        raise Http404 from None
    if not membership:
        if membership.is_invited:
            return redirect("dashboards:home")
        raise Http404
    if mark.gate is Gate.PERMITTED:
        if not isinstance(mark.perm, Perm):
            raise UnmarkedView(f"{mark} names no right")
        if not membership.may(mark.perm):
            raise PermissionDenied
    request.program_session = session  # type: ignore[attr-defined]
    request.membership = membership  # type: ignore[attr-defined]
    return None
