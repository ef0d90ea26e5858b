"""Hands mails to the mail server over one connection, and says what the server made of each."""

from dataclasses import dataclass
from enum import Enum
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from types import TracebackType

from django.core.mail import EmailMessage, get_connection

SERVICE_CLOSING = 421
# Answers that mean us, not the recipient: sign in first, bad sequence, sign-in refused, encryption needed.
OURS = {SERVICE_CLOSING, 503, 530, 534, 535, 538}
PERMANENT = 500


class Fate(Enum):
    """What became of a mail at the server."""

    ACCEPTED = "accepted"
    LATER = "not now"
    REFUSED = "never"
    # The server cannot be used at the moment, whatever the mail.
    NO_SERVICE = "no service"
    # The line broke while the mail was under way: it may have been accepted.
    IN_DOUBT = "in doubt"


@dataclass(frozen=True)
class Outcome:
    """A fate with the server's words."""

    fate: Fate
    code: int | None = None
    text: str = ""


class Post:
    """One connection to the mail server, opened when first needed."""

    def __init__(self) -> None:
        self._connection = get_connection()
        self._is_open = False

    def __enter__(self) -> "Post":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def send(self, message: EmailMessage) -> Outcome:
        """Never raises for what a server, a network or an address can do."""
        try:
            self._open()
        except (SMTPException, OSError) as error:
            self.close()
            return Outcome(Fate.NO_SERVICE, getattr(error, "smtp_code", None), _words(error))
        try:
            self._connection.send_messages([message])
        except (SMTPException, OSError, ValueError) as error:
            outcome = _judge(error)
            if outcome.fate in (Fate.NO_SERVICE, Fate.IN_DOUBT):
                self.close()
            return outcome
        return Outcome(Fate.ACCEPTED)

    def close(self) -> None:
        """Hang up; a server that is gone already makes no noise."""
        self._is_open = False
        try:
            self._connection.close()
        except (SMTPException, OSError):
            self._connection = get_connection()

    def _open(self) -> None:
        if not self._is_open:
            self._connection.open()
            self._is_open = True


def _judge(error: Exception) -> Outcome:
    if isinstance(error, SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _judge_answer(code, text)
    if isinstance(error, SMTPSenderRefused | SMTPAuthenticationError | SMTPHeloError | SMTPConnectError):
        # The server refuses us, not the recipient: everybody's mail would fail, so nobody's is given up.
        return Outcome(Fate.NO_SERVICE, error.smtp_code, _words(error))
    if isinstance(error, SMTPDataError | SMTPResponseException):
        return _judge_answer(error.smtp_code, error.smtp_error)
    if isinstance(error, ValueError | SMTPNotSupportedError):
        # No mail can be written to such an address.
        return Outcome(Fate.REFUSED, None, _words(error))
    return Outcome(Fate.IN_DOUBT, None, _words(error))


def _judge_answer(code: int, text: bytes | str) -> Outcome:
    words = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    if code in OURS:
        return Outcome(Fate.NO_SERVICE, code, words)
    return Outcome(Fate.REFUSED if code >= PERMANENT else Fate.LATER, code, words)


def _words(error: Exception) -> str:
    said = getattr(error, "smtp_error", None)
    return said.decode(errors="replace") if isinstance(said, bytes) else (str(error) or type(error).__name__)
