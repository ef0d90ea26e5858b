"""Writes the mail that tells one or several notices to one person, by that person's clocks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from core.languages import spoken, spoken_template
from notifications.addresses import Undeliverable, address_line, checked_line, deliverable
from notifications.choices import link_to_stop, topics_of
from notifications.kinds import Described, Kind, kind_of
from notifications.models import Notice
from notifications.returns import return_address
from notifications.scopes import Named

LONGEST_NAME = 60
LONGEST_SUBJECT = 150
LONGEST_LINE = 1000
MOST_WHO_ANSWER = 3
# What must not stand in a header: line breaks of any script, and marks that turn the direction of writing.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
NAMED = re.compile(r"“[^”]*”|«[^»]*»")
MANY_EMPTY_LINES = re.compile(r"\n\s*\n\s*\n")


@dataclass(kw_only=True)
class Letter:
    """One mail: the message (None when nothing could be written), and per notice what it says or what went wrong."""

    message: EmailMultiAlternatives | None = None
    said: "dict[int, Passage]" = field(default_factory=dict)
    troubles: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """One notice within a mail."""

    subject: str
    text: str
    html: str
    why: str
    # The same as a sentence.
    reason: str
    # The same for the record, which the office reads: in the site's language.
    recorded_why: str
    language: str
    url: str
    action: str
    reply_to: str
    within: Named | None
    is_confidential: bool


def write_letter(notices: Sequence[Notice], described: Mapping[int, Described], *, now: datetime) -> Letter:
    """The mail for notices to one recipient, in their order. What cannot be written is set aside as trouble.

    Two of a kind about the same thing (72 and 24 hours before, after a standstill) are told once, as the later one.
    Written in the language that its recipient chose.
    """
    recipient = notices[0].recipient
    with spoken(recipient.language if recipient else ""):
        return _write_letter(notices, described, now)


def _write_letter(notices: Sequence[Notice], described: Mapping[int, Described], now: datetime) -> Letter:
    try:
        deliverable(notices[0].mail_address)
    except Undeliverable as error:
        return _unwritten(notices, str(error))
    letter = Letter()
    passages: list[Passage] = []
    for same in _by_thing(notices):
        latest = max(same, key=lambda notice: (notice.send_at, notice.pk))
        try:
            passage = write_passage(latest, described[latest.pk], now)
        except Exception as error:  # whatever a template or its context can raise
            letter.troubles |= _unwritten(same, f"its text could not be written: {error!r}").troubles
        else:
            letter.said |= {notice.pk: passage for notice in same}
            passages.append(passage)
    if passages:
        try:
            letter.message = _write_message([one for one in notices if one.pk in letter.said], passages, now)
        except Exception as error:  # it would take the whole batch with it, again and again
            return _unwritten(notices, f"its text could not be written: {error!r}")
    return letter


def _unwritten(notices: Sequence[Notice], trouble: str) -> Letter:
    return Letter(troubles=dict.fromkeys((notice.pk for notice in notices), trouble))


def one_line(text: str, longest: int) -> str:
    """Text that may stand in a header: on one line, without control characters, not too long."""
    line = " ".join(UNPRINTABLE.sub(" ", text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _by_thing(notices: Sequence[Notice]) -> list[list[Notice]]:
    things: dict[tuple[str, str, int], list[Notice]] = {}
    for notice in notices:
        thing = (notice.kind, notice.object_type, notice.object_id or notice.pk)
        things.setdefault(thing, []).append(notice)
    return list(things.values())


def write_passage(notice: Notice, told: Described, now: datetime) -> Passage:
    """One notice in its own words, for a mail or a page. Raises whatever its templates can raise."""
    kind = kind_of(notice)
    context = _surroundings(notice, now) | {"notice": notice, **told.context}
    url = f"{settings.SITE_URL}{told.path}" if told.path else ""
    with spoken(settings.LANGUAGE_CODE):
        recorded_why = _say_why(kind, context)
    why = _say_why(kind, context)
    return Passage(
        subject=one_line(_say_line(gettext(kind.subject), context), LONGEST_SUBJECT),
        text=_render_text(f"{kind.template}.txt", context),
        html=_render_html(f"{kind.template}.html", context),
        why=why,
        reason=_say_reason([why]),
        recorded_why=recorded_why,
        language=get_language() or settings.LANGUAGE_CODE,
        url=url,
        action=gettext(told.action) if told.action else "",
        reply_to=str(told.reply_to),
        within=told.within,
        is_confidential=told.is_confidential,
    )


def _say_why(kind: Kind, context: dict[str, Any]) -> str:
    return one_line(_say_line(gettext(kind.why), context), LONGEST_LINE)


def _say_reason(whys: Iterable[str]) -> str:
    return gettext("You receive this because {whys}.").format(whys=gettext("; because ").join(whys))


def _surroundings(notice: Notice, now: datetime) -> dict[str, Any]:
    """What every template of a mail may use."""
    recipient = notice.recipient
    surroundings: dict[str, Any] = {
        "recipient": recipient,
        "now": now,
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "LANGUAGE": get_language(),
        "site": {"name": settings.SITE_NAME, "url": settings.SITE_URL},
    }
    # Who has not said a zone reads program time, as on the page.
    return surroundings | ({"reader_zone": recipient.tz} if recipient and recipient.zone else {})


def _write_message(notices: list[Notice], passages: list[Passage], now: datetime) -> EmailMultiAlternatives:
    notice = notices[0]
    subject = passages[0].subject
    if len(passages) > 1:
        more = gettext(", and {number} more").format(number=len(passages) - 1)
        subject = one_line(subject, LONGEST_SUBJECT - len(more)) + more
    reason = _say_reason(_each_once(passage.why for passage in passages))
    stop_url = _link_to_stop(notices)
    context = _surroundings(notice, now) | {
        "subject": subject,
        "passages": passages,
        "reason": reason,
        "stop_url": stop_url,
        "choices_url": settings.SITE_URL + reverse("dashboards:mail-choices") if notice.recipient else "",
    }
    message = EmailMultiAlternatives(
        subject=subject,
        body=_render_text("mail/frame.txt", context),
        # The envelope's; the header is written below.
        from_email=return_address(notice) or settings.DEFAULT_FROM_EMAIL,
        to=[deliverable(notice.mail_address)],
        reply_to=_who_answers(passages),
        headers={
            "From": settings.DEFAULT_FROM_EMAIL,
            "To": _address_line(notice),
            "Message-ID": notice.message_id or notice.first_message_id(),
            "Date": format_datetime(now),
            "List-Id": _list_id(passages),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            **_one_click(stop_url),
        },
    )
    message.attach_alternative(_render_html("mail/frame.html", context), "text/html")
    return message


def _each_once(whys: Iterable[str]) -> list[str]:
    """The reasons in their order; those that differ by what they name between quotation marks are one, with all names:
    you handed in “One”, “Two” in this program."""
    named: dict[str, tuple[str, list[str]]] = {}
    for why in whys:
        names = NAMED.findall(why)
        # By two names nobody could tell which belong together.
        pattern = NAMED.sub("“”", why) if len(names) == 1 else why
        named.setdefault(pattern, (why, []))[1].extend(name for name in names if name not in named[pattern][1])
    said = []
    for pattern, (why, names) in named.items():
        before, mark, after = pattern.partition("“”")
        said.append(f"{before}{', '.join(names)}{after}" if mark and names else why)
    return said


def _address_line(notice: Notice) -> str:
    name = one_line(notice.recipient.name, LONGEST_NAME) if notice.recipient else ""
    return address_line(name, notice.mail_address)


def _link_to_stop(notices: list[Notice]) -> str:
    """Where the optional kinds in this mail are switched off; empty when there are none."""
    topics = topics_of(notices)
    return link_to_stop(notices[0].recipient, topics) if topics and notices[0].recipient else ""


def _one_click(stop_url: str) -> dict[str, str]:
    """RFC 8058: mail programs show a button that posts to the address, without anybody signing in."""
    if not stop_url:
        return {}
    return {"List-Unsubscribe": f"<{stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _list_id(passages: list[Passage]) -> str:
    """RFC 2919, for people's own folders: one list per session; a mail about several is the site's."""
    within = {passage.within for passage in passages}
    session = within.pop() if len(within) == 1 else None
    name = one_line(session.name if session else settings.SITE_NAME, LONGEST_NAME)
    list_id = f"<{f'{session.slug}.' if session else ''}notices.{settings.SITE_HOST}>"
    return f"{name} {list_id}" if name.isascii() else list_id


def _who_answers(passages: list[Passage]) -> list[str]:
    named = (checked_line(one_line(passage.reply_to, LONGEST_LINE)) or settings.OFFICE_EMAIL for passage in passages)
    return list(dict.fromkeys(named))[:MOST_WHO_ANSWER]


def _render_html(name: str, context: dict[str, Any]) -> SafeString:
    return _template(name).render(Context(context))


def _render_text(name: str, context: dict[str, Any]) -> str:
    """Plain text: nothing is escaped, and what a template leaves empty leaves no hole."""
    text = _template(name).render(Context(context, autoescape=False))
    return MANY_EMPTY_LINES.sub("\n\n", text).strip() + "\n"


def _template(name: str) -> Template:
    return get_template(spoken_template(name)).template  # type: ignore[attr-defined]


@lru_cache(maxsize=256)
def _line_template(source: str) -> Template:
    return Template("{% load mails %}" + source)


def _say_line(source: str, context: dict[str, Any]) -> str:
    return _line_template(source).render(Context(context, autoescape=False))
