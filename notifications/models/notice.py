import hashlib
import re
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User

# The kind under which the account library's mails go, to addresses that are not yet a person's own too.
ACCOUNT_MAIL = "account.mail"

# A title between quotation marks stays as its author wrote it.
QUOTED = re.compile(r"(“[^”]*”)")
OF_THEM = {"you": "they", "your": "their", "yourself": "themselves", "You": "They", "Your": "Their"}
YOU = re.compile(rf"\b({'|'.join(OF_THEM)})\b")


def of_them(said: str) -> str:
    """What is said to somebody, said of them to others: “they handed in” for “you handed in”."""
    parts = QUOTED.split(said)
    parts[::2] = [YOU.sub(lambda word: OF_THEM[word[0]], part) for part in parts[::2]]
    return "".join(parts)


class Lane(models.TextChoices):
    """How a notice travels. The sender takes them in this order, which is that of the alphabet."""

    ACCOUNT = "account", "Account"  # somebody waits for it: sign-in codes, receipts
    EVENT = "event", "Event"  # answers an act or cannot wait; goes alone, at once
    REMINDER = "reminder", "Reminder"  # ordinary: all that a person is told of a day makes one mail


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices by what became of them."""

    def open(self) -> "NoticeQuerySet":
        """Neither accepted nor given up."""
        return self.filter(status__in=Notice.OPEN)

    def due(self, at: datetime) -> "NoticeQuerySet":
        """Those a sender may take: waiting and ripe, or left behind by a sender that died."""
        return self.open().filter(next_try_at__lte=at)

    def overdue(self, at: datetime) -> "NoticeQuerySet":
        """Those whose time has come, whether a sender may take them now or waits for the mail server; not those that
        wait for their person's morning."""
        morning = Q(waits_until=None) | Q(waits_until__lte=at)
        return self.open().filter(morning, send_at__lte=at)

    def from_before(self, moment: datetime) -> "NoticeQuerySet":
        """Written before that moment, or afterwards for a time that lay before it."""
        return self.filter(Q(created_at__lte=moment) | Q(send_at__lte=moment))

    def visible_to(self, user: User, at: datetime) -> "NoticeQuerySet":
        """A person's own inbox: each from its moment on, mailed or withheld; what lost its cause before was never told.

        Mails about signing in are not among them: they hold what must not stand on a page.
        """
        return (
            self.filter(recipient=user, send_at__lte=at)
            .exclude(status=Notice.Status.CANCELLED, withheld="")
            .exclude(kind=ACCOUNT_MAIL)
        )

    def unread(self) -> "NoticeQuerySet":
        """Of an inbox, what counts as new; `UnreadOf` is the same in SQL."""
        return self.filter(read_at=None).exclude(status=Notice.Status.EXPIRED)

    def heard(self) -> "NoticeQuerySet":
        """Those of which their readers may know: mailed, on its way, withheld, or opened in the app. Not what waits
        unread, nor what lost its cause before it was mailed."""
        waits, lost = Q(status=Notice.Status.WAITING, message_id=""), Q(status=Notice.Status.CANCELLED, withheld="")
        return self.exclude(waits | lost, read_at=None)

    def told_to(self, user: User) -> "NoticeQuerySet":
        """Everything meant for a person, their account mails to other addresses included."""
        about_account = Q(kind=ACCOUNT_MAIL, object_type=User._meta.label_lower, object_id=user.pk)
        return self.filter(Q(recipient=user) | about_account)


class Notice(models.Model):
    """Says: this person is to be told this, once.

    The row is the truth; whoever sends it (worker, beat, command) is only an alarm clock.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting"
        CLAIMED = "claimed", "being sent"
        SENT = "sent", "accepted by the mail server"
        CANCELLED = "cancelled", "not sent"
        EXPIRED = "expired", "not sent in time"
        FAILED = "failed", "could not be delivered"

    MOVES: ClassVar[dict[str, set[str]]] = {
        # A claim whose lease ran out is taken over by the next sender: claimed → claimed.
        Status.WAITING: {Status.CLAIMED, Status.CANCELLED, Status.EXPIRED},
        Status.CLAIMED: {
            Status.CLAIMED,
            Status.WAITING,
            Status.SENT,
            Status.CANCELLED,
            Status.EXPIRED,
            Status.FAILED,
        },
        Status.SENT: set(),
        # The cause came back before its moment had passed: back from leave, an extension withdrawn.
        Status.CANCELLED: {Status.WAITING},
        Status.EXPIRED: set(),
        # Somebody repaired the address or the template and asks for another try.
        Status.FAILED: {Status.WAITING},
    }
    OPEN = (Status.WAITING, Status.CLAIMED)

    class Withheld(models.TextChoices):
        """Why a notice that holds good was kept out of the mail. It is told in the app all the same."""

        CHOICE = "choice", "the person switched mails of this kind off"
        ADDRESS = "address", "mail to the person’s address comes back"

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="notices")
    address = models.EmailField(blank=True)
    kind = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.BigIntegerField(default=0)
    occurrence = models.CharField(max_length=120, blank=True)
    # Who may see the row in the program office: "session:12"; empty: operators only.
    scope = models.CharField(max_length=60, blank=True)
    lane = models.CharField(max_length=10, choices=Lane)
    # Goes even at the hour at which the recipient sleeps.
    is_urgent = models.BooleanField(default=False)
    context = models.JSONField(default=dict, blank=True)
    # A mail written beforehand that holds a token (sign-in code, reset link), encrypted; erased once it is settled.
    sealed_mail = models.TextField(blank=True)

    created_at = models.DateTimeField()
    send_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    # When a sender may take it next: `send_at`, a retry, the person's morning, or the end of another sender's lease.
    next_try_at = models.DateTimeField()
    # The morning of its person for which it was put off.
    waits_until = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    # Given by the first sender. Rows that share it are one mail, and stay so while it may have been accepted.
    message_id = models.CharField(max_length=255, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    # Why it came, or why it was not sent; reads after "because".
    reason = models.TextField(blank=True)
    # Only of one that was not sent: it still holds good, and the app tells it.
    withheld = models.CharField(max_length=10, choices=Withheld, blank=True)
    smtp_code = models.PositiveSmallIntegerField(null=True, blank=True)
    smtp_text = models.TextField(blank=True)
    # What it said, from the moment on at which its person was told (keeping.py): no later change rewrites it.
    told = models.JSONField(null=True, blank=True, editable=False)
    # When its reader opened it in the inbox; a mail that was read leaves no trace.
    read_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, address="") | (Q(recipient__isnull=True) & ~Q(address="")),
                name="notice_recipient_or_address",
                violation_error_message="A notice goes to a person or to an address, to exactly one of them.",
            ),
            models.UniqueConstraint(
                fields=["kind", "object_type", "object_id", "recipient", "address", "occurrence"],
                nulls_distinct=False,
                name="notice_once",
                violation_error_message="This person is already told this.",
            ),
            models.CheckConstraint(
                condition=Q(sealed_mail="") | Q(status__in=["waiting", "claimed"]),
                name="notice_sealed_mail_erased",
                violation_error_message="A mail with a token is erased once it is sent or given up.",
            ),
            models.CheckConstraint(
                condition=Q(read_at=None) | Q(recipient__isnull=False),
                name="notice_read_by_a_person",
                violation_error_message="Only a person with an account reads notices here.",
            ),
            models.CheckConstraint(
                condition=Q(status="sent", accepted_at__isnull=False) | (~Q(status="sent") & Q(accepted_at=None)),
                name="notice_sent_has_accepted_at",
                violation_error_message="A sent notice says when it was accepted.",
            ),
            models.CheckConstraint(
                condition=Q(withheld="") | Q(status="cancelled"),
                name="notice_withheld_is_not_sent",
                violation_error_message="Only a notice that was not sent is withheld from the mail.",
            ),
            models.CheckConstraint(
                condition=Q(told__isnull=True) | ~Q(kind=ACCOUNT_MAIL),
                name="notice_keeps_no_secret",
                violation_error_message="What opens an account is never kept.",
            ),
            models.CheckConstraint(
                condition=Q(told__isnull=True) | ~Q(status__in=["waiting", "claimed"]),
                name="notice_keeps_what_was_told",
                violation_error_message="Words are kept of what was told, not of what is still to be told.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "next_try_at"],
                condition=Q(status__in=["waiting", "claimed"]),
                name="notice_next",
            ),
            models.Index(fields=["message_id"], condition=~Q(message_id=""), name="notice_mail"),
            models.Index(fields=["scope", "-created_at"], name="notice_scope"),
            # The office shows the newest of several sessions at once.
            models.Index(fields=["-send_at", "-id"], name="notice_newest"),
            models.Index(fields=["recipient", "-created_at"], name="notice_recipient"),
            models.Index(fields=["recipient", "-send_at"], name="notice_inbox"),
            models.Index(fields=["recipient", "send_at"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["send_at"], condition=Q(status="failed"), name="notice_failed"),
            models.Index(
                fields=["recipient", "accepted_at"],
                condition=Q(lane="reminder", status="sent"),
                name="notice_days_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} to {self.recipient or self.address}: {self.get_status_display()}"

    @property
    def is_new(self) -> bool:
        """Of an inbox: whether it counts as new; `unread` is the same for many."""
        return self.read_at is None and self.status != self.Status.EXPIRED

    @property
    def title(self) -> str:
        """What it tells, in a word or two: "Meeting tomorrow"."""
        name = str(self.context.get("mail") or self.kind.rpartition(".")[2])
        return name.replace("_", " ").capitalize()

    @property
    def mail_address(self) -> str:
        """Where it goes: the person's present address, or the one it was written for."""
        return self.recipient.email if self.recipient else self.address

    @property
    def kind_name(self) -> str:
        """What it is, in words: "deadline coming", "login code"."""
        name = self.context.get("mail", "") if self.kind == ACCOUNT_MAIL else self.kind.rpartition(".")[2]
        return name.replace("_", " ")

    def first_message_id(self) -> str:
        """The Message-ID of a mail that begins with this row: the same however often it is written."""
        key = (self.kind, self.object_type, self.object_id, self.recipient_id, self.address, self.occurrence)
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:32]
        return f"<{digest}@{settings.SITE_HOST}>"

    def explanation(self) -> str:
        """Why it came, or why it did not, in one sentence for people."""
        said = {
            self.Status.WAITING: "Waits for its time",
            self.Status.CLAIMED: "Is being sent",
            self.Status.SENT: "Sent",
            self.Status.CANCELLED: "Not sent",
            self.Status.EXPIRED: "Not sent",
            self.Status.FAILED: "Could not be delivered",
        }[self.Status(self.status)]
        return f"{said}, because {self.reason}" if self.reason else f"{said}."

    def explanation_for_office(self) -> str:
        """The same for somebody else than its reader: what the mail says to “you” is said of the person."""
        return of_them(self.explanation())
