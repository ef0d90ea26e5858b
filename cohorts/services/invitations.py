from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from audit.services import record
from cohorts import notices
from cohorts.models import Enrollment
from notifications import outbox
from programs.models import Session


class NothingToInvite(Exception):
    """None of the chosen people waits for an invitation."""

    def __init__(self) -> None:
        super().__init__("None of these people is waiting for an invitation: they have all taken their place, or left.")


class JustInvited(Exception):
    """Somebody was quicker with the same: a second click, or a colleague."""

    def __init__(self) -> None:
        super().__init__("That invitation went out within the last minute; it was not sent a second time.")


class SessionNotPublished(Exception):
    """An invitation leads to the session's pages, which nobody can open yet."""

    def __init__(self, session: Session) -> None:
        super().__init__(f"{session} is {session.get_status_display().lower()}; publish it before you invite people.")


# Sending again is meant when it is done later than this; sooner it is the same click.
ONCE_WITHIN = timedelta(minutes=1)


@transaction.atomic
def send_invitations(*, enrollments: Iterable[Enrollment], actor: User, now: datetime) -> list[Enrollment]:
    """Mail those who have not taken their place yet; the others are passed over. Sending again is a new mail, but not
    within the same minute: of two clicks one sends. Locks the places.

    Raises NothingToInvite, JustInvited, SessionNotPublished.
    """
    rows = Enrollment.objects.select_for_update(of=("self",)).select_related("session__program", "user")
    waiting = list(rows.filter(pk__in=[row.pk for row in enrollments], status=Enrollment.Status.INVITED))
    if not waiting:
        raise NothingToInvite
    for session in {row.session for row in waiting}:
        if session.status != Session.Status.PUBLISHED:
            raise SessionNotPublished(session)
    waiting = [row for row in waiting if row.invited_at is None or now - row.invited_at >= ONCE_WITHIN]
    if not waiting:
        raise JustInvited
    Enrollment.objects.filter(pk__in=[row.pk for row in waiting]).update(invited_at=now)
    for row in waiting:
        row.invited_at = now
        record(actor=actor, verb="sent the invitation", on=row, scope=row.session.scope, now=now)
    outbox.enqueue([notices.invitation(row) for row in waiting], now=now)
    return waiting
