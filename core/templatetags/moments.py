"""Times on a page: each bears the reader's zone, and the program's when its clock shows something else."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import clock
from core.moments import say_day, word_moment
from core.zones import as_zone, find_zone

register = template.Library()

# Set by the site's script from what the browser says; a proposal for visitors, never more than what is shown.
ZONE_COOKIE = "zone"


@register.simple_tag(takes_context=True)
def moment(
    context: Context, value: datetime | None, form: str = "long", program_zone: str | ZoneInfo | None = None
) -> SafeString | str:
    """`{% moment paper.due_at %}`, `form="short"` or `form="time"`; empty for None.

    Looks into the context for `program_zone`, `request.user.tz`, `request.now`; a template without a request gives
    `reader_zone` and `now`. On a page of a session, program time is the session's.
    """
    if value is None:
        return ""
    program = program_zone or context.get("program_zone") or zone_of_session(context)
    said = word_moment(value, reader_zone(context, program), program, now=_now(context), form=form)
    words = format_html('<time datetime="{}">{}</time>', said.machine, said.mine)
    if not said.programs:
        return words
    return format_html('{}<span class="program-time">{}</span>', words, said.programs)


@register.simple_tag(takes_context=True)
def day(context: Context, value: date | None) -> SafeString | str:
    """`{% day session.starts_on %}`: a date that belongs to no clock; empty for None."""
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), say_day(value, now=_now(context)))


def zone_of_session(context: Context) -> str | None:
    """Program time of the session that the address names."""
    session = getattr(context.get("request"), "program_session", None)
    return None if session is None else str(session.zone)


def reader_zone(context: Context, program_zone: str | ZoneInfo | None) -> ZoneInfo:
    """The clock the reader lives by: said, kept in the profile, told by the browser, the program's, or UTC."""
    if said := context.get("reader_zone"):
        return as_zone(said)
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.zone:
        return user.tz
    from_browser = find_zone(request.COOKIES.get(ZONE_COOKIE)) if request is not None else None
    return from_browser or as_zone(program_zone or "UTC")


def _now(context: Context) -> datetime:
    """Only to know whether the year goes without saying."""
    request = context.get("request")
    return getattr(request, "now", None) or context.get("now") or clock.now()
