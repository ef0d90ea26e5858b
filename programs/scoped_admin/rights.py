from typing import cast

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.http import SignedInRequest
from accounts.models import User
from accounts.roles import GRANTS, Perm, Role, granted
from programs.models import Session


def signed_in(request: HttpRequest) -> SignedInRequest:
    """The same request: the office let somebody in, and the clock's middleware has frozen the moment."""
    return cast(SignedInRequest, request)


def may_somewhere(request: HttpRequest, perm: Perm) -> bool:
    """Whether any row could be theirs: decides which lists are offered, never which rows. One query per request."""
    return perm in _perms_in_office(request)


def sessions_for(user: User, perm: Perm) -> QuerySet[Session]:
    """Sessions whose office the person works in, with this right there; a subquery.

    Both are asked: a head teaching fellow of one session who is coordinator of another does not see the first here.
    """
    return Session.objects.granting(user, Perm.USE_OFFICE).granting(user, perm)


def is_operators(user: User, perm: Perm) -> bool:
    """Whether the operator's role alone gives the right, which is then not bound to any session."""
    return user.is_superuser and perm in GRANTS[Role.OPERATOR]


def holds_over(request: HttpRequest, rows: QuerySet[models.Model], row: models.Model, perm: Perm) -> bool:
    """Whether the row is among those of the right; asked once per request and row."""
    asked: dict[tuple[str, object, Perm], bool] = request.__dict__.setdefault("rights_asked", {})
    key = (row._meta.label, row.pk, perm)
    if key not in asked:
        asked[key] = rows.filter(pk=row.pk).exists()
    return asked[key]


def _perms_in_office(request: HttpRequest) -> frozenset[Perm]:
    if "perms_in_office" not in request.__dict__:
        request.__dict__["perms_in_office"] = _read_perms(request)
    perms: frozenset[Perm] = request.__dict__["perms_in_office"]
    return perms


def _read_perms(request: HttpRequest) -> frozenset[Perm]:
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    roles = {Role(value) for value in user.appointments.values_list("role", flat=True)}
    if user.is_superuser:
        roles.add(Role.OPERATOR)
    perms = granted(frozenset(roles))
    return perms if Perm.USE_OFFICE in perms else frozenset()
