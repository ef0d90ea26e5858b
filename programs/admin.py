from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.roles import Perm
from programs.models import Credit, Program
from programs.scoped_admin import ScopedInline, ScopedModelAdmin, may_somewhere, sessions_for, signed_in
from programs.services import create_program


class CreditInline(ScopedInline):
    """Names for the catalogue."""

    model = Credit
    verbose_name_plural = "Named in the catalogue (names, not accounts)"


@admin.register(Program)
class ProgramAdmin(ScopedModelAdmin):
    """What is taught. Seen by whoever works in the office of it or of one of its sessions, changed by its directors."""

    change_perm = Perm.MANAGE_SESSION
    list_display = ("title", "code", "is_listed", "office_email")
    fields = ("title", "code", "slug", "office_email", "is_listed", "position")
    added_by_service = True
    # Addresses and receipts bear them.
    fixed_fields = ("code", "slug")
    inlines = (CreditInline,)

    def granting(self, user: Any, perm: Perm) -> QuerySet[Program]:
        own = Q(pk__in=Program.objects.granting(user, Perm.USE_OFFICE).granting(user, perm).values("pk"))
        if perm == self.view_perm:
            own |= Q(pk__in=sessions_for(user, perm).values("program_id"))
            if user.is_superuser:
                own = Q()
        return Program.objects.filter(own)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever directs a program may begin another one, and so may the operator."""
        return may_somewhere(request, Perm.MANAGE_SESSION) or may_somewhere(request, Perm.APPOINT_DIRECTORS)

    def save_model(self, request: HttpRequest, obj: Program, form: Any, change: bool) -> None:
        if change:
            obj.save()
        else:
            create_program(program=obj, actor=signed_in(request).user, now=signed_in(request).now)
