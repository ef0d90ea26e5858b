"""Where mails can go: addresses as mail servers take them, and why others cannot be written to."""

from email.header import Header
from email.headerregistry import Address
from email.utils import formataddr, parseaddr

import idna


class Undeliverable(Exception):
    """No mail can be sent to an address; says why, for people."""

    def __init__(self, address: str, reason: str = "it is no e-mail address") -> None:
        super().__init__(f"no mail can be sent to “{' '.join(address.split())}”: {reason}")


def deliverable(address: str) -> str:
    """The address in the letters that every mail server takes, its domain in IDNA. Raises Undeliverable.

    Other letters before the @ would need SMTPUTF8 at every server on the way; our forms do not take them either.
    """
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise Undeliverable(address, "mail servers do not take all of the letters before the @")
    try:
        # IDNA 2008: the rules before it sent what is for straße.example to strasse.example, which is somebody else's.
        written = f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
        is_whole = Address(addr_spec=written).addr_spec == written
    except Exception as error:  # the parsers raise all sorts for what is no address
        raise Undeliverable(address) from error
    if not is_whole or not local or not domain:
        raise Undeliverable(address)
    return written


def address_line(name: str, address: str) -> str:
    """`Name <address>` for a header. Raises Undeliverable."""
    written = deliverable(address)
    if name.isascii() and "=?" not in name:
        return formataddr((name, written))
    # In words of 75 letters, as the standard wants them: whatever is longer, some servers refuse and some apps garble.
    return f"{Header(name, 'utf-8').encode(linesep='')} <{written}>"


def answers_line(name: str, address: str) -> str:
    """The same for whoever answers; empty when nothing could be sent there, so that the next in line can be named."""
    try:
        return address_line(name, address)
    except Undeliverable:
        return ""


def checked_line(line: str) -> str:
    """`Name <address>` or a bare address as an app said it, for a header; empty when nothing could be sent there.

    A name that is encoded already stays as it is.
    """
    name, address = parseaddr(line)
    is_encoded = name.isascii() and name.startswith("=?") and name.endswith("?=")
    if not is_encoded:
        return answers_line(name, address)
    bare = answers_line("", address)
    return bare and f"{name} <{bare}>"
