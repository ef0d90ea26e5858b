"""Reads what servers send back: that a mail was not delivered (RFC 3464), or that it was called spam (RFC 5965).

Whatever bytes they hold: the worst that a mail can do is to say nothing.
"""

import email
import logging
from collections.abc import Iterator
from email.message import Message
from email.policy import compat32

from notifications.models import Return
from notifications.returns import Report, code_in, find_returned, sort_of

logger = logging.getLogger(__name__)

# What matters stands before the mail that is sent back; more than this is not read.
LONGEST = 512 * 1024
MOST_PARTS = 50
# Where servers write to whom a mail went.
ADDRESSED = ("To", "Delivered-To", "X-Original-To", "X-Envelope-To", "Envelope-To")
FAILED = "failed"


def read_report(mail: bytes, *, recipient: str = "") -> Report | None:
    """What a mail says of one of ours; None when it says nothing, or nothing that can be believed.

    `recipient` is the envelope's, for servers that hand it over. Answers of people and of machines that are away also
    come to the return address: only what is marked as a report counts.
    """
    try:
        return _read(mail[:LONGEST], recipient)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # The standard library raises all of these for odd bytes.
        logger.warning("A mail that came back cannot be read: %r", error)
        return None


def _read(mail: bytes, recipient: str) -> Report | None:
    message = email.message_from_bytes(mail, policy=compat32)
    parts = list(_parts(message))
    status = _first(parts, "message/delivery-status")
    complaint = _first(parts, "message/feedback-report")
    if complaint is not None:
        # It comes to an address of ours that is always the same; the mail that it is about is attached.
        notice = find_returned(" ".join([recipient, *_addresses(message), *_of_original(complaint, parts)]))
        return Report(notice=notice, sort=Return.Sort.COMPLAINT) if notice is not None else None
    notice = find_returned(" ".join([recipient, *_addresses(message)]))
    if status is None or notice is None:
        return None
    for group in _groups(status):
        if _value(group, "Action").lower() == FAILED:
            return _failure(group, notice)
    return None


def _failure(group: Message, notice: object) -> Report | None:
    said = _value(group, "Diagnostic-Code")
    code = code_in(_value(group, "Status"))
    # Some write 5.0.0 and leave the rest to what the other server said.
    if not code or code.endswith(".0.0"):
        code = code_in(said) or code
    return Report(notice=notice, sort=sort_of(code), code=code, text=said)  # type: ignore[arg-type]


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number == MOST_PARTS:
            return
        yield part


def _first(parts: list[Message], kind: str) -> Message | None:
    return next((part for part in parts if part.get_content_type() == kind), None)


def _groups(status: Message) -> list[Message]:
    """The fields of each recipient; the standard library makes a message of each group of lines."""
    payload = status.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _value(fields: Message, name: str) -> str:
    return " ".join(str(fields.get(name) or "").split())


def _addresses(message: Message) -> list[str]:
    return [str(value) for name in ADDRESSED for value in message.get_all(name) or ()]


def _of_original(complaint: Message, parts: list[Message]) -> Iterator[str]:
    """Where the mail that was complained about would have come back to."""
    payload = complaint.get_payload()
    for fields in payload if isinstance(payload, list) else [complaint]:
        if isinstance(fields, Message):
            yield _value(fields, "Original-Mail-From")
    if isinstance(payload, str):
        yield payload
    for part in parts:
        yield from (str(value) for value in part.get_all("Return-Path") or ())
        if part.get_content_type() == "text/rfc822-headers":
            yield str(part.get_payload())
