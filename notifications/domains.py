"""How fast mails go, together and to each domain, and which domain rests for a while. All senders share it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import Coalesce, Lower

from notifications.models import Lane, MailDomain, NoticeQuerySet

ALL = ""
# So much of a rate may go at once after a silence: longer than a sender takes to look again.
AT_ONCE = timedelta(seconds=5)
# "Not now" so often in a row says that it means us, not one mailbox.
PATIENCE = 5
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=30)
# What seems to be further ahead was written by a clock that was wrong: it holds nobody back.
FURTHEST = LONGEST_REST


def domain_of(address: str) -> str:
    """The part behind the @, in small letters."""
    return address.rpartition("@")[2].lower()


@dataclass
class Pace:
    """What may go now; read and written within the turn of one claim."""

    now: datetime
    rows: dict[str, MailDomain]
    charged: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, now: datetime) -> "Pace":
        """One query."""
        return cls(now, {row.name: row for row in MailDomain.objects.all()})

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may go to anybody."""
        return not self._is_free(ALL)

    def closed(self) -> list[str]:
        """The domains to which nothing may go now."""
        return [name for name in self.rows if name != ALL and not self._is_free(name)]

    def take(self, domain: str) -> bool:
        """Use up one mail's share, if there is one."""
        if self.is_spent or not self._is_free(domain):
            return False
        self.charge(domain)
        return True

    def charge(self, domain: str) -> None:
        """Use it up in any case: whoever waits for a code does not wait for a rate."""
        for name in (ALL, domain):
            self.charged.add(name)
            if rate := rate_of(name):
                row = self.rows.setdefault(name, MailDomain(name=name))
                row.free_at = max(self._free_at(row), self.now) + timedelta(minutes=1) / rate

    def write(self) -> None:
        """Keep what was used up; one query, none without rates."""
        _write([self.rows[name] for name in sorted(self.charged) if rate_of(name)], "free_at")

    def _is_free(self, name: str) -> bool:
        row = self.rows.get(name)
        if row is None:
            return True
        if row.setbacks >= PATIENCE:
            # It has rested; one mail tries whether it takes some again.
            is_resting = row.closed_until is not None and self.now < row.closed_until <= self.now + FURTHEST
            return not is_resting and name not in self.charged
        return not rate_of(name) or self._free_at(row) - self.now <= AT_ONCE

    def _free_at(self, row: MailDomain) -> datetime:
        return row.free_at if row.free_at and row.free_at <= self.now + FURTHEST else self.now


def rate_of(domain: str) -> int:
    """How many mails may go there in a minute; 0 for as many as there are."""
    return settings.MAILS_PER_MINUTE if domain == ALL else settings.MAILS_PER_MINUTE_TO_A_DOMAIN


def within(pace: Pace, notices: NoticeQuerySet) -> NoticeQuerySet:
    """Those that the rates and the domains let go, and the account lane."""
    if pace.is_spent:
        return notices.filter(lane=Lane.ACCOUNT)
    if not (closed := pace.closed()):
        return notices
    address = Coalesce("recipient__email", "address", output_field=TextField())
    behind = Func(address, Value("@"), Value(2), function="split_part", output_field=TextField())
    return notices.alias(domain=Lower(behind)).filter(~Q(domain__in=closed) | Q(lane=Lane.ACCOUNT))


def note_setback(domain: str, said: str, *, now: datetime) -> datetime | None:
    """That it said "not now" once more; until when it is left alone, None while that may be one mailbox's affair."""
    row, _ = MailDomain.objects.get_or_create(name=domain)
    row.setbacks += 1
    row.said = said
    if row.setbacks >= PATIENCE:
        row.closed_until = now + min(FIRST_REST * 2 ** min(row.setbacks - PATIENCE, 10), LONGEST_REST)
    _write([row], "setbacks", "closed_until", "said")
    return row.closed_until


def note_accepted(domain: str) -> None:
    """That it takes mails again."""
    MailDomain.objects.filter(name=domain, setbacks__gt=0).update(setbacks=0, closed_until=None)


def resting_domains(now: datetime) -> list[MailDomain]:
    """Those that are left alone for a while. One query."""
    return list(MailDomain.objects.filter(closed_until__gt=now, closed_until__lte=now + FURTHEST).order_by("name"))


def _write(rows: list[MailDomain], *changed: str) -> None:
    if rows:
        MailDomain.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=list(changed))
