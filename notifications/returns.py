"""What came back: which mails nobody received, what follows from it, and how it is settled."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Lower
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from accounts.models import User
from notifications.addresses import Undeliverable, deliverable
from notifications.choices import optional_kinds, switch_off
from notifications.models import CameBack, Choice, Lane, Notice, Return
from notifications.outbox import wake_sender

logger = logging.getLogger(__name__)

# Enhanced status codes by which a server says that nobody receives mail at an address: RFC 3463 and the register of
# IANA ("SMTP Enhanced Status Codes"); 5.1.10 is RFC 7505. Not among them: 5.2.2, a full mailbox; 5.4.1, which some say
# of unknown people and the RFC of hosts; 550 without such a code, which is said of people and of policy alike.
UNKNOWN_MAILBOX = {
    "5.1.1": "no such mailbox",
    "5.1.2": "no such domain",
    "5.1.3": "not an address",
    "5.1.6": "the mailbox has moved",
    "5.1.10": "the domain takes no mail",
    "5.2.1": "the mailbox is disabled",
}
POLICY = "5.7."
CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
MOST_SAID = 500

# bounces+TOKEN@ the domain of BOUNCE_DOMAIN.
MAILBOX = "bounces"
TOKEN = re.compile(r"\b" + MAILBOX + r"\+([0-9a-z]{1,13}-[0-9a-f]{32})@", re.IGNORECASE)
SALT = "notifications.returns"

# The longest that an accepted mail is not recorded as such: a killed sender's lease, and the next one's first look.
UNRECORDED = timedelta(minutes=1)

UNASKED = object()


@dataclass(frozen=True, kw_only=True)
class Report:
    """What somebody says of one mail of ours: its own server, a mail that came back, or a provider's webhook.

    Any other source makes one of these and gives it to `take_report`.
    """

    notice: Notice
    sort: Return.Sort
    code: str = ""
    text: str = ""


def code_in(words: str) -> str:
    """The first enhanced status code in what a server said: "5.1.1"; empty when there is none."""
    found = CODE.search(words)
    return f"{found[1]}.{int(found[2])}.{int(found[3])}" if found else ""


def sort_of(code: str) -> Return.Sort:
    """What a permanent failure with this code says about the address."""
    if code in UNKNOWN_MAILBOX:
        return Return.Sort.UNKNOWN
    return Return.Sort.POLICY if code.startswith(POLICY) else Return.Sort.OTHER


def return_address(notice: Notice) -> str:
    """Where a mail that begins with this notice comes back to; empty where nothing was set up for it."""
    if not settings.BOUNCE_DOMAIN:
        return ""
    return f"{MAILBOX}+{int_to_base36(notice.pk)}-{_signature(notice)}@{settings.BOUNCE_DOMAIN}"


def find_returned(words: str) -> Notice | None:
    """The notice of the first genuine return address in these words: signed by us for the address of today."""
    for token in TOKEN.findall(words):
        pk, _, signature = token.lower().partition("-")
        notice = Notice.objects.select_related("recipient").filter(pk=min(base36_to_int(pk), 2**63 - 1)).first()
        if notice is not None and any(constant_time_compare(signature, one) for one in _signatures(notice)):
            return notice
    return None


def find_mail(message_id: str, address: str) -> Notice | None:
    """The first notice of the mail with this Message-ID, if it went to that address and the person still has it."""
    if not message_id or not message_id.isprintable():
        # The database would not even take the question.
        return None
    notice = Notice.objects.select_related("recipient").filter(message_id=message_id).order_by("pk").first()
    return notice if notice is not None and address.strip().lower() in _spellings(notice) else None


@transaction.atomic
def take_report(*, report: Report, now: datetime, sent_at: datetime | None = None) -> bool:
    """Keep it, and do what follows; whether it was new. The same again changes nothing.

    Of a mail that was accepted, unless `sent_at` says when it was refused at once. One that went out and whose
    acceptance nobody has recorded yet counts as sent now: some servers answer before the sender has written it down. A
    complaint switches the optional kinds off, about the session of that mail.
    """
    notice = report.notice
    mail_sent_at = sent_at or notice.accepted_at or (now if notice.message_id else None)
    if notice.recipient is None or mail_sent_at is None:
        return False
    row = Return(
        person=notice.recipient,
        address=notice.mail_address.lower(),
        message_id=notice.message_id,
        sort=report.sort,
        code=report.code,
        text=_storable(report.text),
        mail_sent_at=mail_sent_at,
        returned_at=now,
    )
    about_then = (mail_sent_at - UNRECORDED, mail_sent_at + UNRECORDED)
    known = Return.objects.filter(message_id=row.message_id, sort=row.sort, mail_sent_at__range=about_then)
    if known.exists():
        return False
    Return.objects.bulk_create([row], ignore_conflicts=True)
    if report.sort == Return.Sort.COMPLAINT:
        _stop_all(notice, now)
    logger.info("Mail %s: %s %s", notice.message_id, row.sort, row.code)
    return True


def _storable(words: str) -> str:
    """On one line, without what the database does not take: null bytes and halves of characters."""
    taken = words.replace("\x00", " ").encode(errors="replace").decode()
    return " ".join(taken.split())[:MOST_SAID]


def note_refusal(*, mail: list[Notice], words: str, now: datetime) -> None:
    """What the mail server said when it refused a mail for good, if it is about the address."""
    code = code_in(words)
    if code in UNKNOWN_MAILBOX:
        take_report(
            report=Report(notice=mail[0], sort=Return.Sort.UNKNOWN, code=code, text=words), now=now, sent_at=now
        )


def not_working_among(notices: Iterable[Notice]) -> set[int]:
    """The keys of those that would go to an address that does not work. Mails about the account go there all the same:
    whoever has repaired the mailbox could not sign in otherwise. One query."""
    asked = [notice for notice in notices if notice.recipient_id and not _is_about_account(notice)]
    dead = set(Return.objects.filter(person__in={notice.recipient_id for notice in asked}).not_working())
    return {notice.pk for notice in asked if (notice.recipient_id, notice.mail_address.lower()) in dead}


@transaction.atomic
def settle_address(*, person: User, now: datetime) -> None:
    """The person's present address works: confirmed anew, or said so by them. What was withheld and is still of use
    goes now."""
    Return.objects.filter(person=person, address=person.email.lower(), settled_at=None).update(settled_at=now)
    send_withheld(person=person, now=now)


def send_withheld(*, person: User, now: datetime) -> None:
    """Let the mails go that waited for an address that works, as far as they are still of use."""
    withheld = Notice.objects.filter(
        recipient=person, status=Notice.Status.CANCELLED, withheld=Notice.Withheld.ADDRESS, expires_at__gt=now
    )
    told_anew = {"reason": "", "withheld": "", "told": None, "message_id": ""}
    if withheld.update(status=Notice.Status.WAITING, next_try_at=now, **told_anew):
        wake_sender()


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """That the latest mail to somebody's present address came back, why, and whether none goes there any more."""

    sort: Return.Sort
    code: str
    returned_at: datetime
    is_final: bool


def trouble_of(person: User) -> Trouble | None:
    """None when all is well. One query; none for somebody signed in, who brings it along (`CameBack`)."""
    said: Any = getattr(person, "mail_came_back", UNASKED)
    if said is UNASKED:
        said = User.objects.values_list(CameBack(), flat=True).get(pk=person.pk)
    if said is None:
        return None
    return Trouble(
        sort=Return.Sort(said["sort"]),
        code=said["code"],
        returned_at=datetime.fromtimestamp(float(said["at"]), UTC),
        is_final=said["is_final"],
    )


def has_trouble() -> Exists:
    """Of rows with a `user`: those to whose present address a mail came back."""
    return Exists(Return.objects.standing().filter(**_THEIRS))


def trouble_columns() -> dict[str, Subquery | Exists]:
    """Annotations for rows with a `user`: `came_back_at`, the latest mail that did, and `is_unreachable`."""
    latest = Return.objects.standing().filter(**_THEIRS).order_by("-returned_at")
    return {
        "came_back_at": Subquery(latest.values("returned_at")[:1]),
        "is_unreachable": Exists(Return.objects.filter(**_THEIRS).not_working()),
    }


_THEIRS = {"person": OuterRef("user"), "address": Lower(OuterRef("user__email"))}


def _is_about_account(notice: Notice) -> bool:
    return notice.lane == Lane.ACCOUNT and not notice.scope


def _stop_all(notice: Notice, now: datetime) -> None:
    assert notice.recipient is not None  # noqa: S101 - asked before
    told = set(
        Notice.objects.filter(message_id=notice.message_id, recipient=notice.recipient).values_list("kind", "scope")
    )
    # All about a session that the mail was about; of what is about none, only what the mail told.
    topics = {(kind, scope) for kind in optional_kinds() for _, scope in told if scope} | told
    switch_off(person=notice.recipient, topics=topics, way=Choice.Way.COMPLAINT, now=now)


def _spellings(notice: Notice) -> set[str]:
    try:
        return {notice.mail_address.lower(), deliverable(notice.mail_address).lower()}
    except Undeliverable:
        return {notice.mail_address.lower()}


def _signature(notice: Notice) -> str:
    return next(iter(_signatures(notice)))


def _signatures(notice: Notice) -> list[str]:
    """By the present key first. They hold the address, so that what was sent to an earlier one says nothing of this."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    value = f"{notice.pk} {notice.mail_address.lower()}"
    return [salted_hmac(SALT, value, secret=secret, algorithm="sha256").hexdigest()[:32] for secret in secrets]
