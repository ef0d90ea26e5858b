"""What an app declares about the notices it sends; `docs/notices.md` shows one from end to end."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import Any, Literal, TypeVar

from django.db.models import Model

from accounts.models import User
from accounts.roles import Role
from notifications.hours import zones_with_morning
from notifications.models import Lane, Notice
from notifications.scopes import Named

# Why a notice is no longer wanted (reads after "because"), or True while it is.
Wanted = Literal[True] | str


Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Span:
    """What one run of the planner looks at: notices whose `send_at` lies in `since < send_at <= until`.

    `since` is the moment of the last run that went well, so nothing is skipped after a standstill; or earlier, so that
    nothing is skipped of what was just being committed.
    """

    since: datetime
    now: datetime
    until: datetime

    @cached_property
    def zones(self) -> frozenset[str]:
        """Where somebody lives whose morning falls into it: of whom else need be asked what is told in the morning?

        One query however many ask, none while it is nobody's morning anywhere.
        """
        names = zones_with_morning(self.since, self.until)
        lived_in = User.objects.filter(zone__in=names).order_by().values_list("zone", flat=True)
        return frozenset(lived_in.distinct()) if names else frozenset()

    @cached_property
    def _answers(self) -> "dict[Callable[[Span], Any], Any]":
        return {}

    def once(self, question: "Callable[[Span], Found]") -> Found:
        """The answer to a question that several kinds ask of the same span, and which is asked once in a run."""
        if question not in self._answers:
            self._answers[question] = question(self)
        found: Found = self._answers[question]
        return found

    def __contains__(self, moment: datetime) -> bool:
        return self.since < moment <= self.until


class Audience(Enum):
    """Who is told a kind of notice, so that nobody is asked about mails that never come to them."""

    PARTICIPANTS = "participants"
    STAFF = "staff"
    EVERYBODY = "everybody"


@dataclass(frozen=True, kw_only=True)
class Described:
    """What a template needs to tell one notice: its words, and who can answer."""

    context: Mapping[str, Any] = field(default_factory=dict)
    # An address, or "Name <address>". Empty: the office of the site.
    reply_to: str = ""
    # Where the mail leads to: "/s/loa-2027/…" and what its button says.
    path: str = ""
    action: str = ""
    # Its words are for its reader alone: the program office reads that it was told, and what became of it.
    is_confidential: bool = False
    # The session it is about, as `asking.describe` finds it from the notice's scope; declarations leave it out.
    within: Named | None = None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One sort of notice.

    `key` is "app.what_happened" and names the templates `mail/<app>/<what_happened>.txt` and `.html`, which tell
    *one* notice: greeting, reason and footer are put around it, and several may stand in one mail.
    `name` is what people call it where they choose what they are mailed and where they read it ("Reminders of
    deadlines"); one that is not `is_optional` cannot be switched off.
    `subject` and `why` are one-line Django templates over the same context; `why` reads after "because".

    The functions get many notices at once and should ask the database a constant number of times:
    - `candidates(span)`: for notices by time; what is to be told in that span, from the state of the data.
    - `still_wanted(notices, now)`: asked while they wait and again right before sending. `{notice.pk: True}` or the
      reason why not; one that is left out counts as gone. Without it, a notice is wanted until it expires.
    - `describe(notices, now)`: what the templates need. Without it, they get the notice's own `context`.
    """

    key: str
    name: str
    lane: Lane
    is_optional: bool
    subject: str
    why: str
    audience: Audience = Audience.EVERYBODY
    # Of what staff are told: the roles to which it comes; empty: to all of them.
    roles: frozenset[Role] = frozenset()
    # How long it is of use after its `send_at`, unless the notice names its own `expires_at`.
    lasts: timedelta = timedelta(days=2)
    candidates: "Callable[[Span], Iterable[NoticeRequest]] | None" = None
    still_wanted: Callable[[Sequence[Notice], datetime], Mapping[int, Wanted]] | None = None
    describe: Callable[[Sequence[Notice], datetime], Mapping[int, Described]] | None = None

    @property
    def template(self) -> str:
        """The templates' name without its ending."""
        return "mail/" + self.key.replace(".", "/", 1)

    def to(
        self,
        recipient: User | int | str,
        *,
        on: "Model | tuple[type[Model], int] | None" = None,
        occurrence: str | datetime = "",
        scope: str = "",
        send_at: datetime | None = None,
        expires_at: datetime | None = None,
        context: Mapping[str, Any] | None = None,
        alone: bool = False,
        at_once: bool = False,
    ) -> "NoticeRequest":
        """That this person (or their id, or a bare address) is to be told this about that, once per occurrence.

        `alone`: not with the mail of the day but by a mail of its own, as soon as the person's day begins.
        `at_once`: that too, and at any hour of their night.
        """
        object_type, object_id = _identify(on)
        person, address = (None, recipient) if isinstance(recipient, str) else (recipient, "")
        return NoticeRequest(
            kind=self,
            recipient_id=person.pk if isinstance(person, User) else person,
            address=address.strip().lower(),
            object_type=object_type,
            object_id=object_id,
            occurrence=instant_key(occurrence) if isinstance(occurrence, datetime) else occurrence,
            scope=scope,
            send_at=send_at,
            expires_at=expires_at,
            context=dict(context or {}),
            lane=Lane.EVENT if (alone or at_once) and self.lane == Lane.REMINDER else self.lane,
            is_urgent=at_once,
        )


@dataclass(frozen=True, kw_only=True)
class NoticeRequest:
    """A notice that is not yet a row: made by `Kind.to`, written by `outbox.enqueue`."""

    kind: Kind
    recipient_id: int | None
    address: str
    object_type: str
    object_id: int
    occurrence: str
    scope: str
    send_at: datetime | None
    expires_at: datetime | None
    context: dict[str, Any]
    lane: Lane
    is_urgent: bool = False
    sealed_mail: str = ""

    @property
    def key(self) -> tuple[str, str, int, int | None, str, str]:
        """What makes it the same notice as another."""
        return (self.kind.key, self.object_type, self.object_id, self.recipient_id, self.address, self.occurrence)

    def as_row(self, now: datetime) -> Notice:
        """The unsaved row."""
        send_at = self.send_at or now
        return Notice(
            recipient_id=self.recipient_id,
            address=self.address,
            kind=self.kind.key,
            object_type=self.object_type,
            object_id=self.object_id,
            occurrence=self.occurrence,
            scope=self.scope,
            lane=self.lane,
            is_urgent=self.is_urgent,
            context=self.context,
            sealed_mail=self.sealed_mail,
            created_at=now,
            send_at=send_at,
            next_try_at=send_at,
            expires_at=self.expires_at or send_at + self.kind.lasts,
        )


class UnknownKind(LookupError):
    """A row names a kind that no app declares (any more)."""


_declared: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Declare a kind; called once per kind, from an app's `notices.py`."""
    if _declared.setdefault(kind.key, kind) is not kind:
        raise ValueError(f"Two kinds of notice are called {kind.key}.")
    return kind


def declared() -> Iterator[Kind]:
    """Every kind, in the order of the apps."""
    yield from list(_declared.values())


def kind_of(notice: Notice) -> Kind:
    """The declaration behind a row. Raises UnknownKind."""
    try:
        return _declared[notice.kind]
    except KeyError:
        raise UnknownKind(notice.kind) from None


def name_of(key: str) -> str:
    """What people call a kind, also one that is no longer declared."""
    return _declared[key].name if key in _declared else key


def instant_key(instant: datetime) -> str:
    """An instant as (part of) an occurrence: a moved deadline is a new one."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _identify(on: "Model | tuple[type[Model], int] | None") -> tuple[str, int]:
    if on is None:
        return "", 0
    model, pk = on if isinstance(on, tuple) else (on, on.pk)
    return model._meta.label_lower, pk
