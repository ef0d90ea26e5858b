from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.roles import Perm

register = template.Library()

# In the order of the bar: what it says, where it leads, and the rights of which one opens it.
PAGES: tuple[tuple[str, str, frozenset[Perm]], ...] = (
    ("This week", "dashboards:week", frozenset({Perm.VIEW_SESSION})),
    ("Modules", "dashboards:module-list", frozenset({Perm.VIEW_SESSION})),
    ("Assignments", "assignments:assignment-list", frozenset({Perm.VIEW_SESSION, Perm.READ_OWN_WORK})),
    ("Desk", "assignments:desk-queue", frozenset({Perm.READ_PAPERS})),
    ("Queues", "assignments:desk-all", frozenset({Perm.WATCH_QUEUES})),
    ("People", "cohorts:people-list", frozenset({Perm.VIEW_SESSION})),
    ("Meetings", "cohorts:meeting-list", frozenset({Perm.VIEW_SESSION})),
    ("Announcements", "announcements:announcement-list", frozenset({Perm.VIEW_SESSION})),
    ("Coaching", "coaching:slot-list", frozenset({Perm.DO_WORK, Perm.COACH})),
)


@register.simple_tag(takes_context=True)
def session_nav(context: Context) -> SafeString:
    """The bar on every page of a session: its pages as far as the reader's roles open them, the current one marked."""
    request: HttpRequest = context["request"]
    session, membership = request.program_session, request.membership  # type: ignore[attr-defined]
    pages = [
        (reverse(name, kwargs={"session_slug": session.slug}), words)
        for words, name, rights in PAGES
        if rights & membership.perms
    ]
    current = current_of(request.path, [url for url, _ in pages], first=reverse(PAGES[0][1], args=[session.slug]))
    links = [(url, mark_current(request.path, url) if url == current else "", words) for url, words in pages]
    return format_html(
        '<nav class="session-nav" aria-label="{}"><div class="frame">{}</div></nav>',
        session,
        format_html_join("", '<a href="{}"{}>{}</a>', links),
    )


def current_of(path: str, urls: list[str], *, first: str) -> str:
    """The one of them that is this page or that it belongs to; the closest where one lies inside another."""
    around = [url for url in urls if path == url or (url != first and path.startswith(url))]
    return max(around, key=len, default="")


def mark_current(path: str, url: str) -> SafeString:
    """The current page, or the part of the session that it belongs to."""
    return SafeString(' aria-current="page"' if path == url else ' aria-current="true"')
