from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver

from accounts.roles import Perm
from core.admin_site import DirectorAdminSite
from dashboards.office_desk import in_need_first, programs_without_director, sessions_on_desk
from programs.scoped_admin import ScopedModelAdmin, may_somewhere, signed_in


class Office(DirectorAdminSite):
    """The program office: open to those whose appointment works there, and to the operator."""

    index_title = "The program office"
    index_template = "office/desk.html"
    # Its lists are reached from the desk; a tree of all models beside every page helps nobody find a person.
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return may_somewhere(request, Perm.USE_OFFICE)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The desk: what needs a hand comes before the list of everything."""
        asked = signed_in(request)
        desk: dict[str, Any] = {"desk": in_need_first(sessions_on_desk(asked.user, asked.now))}
        if asked.user.is_superuser:
            desk["undirected"] = programs_without_director()
        return super().index(request, {**desk, **(extra_context or {})})

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only what is scoped: libraries offer their own tables too, secrets of the second step among them."""
        if admin_class is not None and issubclass(admin_class, ScopedModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without the way from any kind and number to a page: it would tell which numbers exist."""
        return [route for route in super().get_urls() if getattr(route, "name", None) != "view_on_site"]
