from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver

from accounts.roles import Perm
from core.admin_site import DirectorAdminSite
from dashboards.office_desk import in_need_first, programs_without_director, sessions_on_desk
from notifications.standing import why_mails_stop
from programs.scoped_admin import ScopedModelAdmin, may_somewhere, signed_in

LEFT_OUT = {"view_on_site", "password_change", "password_change_done"}
# What there is, in the order in which one thinks of it; what is named nowhere comes at the end.
GROUPS = (
    ("Programs", ("program", "programversion", "session", "appointment")),
    ("Curriculum", ("module", "item", "assignment")),
    ("People", ("enrollment", "section", "meeting", "extension", "user")),
    ("Records", ("notice", "entry", "job")),
)
WORDS = {
    "programversion": "Program files",
    "appointment": "Staff",
    "enrollment": "Places of participants",
    "user": "Everybody",
    "notice": "What was sent",
    "entry": "What was done",
}


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
        desk["groups"] = self.groups_for(request)
        desk["mails_stop"] = why_mails_stop()
        if asked.user.is_superuser:
            desk["undirected"] = programs_without_director()
        return super().index(request, {**desk, **(extra_context or {})})

    def groups_for(self, request: HttpRequest) -> list[tuple[str, list[dict[str, Any]]]]:
        """The lists that this reader may open, by what they are about."""
        lists = {
            row["model"]._meta.model_name: row | {"name": WORDS.get(row["model"]._meta.model_name, row["name"])}
            for app in self.get_app_list(request)
            for row in app["models"]
        }
        groups = [(title, [lists.pop(name) for name in names if name in lists]) for title, names in GROUPS]
        return [(title, rows) for title, rows in [*groups, ("Further", list(lists.values()))] if rows]

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only what is scoped: libraries offer their own tables too, secrets of the second step among them."""
        if admin_class is not None and issubclass(admin_class, ScopedModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without the way from any kind and number to a page, which would tell which numbers exist, and without a
        second page for passwords: the account pages ask once more who it is, and tell the owner."""
        return [route for route in super().get_urls() if getattr(route, "name", None) not in LEFT_OUT]
