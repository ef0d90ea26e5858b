from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import User, in_lists
from accounts.roles import Perm
from operations.admin.account_acts import account_acts
from operations.admin.person_page import earlier_names
from programs.models import Program, Session
from programs.scoped_admin import ScopedModelAdmin, may_somewhere, sessions_for


@admin.register(User)
class PersonAdmin(ScopedModelAdmin):
    """People of the office's own sessions, participants and staff; for the operator everybody.

    What a person says about themselves is theirs to change, so nothing is typed here.
    """

    view_perm = Perm.VIEW_PEOPLE
    list_display = ("name", "email", "zone", "last_login", "first_steps_at", "is_active")
    list_filter = ("is_staff",)
    time_labels = {"last_login": "Last sign-in", "first_steps_at": "First steps done", "joined_at": "Account made"}
    search_fields = ("name", "email")
    ordering = (in_lists(), "pk")
    fields = (
        "name", "email", "addressed_as", "certificate_name", "earlier", "pronouns", "zone", "joined_at", "last_login",
        "first_steps_at", "is_staff", "is_active",
    )  # fmt: skip
    acts = account_acts(lambda row: row)

    def granting(self, user: Any, perm: Perm) -> QuerySet[User]:
        if user.is_superuser:
            return User.objects.all()
        sessions = sessions_for(user, perm)
        programs = Program.objects.granting(user, Perm.USE_OFFICE).granting(user, perm)
        staff = Q(appointments__session__in=sessions) | Q(appointments__program__in=programs)
        theirs = Q(enrollments__session__in=sessions) | Q(fellowships__section__session__in=sessions) | staff
        return User.objects.filter(pk__in=User.objects.filter(theirs).order_by().values("pk"))

    def may(self, request: HttpRequest, perm: Perm | None, row: Any) -> bool:
        if row is None and perm == self.view_perm and may_somewhere(request, Perm.APPOINT_DIRECTORS):
            return True
        return super().may(request, perm, row)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def session_of(self, row: Any) -> Session | None:
        return None

    def audit_scope(self, row: Any) -> str:
        return ""

    @admin.display(description="Earlier names")
    def earlier(self, row: User) -> str:
        return ", ".join(earlier_names(row)) or "None recorded"
