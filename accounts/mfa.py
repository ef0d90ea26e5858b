"""Whoever sees other people's work or data signs in with more than a password."""

from typing import TYPE_CHECKING

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from accounts.roles import GRANTS, Perm, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# What a participant may do as well asks nobody for a second step.
OPEN_WITH_A_PASSWORD: frozenset[Perm] = GRANTS[Role.PARTICIPANT] | GRANTS[Role.OBSERVER]


def must_set_up(user: "User | AnonymousUser") -> bool:
    """Whether this person has yet to set up a second step before acting as staff. One query where it is compulsory."""
    return bool(settings.STAFF_MUST_HAVE_MFA) and user.is_authenticated and not is_mfa_enabled(user)


def send_to_set_up(request: HttpRequest) -> HttpResponseRedirect:
    """To the page where it is set up, with the reason."""
    messages.warning(
        request, "Set up an authenticator app or a passkey first: staff pages need more than a password to sign in."
    )
    return redirect("mfa_index")
