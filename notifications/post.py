"""Hands mails to the mail server over one connection, and says what the server made of each."""

from dataclasses import dataclass
from email.errors import MessageError
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

from notifications.letters import LONGEST_LINE, one_line

SERVICE_CLOSING = 421
# Answers that mean us, not the recipient: sign in first, bad sequence, sign-in refused, encryption needed.
OURS = {SERVICE_CLOSING, 503, 530, 534, 535, 538}
PERMANENT = 500
TOO_LARGE = 552
# What the standard library raises while it writes out a mail that has something wrong in it. Not all exceptions: a
# worker's time limit is one, and no reason to give a mail up.
UNWRITABLE = (ValueError, TypeError, LookupError, AttributeError, MessageError)


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
        except (SMTPException, OSError, ValueError) as error:  # ValueError: a password that SMTP cannot say
            self.close()
            return Outcome(Fate.NO_SERVICE, _code(error), _words(error))
        try:
            self._connection.send_messages([message])
        except (SMTPException, OSError, *UNWRITABLE) as error:
            outcome = _judge(error)
            if outcome.code in (None, SERVICE_CLOSING) or outcome.fate is Fate.NO_SERVICE:
                # It may stand in the middle of that mail: the next one begins afresh.
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
        return _judge_recipient(*next(iter(error.recipients.values())))
    if isinstance(error, SMTPSenderRefused) and error.smtp_code == TOO_LARGE:
        return _judge_answer(error.smtp_code, error.smtp_error)
    if isinstance(error, SMTPSenderRefused | SMTPAuthenticationError | SMTPHeloError | SMTPConnectError):
        # The server refuses us, not the recipient: everybody's mail would fail, so nobody's is given up.
        return Outcome(Fate.NO_SERVICE, _code(error), _words(error))
    if isinstance(error, SMTPDataError):
        return _judge_recipient(error.smtp_code, error.smtp_error)
    if isinstance(error, SMTPResponseException):
        return _judge_answer(error.smtp_code, error.smtp_error)
    if isinstance(error, SMTPNotSupportedError) or not isinstance(error, OSError | SMTPException):
        # No mail can be written to such an address, or with such words.
        return Outcome(Fate.REFUSED, None, _words(error))
    return Outcome(Fate.IN_DOUBT, None, _words(error))


def _judge_recipient(code: int, text: bytes | str) -> Outcome:
    if code == SERVICE_CLOSING:
        # Once the recipient is named it is often their provider's word, passed on: nobody else's mail waits for that.
        return Outcome(Fate.LATER, code, _line(text))
    return _judge_answer(code, text)


def _judge_answer(code: int, text: bytes | str) -> Outcome:
    if code in OURS:
        return Outcome(Fate.NO_SERVICE, code, _line(text))
    return Outcome(Fate.REFUSED if code >= PERMANENT else Fate.LATER, code if code > 0 else None, _line(text))


def _code(error: Exception) -> int | None:
    """The server's number; smtplib says -1 when there was none."""
    code = getattr(error, "smtp_code", -1)
    return code if code > 0 else None


def _words(error: Exception) -> str:
    return _line(getattr(error, "smtp_error", "") or str(error) or type(error).__name__)


def _line(text: bytes | str) -> str:
    """What a server said, as it can be stored: whatever bytes it said."""
    return one_line(text.decode(errors="replace") if isinstance(text, bytes) else str(text), LONGEST_LINE)
