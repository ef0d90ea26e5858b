from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID, uuid5

from django.db import transaction

from accounts.models import User
from announcements import notices
from announcements.models import Announcement
from announcements.recipients import recipients_of
from audit.services import record
from cohorts.models import Enrollment, Section
from core.moves import move
from core.rules import Side, instant_of
from notifications import outbox
from programs.models import Session

Status = Announcement.Status


class StaleAnnouncement(Exception):
    """It was saved elsewhere since the page was opened."""

    def __init__(self) -> None:
        super().__init__(
            "This was changed in another window since you opened it here. What you typed is still below and is not"
            " saved; open the other version beside it, and take over what is right."
        )


class AlreadySent(Exception):
    """It has gone out, or goes out within the minute; it was called off."""

    def __init__(self) -> None:
        super().__init__("This can no longer be changed: it has gone out, goes out within a minute, or was called off.")


class NobodyToTell(Exception):
    """Nobody is there whom it could be for."""

    def __init__(self) -> None:
        super().__init__("There is nobody to tell yet: choose others, or wait until people have taken their places.")


class TimePassed(Exception):
    """The time for which it was set has gone by."""

    def __init__(self) -> None:
        super().__init__("That time has passed. Choose a later one, or send it now.")


class MustBeConfirmed(Exception):
    """Urgent mails ring at night; that is asked once more."""

    def __init__(self) -> None:
        super().__init__("Tick that it may reach people at any hour, or take “urgent” off.")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is announced, to whom and for when; no day: as soon as it is confirmed."""

    title: str
    text: str
    section: Section | None = None
    enrollment: Enrollment | None = None
    is_urgent: bool = False
    on_date: date | None = None
    at_time: time | None = None
    clock: str = Announcement.Clock.PROGRAM
    zone: str = ""

    @property
    def fingerprint(self) -> str:
        """By which the same post is known again."""
        return repr([getattr(said, "pk", said) for said in vars(self).values()])


@transaction.atomic
def draft_announcement(
    *,
    session: Session,
    words: Words,
    key: UUID,
    actor: User,
    corrects: Announcement | None = None,
    now: datetime,
) -> Announcement:
    """Keep a draft, which its writer alone sees. The same post again is the same draft, as it is by now.

    Other words with the same key (written on after the Back button) are another draft: nothing is written over.
    """
    row, _ = Announcement.objects.get_or_create(
        author=actor,
        key=uuid5(key, words.fingerprint),
        defaults={"session": session, "corrects": corrects, "saved_at": now, **vars(words)},
    )
    return row


@transaction.atomic
def change_announcement(*, announcement: Announcement, words: Words, revision: int, now: datetime) -> Announcement:
    """Save what was written on. One that was set to go out is a draft again until it is confirmed. Locks the row.

    Saving the same again changes nothing. Raises AlreadySent, StaleAnnouncement.
    """
    row = _locked(announcement)
    if not row.can_change(now):
        raise AlreadySent
    changed = [name for name, value in vars(words).items() if getattr(row, name) != value]
    if not changed:
        return row
    if row.revision != revision:
        raise StaleAnnouncement
    if row.status == Status.READY:
        move(row, Status.DRAFT, send_at=None)
    for name in changed:
        setattr(row, name, getattr(words, name))
    row.revision, row.saved_at = row.revision + 1, now
    row.save(update_fields=[*changed, "revision", "saved_at"])
    return row


@transaction.atomic
def send_announcement(
    *, announcement: Announcement, revision: int, is_confirmed: bool = False, actor: User, now: datetime
) -> Announcement:
    """Send it now, or set it to go out at its time, and record who tells whom. Doing it twice is once. Locks the row.

    `is_confirmed` says that an urgent one may reach people at any hour. Raises StaleAnnouncement, MustBeConfirmed,
    NobodyToTell, TimePassed, WrongState.
    """
    row = _locked(announcement)
    if row.status == Status.READY and row.revision == revision:
        return row
    if row.revision != revision:
        raise StaleAnnouncement
    if row.is_urgent and not is_confirmed:
        raise MustBeConfirmed
    send_at = instant_meant(row) or now
    if send_at < now:
        raise TimePassed
    told = recipients_of(row, now).count()
    if not told:
        raise NobodyToTell
    move(row, Status.READY, send_at=send_at)
    record(
        actor=actor,
        verb="sent an announcement" if send_at == now else "set an announcement to go out",
        on=row,
        after={
            "title": row.title,
            "to": _recorded_audience(row),
            "people": told,
            "goes_out_at": send_at,
            "urgent": row.is_urgent,
        },
        scope=row.session.scope,
        now=now,
    )
    if send_at == now:
        outbox.enqueue(notices.announced(row, now), now=now)
    return row


@transaction.atomic
def call_off_announcement(*, announcement: Announcement, actor: User, now: datetime) -> Announcement:
    """Let it not go out; a draft is put away. Twice is once. Locks the row. Raises AlreadySent."""
    row = _locked(announcement)
    if row.is_called_off:
        return row
    if not row.can_change(now):
        raise AlreadySent
    was_ready, was_to_go = row.status == Status.READY, row.send_at
    move(row, Status.CALLED_OFF, send_at=None, called_off_at=now)
    if was_ready:
        record(
            actor=actor,
            verb="called off an announcement",
            on=row,
            before={"title": row.title, "to": _recorded_audience(row), "goes_out_at": was_to_go},
            scope=row.session.scope,
            now=now,
        )
    return row


@transaction.atomic
def follow_program_time(*, session: Session, now: datetime) -> None:
    """After the session has taken another zone: what was meant on its clocks is meant on the new ones.

    One that would lie in the past on them goes out now. Locks the rows.
    """
    waiting = Announcement.objects.select_for_update(of=("self",)).filter(
        session=session, on_date__isnull=False, clock=Announcement.Clock.PROGRAM
    )
    for row in waiting.exclude(zone=session.zone).exclude(status=Status.CALLED_OFF):
        if row.is_draft:
            Announcement.objects.filter(pk=row.pk).update(zone=session.zone)
        elif row.can_change(now):
            # What is ready stays as it was confirmed, so it is a draft for a moment.
            move(row, Status.DRAFT, send_at=None, zone=session.zone)
            move(row, Status.READY, send_at=max(instant_meant(row) or now, now))


def instant_meant(announcement: Announcement) -> datetime | None:
    """When its day and hour are; None for one that goes out when it is confirmed.

    A time that the clocks skip is the first after the gap, one that they show twice the first of the two.
    """
    if announcement.on_date is None or announcement.at_time is None:
        return None
    return instant_of(announcement.on_date, announcement.at_time, announcement.zone, Side.RELEASE)


def _locked(announcement: Announcement) -> Announcement:
    rows = Announcement.objects.select_for_update(of=("self",))
    return rows.select_related("session__program", "section", "enrollment__user", "author").get(pk=announcement.pk)


def _recorded_audience(row: Announcement) -> str:
    return row.audience if row.section_id or row.enrollment_id else str(row.session)
