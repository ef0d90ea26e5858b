"""The demo's mails, as its mail server keeps them: one file each, whose name sorts by arrival."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import DateHeader
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default as policy
from pathlib import Path

import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

NAME = re.compile(r"[0-9A-Za-z-]{1,80}")
MOST_SHOWN = 200
TAGS = {"p", "br", "a", "h1", "h2", "h3", "ul", "ol", "li", "strong", "em", "b", "i", "blockquote", "time", "span"}


@dataclass(frozen=True)
class DemoMail:
    """One mail on the page."""

    name: str
    to: str
    recipient: str
    sender: str
    reply_to: str
    subject: str
    sent_at: datetime | None
    text: str = ""
    html: SafeString | str = ""


def newest_mails(recipient: str = "") -> list[DemoMail]:
    """The newest first, without their bodies; those to addresses that hold `recipient`, if it is given."""
    wanted = recipient.strip().lower()
    found: list[DemoMail] = []
    for path in _paths():
        with path.open("rb") as file:
            mail = _read(path.stem, BytesHeaderParser(policy=policy).parse(file))
        if wanted in mail.recipient.lower() or wanted in mail.to.lower():
            found.append(mail)
        if len(found) == MOST_SHOWN:
            break
    return found


def read_mail(name: str) -> DemoMail | None:
    """One mail with its text and its HTML, cleaned of whatever could run or load; None when there is no such file."""
    path = settings.DEMO_MAIL_DIR / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        return None
    message = email.message_from_bytes(path.read_bytes(), policy=policy)
    html = nh3.clean(
        _body(message, "html"),
        tags=TAGS,
        clean_content_tags={"script", "style", "title"},
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
    )
    return replace(_read(name, message), text=_body(message, "plain"), html=mark_safe(html))


def _paths() -> Iterator[Path]:
    folder: Path = settings.DEMO_MAIL_DIR
    yield from sorted(folder.glob("*.eml"), reverse=True) if folder.is_dir() else ()


def _read(name: str, message: EmailMessage) -> DemoMail:
    date = message["Date"]
    return DemoMail(
        name=name,
        to=str(message["To"] or ""),
        recipient=str(message["X-Envelope-To"] or message["To"] or ""),
        sender=str(message["From"] or ""),
        reply_to=str(message["Reply-To"] or ""),
        subject=str(message["Subject"] or ""),
        sent_at=date.datetime if isinstance(date, DateHeader) else None,
    )


def _body(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""
