from django.contrib.admin import AdminSite
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
