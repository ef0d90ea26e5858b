from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from core.access import Gate, Mark, mark_routes


class DirectorAdminSite(AdminSite):
    """The program directors' desk. Its rows are scoped by the same `visible_to` as every page."""

    site_header = "Program office"
    site_title = "Program office"
    index_title = "Your programs"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The admin asks its own questions (`has_permission`, scoped querysets), so its views bear one mark."""
        routes = super().get_urls()
        mark_routes(routes, lambda name: Mark(Gate.OFFICE))
        return routes

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The one sign-in page, with its rate limits and its second step; signed in without the right: 403."""
        return secure_admin_login(super().login)(request, extra_context)
