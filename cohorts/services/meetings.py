from datetime import date, datetime, time, timedelta
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from audit.services import record
from cohorts import notices
from cohorts.models import Meeting, Section
from core.moves import move
from notifications import outbox
from programs.models import Session


class MeetingOver(Exception):
    """What is over cannot be moved."""

    def __init__(self) -> None:
        super().__init__("This meeting is over; set up a new one instead.")


class MeetingInThePast(Exception):
    """A meeting is set up for a time to come."""

    def __init__(self) -> None:
        super().__init__("That time has already passed; choose a later one.")


@transaction.atomic
def schedule_meetings(
    *,
    session: Session,
    title: str,
    on_date: date,
    at_time: time,
    minutes: int = 90,
    times: int = 1,
    section: Section | None = None,
    link: str = "",
    note: str = "",
    actor: User | None,
    now: datetime,
) -> list[Meeting]:
    """Set up one meeting, or one a week by wall time; break weeks are left out and do not count towards `times`."""
    series = uuid4() if times > 1 else None
    calendar = session.calendar()
    meetings: list[Meeting] = []
    day = on_date
    while len(meetings) < times:
        if times == 1 or not any(pause.starts_on <= day <= pause.ends_on for pause in calendar.breaks):
            meetings.append(
                Meeting(
                    session=session,
                    section=section,
                    title=title,
                    on_date=day,
                    at_time=at_time,
                    minutes=minutes,
                    link=link,
                    note=note,
                    series=series,
                )
            )
        day += timedelta(weeks=1)
    for meeting in meetings:
        meeting.save()
        record(
            actor=actor,
            verb="set up a meeting",
            on=meeting,
            after={"starts_at": meeting.starts_at, "title": title, "section": section.name if section else None},
            scope=session.scope,
            now=now,
        )
    return meetings


@transaction.atomic
def move_meeting(
    *, meeting: Meeting, on_date: date, at_time: time, actor: User, now: datetime, reason: str = ""
) -> Meeting:
    """Move a meeting and tell its members. The same time again changes nothing. Locks the meeting's row.

    Raises MeetingOver for one that has ended or was cancelled, MeetingInThePast for a time gone by.
    """
    locked = Meeting.objects.select_for_update(of=("self",)).select_related("session").get(pk=meeting.pk)
    if locked.status != Meeting.Status.SCHEDULED or locked.ends_at <= now:
        raise MeetingOver
    before = locked.starts_at
    locked.on_date, locked.at_time = on_date, at_time
    locked.resolve_time()
    if locked.starts_at == before:
        return locked
    if locked.starts_at <= now:
        raise MeetingInThePast
    locked.sequence += 1
    locked.save()
    record(
        actor=actor,
        verb="moved the meeting",
        on=locked,
        before={"starts_at": before},
        after={"starts_at": locked.starts_at},
        reason=reason,
        scope=locked.session.scope,
        now=now,
    )
    outbox.enqueue(notices.meeting_moved(locked, from_instant=before, now=now), now=now)
    return locked


@transaction.atomic
def cancel_meeting(*, meeting: Meeting, actor: User, now: datetime, reason: str = "") -> Meeting:
    """Cancel a meeting that is still ahead and tell its members. Raises MeetingOver, WrongState."""
    locked = Meeting.objects.select_for_update(of=("self",)).select_related("session").get(pk=meeting.pk)
    if locked.ends_at <= now:
        raise MeetingOver
    move(locked, Meeting.Status.CANCELLED, sequence=locked.sequence + 1)
    record(
        actor=actor,
        verb="cancelled the meeting",
        on=locked,
        before={"starts_at": locked.starts_at},
        reason=reason,
        scope=locked.session.scope,
        now=now,
    )
    outbox.enqueue(notices.meeting_cancelled(locked, now=now), now=now)
    return locked


@transaction.atomic
def change_link(*, meeting: Meeting, link: str, actor: User, now: datetime) -> Meeting:
    """Set or change where to join. Nobody is written to: the page and the reminder show the link of the moment."""
    before, meeting.link = meeting.link, link
    meeting.save(update_fields=["link"])
    record(
        actor=actor,
        verb="changed the link of the meeting",
        on=meeting,
        before={"link": before},
        after={"link": link},
        scope=meeting.session.scope,
        now=now,
    )
    return meeting
