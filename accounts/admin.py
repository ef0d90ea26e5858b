from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from accounts.models import User


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Accounts, for operators alone; the office works with the people of its own programs."""

    list_display = ["email", "name", "zone", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    filter_horizontal = []
    readonly_fields = ["last_login", "joined_at", "first_steps_at"]
    fieldsets = [
        (None, {"fields": ["email", "password", "name", "addressed_as", "certificate_name", "sort_key", "pronouns"]}),
        ("Time", {"fields": ["zone"]}),
        ("What others may see", {"fields": ["shows_email", "shows_zone"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("When", {"fields": ["joined_at", "first_steps_at", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name", "usable_password", "password1", "password2"]})]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody is deleted: work, records and certificates point to them."""
        return False
