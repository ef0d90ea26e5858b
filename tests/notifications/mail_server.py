"""A real mail server in a thread, which can be told to fail as real ones do."""

import asyncio
import email
import email.policy
import socket
from collections import Counter
from functools import cached_property
from threading import Event

from aiosmtpd.controller import Controller


class Mail:
    """One that was accepted; taken apart when somebody reads it, because that takes longer than to receive it."""

    def __init__(self, content, sender, recipient):
        self._content, self._sender, self._recipient = content, sender, recipient

    @cached_property
    def _message(self):
        message = email.message_from_bytes(self._content, policy=email.policy.default)
        message["X-Envelope-To"] = self._recipient
        message["X-Envelope-From"] = self._sender
        return message

    def __getitem__(self, name):
        return self._recipient if name == "X-Envelope-To" else self._message[name]

    def __contains__(self, name):
        return name in self._message

    def __getattr__(self, name):
        return getattr(self._message, name)


class MailServer:
    """Keeps what it accepts; `refuse` and `at_data` make it fail."""

    def __init__(self):
        self.mails = []
        self.refusals = {}
        self.sender_refusal = None
        self.at_data = None
        self.is_hanging, self._let_go = Event(), Event()
        self._hangs = lambda address: False
        self.port = _free_port()
        self._controller = None

    def start(self):
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, auth_require_tls=False)
        self._controller.start()

    def stop(self):
        if self._controller:
            self._controller.stop()
            self._controller = None

    def refuse(self, address, reply, *, stage="RCPT", times=1000):
        """Answer so for that recipient, as often as said."""
        self.refusals[address, stage] = [reply] * times

    def hang(self, domain, *, but):
        """Say nothing to the mails of that domain, except to one address, until `let_go`."""
        self._hangs = lambda address: address.endswith(f"@{domain}") and address != but

    def let_go(self):
        self._let_go.set()

    def to(self, address):
        return [mail for mail in self.mails if mail["X-Envelope-To"] == address]

    def doubles(self):
        """Message-IDs that were accepted more than once."""
        return [name for name, times in Counter(mail["Message-ID"] for mail in self.mails).items() if times > 1]

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.sender_refusal:
            return self.sender_refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.refusals.get((address, "RCPT")):
            return self.refusals[address, "RCPT"].pop()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        address = envelope.rcpt_tos[0]
        if self._hangs(address):
            self.is_hanging.set()
            await asyncio.to_thread(self._let_go.wait, 60)
        if self.refusals.get((address, "DATA")):
            return self.refusals[address, "DATA"].pop()
        self.mails.append(Mail(envelope.content, envelope.mail_from, address))
        if self.at_data:
            self.at_data(server)
        return "250 OK"


def drop_the_line(server):
    """For `at_data`: the mail is kept, but the sender never hears so."""
    server.transport.abort()


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
