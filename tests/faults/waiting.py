"""Waiting for what other processes do."""

import time
from collections import Counter

import pytest

PATIENCE = 60


def wait_for(what, *, seconds=PATIENCE):
    """Ask again and again until the answer is truthy; returns it."""
    give_up_at = time.monotonic() + seconds
    while not (answer := what()):
        if time.monotonic() > give_up_at:
            pytest.fail(f"waited {seconds} s in vain for {getattr(what, '__name__', what)}")
        time.sleep(0.1)
    return answer


class Coming:
    """The mails whose subject holds these words, as they come. Each is read once: reading a header takes long."""

    def __init__(self, mail_server, words):
        self.mail_server, self.words = mail_server, words
        self.read, self.found = 0, []

    def mails(self):
        """(address, Message-ID) of each."""
        new = self.mail_server.mails[self.read :]
        self.read += len(new)
        found = [mail for mail in new if self.words in mail["Subject"]]
        self.found += [(str(mail["X-Envelope-To"]), str(mail["Message-ID"])) for mail in found]
        return self.found

    def told(self):
        """How often each address got one."""
        return Counter(to for to, _ in self.mails())
