"""A small admin of the tests' own, with its addresses: sessions with their breaks, and people."""

from django import forms
from django.contrib import admin
from django.urls import path

from accounts.models import User
from audit.admin import AuditedAdmin
from config import urls as site_urls
from core.access import Gate, Mark, mark_routes
from programs.models import Break, Program, Session


class Office(admin.AdminSite):
    def get_urls(self):
        routes = super().get_urls()
        mark_routes(routes, lambda name: Mark(Gate.OFFICE))
        return routes


class BreakInline(admin.TabularInline):
    model = Break
    extra = 0


class SessionForm(forms.ModelForm):
    reason = forms.CharField(required=False)
    colour = forms.CharField(required=False)

    class Meta:
        model = Session
        fields = ["label", "zone", "starts_on", "capacity", "program"]


class SessionAdmin(AuditedAdmin, admin.ModelAdmin):
    form = SessionForm
    inlines = [BreakInline]


class UserAdmin(AuditedAdmin, admin.ModelAdmin):
    list_display = ["email", "name"]
    list_editable = ["name"]
    fields = ["email", "name", "pronouns", "groups", "password", "first_steps_at"]
    readonly_fields = ["first_steps_at"]
    private_fields = ["pronouns"]


office = Office(name="admin")
office.register(Session, SessionAdmin)
office.register(User, UserAdmin)
office.register(Program, type("ProgramAdmin", (AuditedAdmin, admin.ModelAdmin), {}))

urlpatterns = [
    path("office/", office.urls),
    *(route for route in site_urls.urlpatterns if str(route.pattern) != "office/"),
]
