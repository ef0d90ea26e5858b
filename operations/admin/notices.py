"""The ledger of notices: what each said, what became of it, and why."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.roles import Perm
from notifications.gate import PAUSED_SINCE
from notifications.inbox import name_of, read_notices
from notifications.models import ACCOUNT_MAIL, Lane, Notice
from notifications.models.notice import of_them
from operations.admin.ledgers import SessionOfScope, scopes_for
from programs.models import Session
from programs.scoped_admin import ScopedModelAdmin, for_reader, say_time, signed_in

OF_SIGNING_IN = "It is not kept: it was about signing in."
CONFIDENTIAL = "It is for its reader alone."
NOT_YET = "Nothing yet: it is written when its time comes."
NOTHING = "Nothing any more: what it was to tell is no longer so, and its words were not kept."


def with_pause(notices: QuerySet[Notice]) -> QuerySet[Notice]:
    """With `paused_since`, the moment since which mails are paused."""
    return notices.annotate(paused_since=PAUSED_SINCE)


def say_what(row: Notice) -> str:
    """What it is, as its reader calls it where they choose their mails: "Reminders of deadlines", "Their week"."""
    return row.title if row.kind == ACCOUNT_MAIL else of_them(name_of(row))


def say_fate(row: Notice, request: HttpRequest) -> SafeString | str:
    """What became of it, in one sentence; of one that waits, what it waits for. Its row comes from `with_pause`."""
    now: datetime = signed_in(request).now
    if row.status != Notice.Status.WAITING or row.send_at > now:
        return row.explanation_for_office()
    paused_since: datetime | None = row.paused_since  # type: ignore[attr-defined]
    if paused_since is not None and row.lane != Lane.ACCOUNT:
        said = say_time(paused_since, request, None, form="short")
        return format_html("Waits: mails are paused since {}. It goes when they go on.", said)
    if row.waits_until is not None and row.waits_until > now:
        return format_html("Waits for the mail of the day, {}.", say_time(row.waits_until, request, None, form="short"))
    return "Its time has come, and it is tried again." if row.attempts else "Its time has come, and it goes next."


def say_told(row: Notice, request: HttpRequest) -> SafeString | str:
    """Its subject and text as its reader finds them in the inbox, where the office may read them."""
    now = signed_in(request).now
    if row.kind == ACCOUNT_MAIL:
        return OF_SIGNING_IN
    if row.told is None and row.send_at > now:
        return NOT_YET
    for line in read_notices([row], now):
        if line.words.is_confidential:
            return CONFIDENTIAL
        if line.html:
            return SafeString(render_to_string("office/told.html", {"line": line}))
    return NOTHING


@admin.register(Notice)
class NoticeAdmin(ScopedModelAdmin):
    """Each notice with what became of it, and what it said."""

    view_perm = Perm.VIEW_NOTICES
    time_labels = {"send_at": "When", "expires_at": "Of use until", "accepted_at": "Taken by the mail server"}
    list_display = ("send_at", "what", "to", "became")
    list_filter = ("status", "lane", SessionOfScope)
    search_fields = ("recipient__name", "recipient__email", "address", "kind")
    ordering = ("-send_at", "-pk")
    show_full_result_count = False
    fields = (
        "what",
        "to",
        "send_at",
        "expires_at",
        "accepted_at",
        "became",
        "says",
        "attempts",
        "answer",
    )

    def granting(self, user: Any, perm: Perm) -> QuerySet[Notice]:
        if user.is_superuser and perm == self.view_perm:
            return Notice.objects.all()
        return Notice.objects.filter(scopes_for(user, perm))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        return with_pause(super().get_queryset(request)).select_related("recipient").defer("sealed_mail", "told")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row: Notice = kwargs["obj"]
        title = f"{say_what(row)}, to {row.recipient or row.address}: {row.get_status_display()}"
        return super().render_change_form(request, context | {"title": title, "subtitle": None}, *args, **kwargs)

    @admin.display(description="What")
    def what(self, row: Notice) -> str:
        return say_what(row)

    @admin.display(description="What became of it")
    @for_reader
    def became(self, row: Notice, request: HttpRequest) -> SafeString | str:
        return say_fate(row, request)

    @admin.display(description="What it says")
    @for_reader
    def says(self, row: Notice, request: HttpRequest) -> SafeString | str:
        return say_told(row, request)

    @admin.display(description="The mail server said")
    def answer(self, row: Notice) -> str:
        return " ".join(str(part) for part in (row.smtp_code, row.smtp_text) if part)

    @admin.display(description="To")
    def to(self, row: Notice) -> str:
        return f"{row.recipient} <{row.recipient.email}>" if row.recipient else row.address

    def session_of(self, row: Any) -> Session | None:
        return None
