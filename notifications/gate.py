"""Whether mails may go at all: not while somebody has paused them, nor what a restored database has brought back."""

from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.db.models import Subquery

from notifications.models import Lane, Notice, NoticeQuerySet, Sending

# What differs after a restore: another server; a dump loaded into a new database, or over the old tables; a server that
# was recovered to an earlier moment. A role without rights of its own may read each of them.
MARKS = {
    "server": "SELECT system_identifier FROM pg_control_system()",
    "database": "SELECT oid FROM pg_database WHERE datname = current_database()",
    "table": "SELECT 'notifications_notice'::regclass::oid",
    "timeline": "SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)",
}


@dataclass(frozen=True)
class Terms:
    """What holds for a claim."""

    is_paused: bool = False
    held_before: datetime | None = None

    def allowed(self, notices: NoticeQuerySet) -> NoticeQuerySet:
        """Those that may go. A pause is for what tells many; people must be able to sign in."""
        if self.is_paused:
            notices = notices.filter(lane=Lane.ACCOUNT)
        if self.held_before is not None:
            notices = notices.filter(created_at__gt=self.held_before, send_at__gt=self.held_before)
        return notices


def terms() -> Terms:
    """One query."""
    row = Sending.objects.filter(pk=1).values_list("paused_at", "held_before").first()
    return Terms(row[0] is not None, row[1]) if row else Terms()


# Since when mails are paused, as a column beside other rows; NULL while they go.
PAUSED_SINCE = Subquery(Sending.objects.filter(pk=1).values("paused_at")[:1])


def paused_since() -> datetime | None:
    """Since when mails are paused; None while they go. One query."""
    return Sending.objects.filter(pk=1).values_list("paused_at", flat=True).first()


def the_row(*, lock: bool = False) -> Sending:
    """The one row, made when it is first asked for."""
    Sending.objects.bulk_create([Sending(pk=1)], ignore_conflicts=True)
    return (Sending.objects.select_for_update(of=("self",)) if lock else Sending.objects).get(pk=1)


def held() -> NoticeQuerySet:
    """What waits for a word after a restore; nothing when there was none. One query more."""
    before = terms().held_before
    return Notice.objects.open().from_before(before) if before else Notice.objects.none()


def look_where_we_are(*, now: datetime) -> None:
    """Before sending: in another database than the one that sent last, hold what dates from before. Locks the row when
    so.

    A long standstill is no restore: nothing that is compared changes by it.
    """
    home = where_we_are()
    known = Sending.objects.filter(pk=1).values_list("home", flat=True).first()
    if known is not None and known and not _is_another(known, home):
        return
    with transaction.atomic():
        row = the_row(lock=True)
        if row.home and _is_another(row.home, home):
            row.held_before = now
        row.home = home
        row.save(update_fields=["home", "held_before"])


def where_we_are() -> dict[str, str]:
    """The marks of this database; what the server does not tell is left out."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(f'({mark})::text' for mark in MARKS.values())}")
            return dict(zip(MARKS, cursor.fetchone(), strict=True))
    except DatabaseError:
        # Some hosts hide one or the other.
        return {name: value for name, mark in MARKS.items() if (value := _ask(mark))}


def _ask(mark: str) -> str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT ({mark})::text")
            return str(cursor.fetchone()[0])
    except DatabaseError:
        return ""


def _is_another(known: dict[str, str], home: dict[str, str]) -> bool:
    return any(known[name] != home[name] for name in known.keys() & home.keys())
