"""Buttons that move a row up or down among its neighbours, in a list or on the page of what it is in."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString

from accounts.roles import Perm
from operations.curriculum import ModulesWouldClose, move_in_order
from programs.scoped_admin import ScopedModelAdmin, signed_in


class OrderedAdmin(ScopedModelAdmin):
    """For rows with a place among others; each button stands in the page's own form and only names another address."""

    order_perm = Perm.EDIT_CURRICULUM

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_order"
        page = path("<path:object_id>/order/<slug:way>/", self.admin_site.admin_view(self.order_view), name=name)
        return [page, *super().get_urls()]

    def order_view(self, request: HttpRequest, object_id: str, way: str) -> HttpResponse:
        """One place up or down, and back to where the button was."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self.say_gone(request, object_id)
        if not self.may(request, self.order_perm, row):
            raise PermissionDenied
        if request.method != "POST" or way not in ("up", "down"):
            return HttpResponseNotAllowed(["POST"])
        asked = signed_in(request)
        try:
            move_in_order(row=row, up=way == "up", actor=asked.user, now=asked.now)
        except ModulesWouldClose as refused:
            messages.error(request, str(refused))
        back = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
        return HttpResponseRedirect(back if is_ours else self.url_to("changelist"))

    @admin.display(description="Order")
    def order_buttons(self, row: Any) -> SafeString:
        return order_buttons(row)


def order_buttons(row: Any) -> SafeString:
    """Up and down, as buttons of the form around them."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_order"
    return format_html(
        '<span class="office-order">'
        '<button formaction="{}" formmethod="post" aria-label="Move {} up">↑</button>'
        '<button formaction="{}" formmethod="post" aria-label="Move {} down">↓</button></span>',
        reverse(name, args=[row.pk, "up"]),
        row,
        reverse(name, args=[row.pk, "down"]),
        row,
    )
