"""What a cohort's people are told: that they are invited, and what becomes of their meetings."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from accounts.models import User
from cohorts.models import Enrollment, Meeting
from notifications.hours import is_near, is_skipped, morning_before
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Span, Wanted, instant_key, register
from notifications.models import Lane, Notice
from programs.models import Session

# Nobody lives further than this from UTC, so a reminder's morning lies within so much of the meeting.
FARTHEST_MORNING = timedelta(days=2, hours=14)


def members_of(meeting: Meeting) -> QuerySet[User]:
    """Who is told about a meeting: its notified participants and observers, and the fellows of its sections."""
    places = Enrollment.objects.filter(session_id=meeting.session_id).notified()
    fellows = Q(fellowships__section__session_id=meeting.session_id)
    if meeting.section_id is not None:
        places = places.filter(section_id=meeting.section_id)
        fellows = Q(fellowships__section_id=meeting.section_id)
    return User.objects.filter(Q(pk__in=places.values("user_id")) | fellows, is_active=True).distinct()


def invitation(enrollment: Enrollment) -> NoticeRequest:
    """That a place is waiting; `invited_at` makes a second sending a second notice."""
    assert enrollment.invited_at is not None  # noqa: S101 - the service sets it in the same transaction
    return INVITATION.to(
        enrollment.user_id,
        on=enrollment,
        occurrence=enrollment.invited_at.isoformat(),
        scope=enrollment.session.scope,
    )


def still_invited(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While the place has not been taken or taken away."""
    statuses = dict(
        Enrollment.objects.filter(pk__in=[notice.object_id for notice in notices]).values_list("pk", "status")
    )
    answers: dict[int, Wanted] = {}
    for notice in notices:
        status = statuses.get(notice.object_id)
        if status == Enrollment.Status.INVITED:
            answers[notice.pk] = True
        elif status is not None:
            answers[notice.pk] = f"the place is no longer waiting: {Enrollment.Status(status).label.lower()}"
    return answers


def describe_invitations(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """The session's name and start."""
    rows = Enrollment.objects.select_related("session__program").in_bulk([notice.object_id for notice in notices])
    return {
        notice.pk: Described(
            context={
                "session": str(row.session),
                "starts_on": row.session.starts_on,
                "path": "/",
                "is_first": row.user_id == notice.recipient_id and row.accepted_at is None,
            },
            reply_to=row.session.answers_to,
        )
        for notice in notices
        if (row := rows.get(notice.object_id))
    }


INVITATION = register(
    Kind(
        key="cohorts.invitation",
        name="Invitations",
        lane=Lane.EVENT,
        is_optional=False,
        audience=Audience.PARTICIPANTS,
        subject="Your place in {{ session }}",
        why="you were enrolled in {{ session }}",
        lasts=timedelta(days=14),
        still_wanted=still_invited,
        describe=describe_invitations,
    )
)


def meetings_tomorrow(span: Span) -> Iterator[NoticeRequest]:
    """At nine in the morning of each member's day before the meeting. No query while it is nobody's morning."""
    if not span.zones:
        return
    for meeting in meetings_ahead(span.since, span.until):
        for pk, zone in members_of(meeting).filter(zone__in=span.zones).values_list("pk", "zone"):
            send_at = morning_before(meeting.starts_at, User(zone=zone).tz)
            if send_at in span:
                yield meeting_reminder(meeting, pk, send_at)


def skipped_meetings(user: User, was: ZoneInfo, now: datetime) -> Iterator[NoticeRequest]:
    """After the person has taken another zone: what was to come on the old clock and is past on the new, to go now."""
    theirs = Q(session__enrollments__user=user) | Q(session__sections__fellows__user=user)
    for meeting in meetings_ahead(now, now).filter(pk__in=Meeting.objects.filter(theirs).values("pk")):
        on_old_clock, on_new_clock = (morning_before(meeting.starts_at, tz) for tz in (was, user.tz))
        if is_skipped(on_old_clock, on_new_clock, now) and members_of(meeting).filter(pk=user.pk).exists():
            yield meeting_reminder(meeting, user.pk, now)


def meetings_ahead(since: datetime, until: datetime) -> QuerySet[Meeting]:
    """Those of which somebody may be reminded in that time."""
    return Meeting.objects.filter(
        status=Meeting.Status.SCHEDULED,
        session__status=Session.Status.PUBLISHED,
        starts_at__gt=since,
        starts_at__lte=until + FARTHEST_MORNING,
    ).select_related("session")


def meeting_reminder(meeting: Meeting, person: int, send_at: datetime) -> NoticeRequest:
    """That it is near."""
    return MEETING_TOMORROW.to(
        person,
        on=meeting,
        occurrence=meeting.starts_at,
        scope=meeting.session.scope,
        send_at=send_at,
        expires_at=meeting.starts_at,
    )


def still_meeting(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While it takes place at the time that was told, and the person is a member of it."""
    meetings = Meeting.objects.select_related("session").in_bulk({notice.object_id for notice in notices})
    members = {pk: set(members_of(meeting).values_list("pk", flat=True)) for pk, meeting in meetings.items()}
    answers: dict[int, Wanted] = {}
    for notice in notices:
        meeting = meetings.get(notice.object_id)
        if meeting is None:
            continue
        if notice.recipient_id not in members[meeting.pk]:
            answers[notice.pk] = "the person is no longer a member of the meeting"
        elif notice.kind == CANCELLED.key:
            answers[notice.pk] = True
        elif meeting.status == Meeting.Status.CANCELLED:
            answers[notice.pk] = "the meeting was cancelled"
        elif instant_key(meeting.starts_at) not in notice.occurrence:
            answers[notice.pk] = "the meeting was moved again"
        else:
            answers[notice.pk] = True
    return answers


def describe_meetings(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """What, when, where."""
    meetings = Meeting.objects.select_related("session__program", "section").in_bulk(
        {notice.object_id for notice in notices}
    )
    return {
        notice.pk: Described(
            context={
                "title": meeting.title,
                "session": str(meeting.session),
                "section": meeting.section.name if meeting.section else "",
                "starts_at": meeting.starts_at,
                "minutes": meeting.minutes,
                "link": meeting.link,
                "note": meeting.note,
                "moved_from": datetime.fromisoformat(moved) if (moved := notice.context.get("moved_from")) else None,
                "path": f"/s/{meeting.session.slug}/",
                "program_zone": meeting.session.zone,
            },
            reply_to=meeting.session.answers_to,
        )
        for notice in notices
        if (meeting := meetings.get(notice.object_id))
    }


MEETING_TOMORROW = register(
    Kind(
        key="cohorts.meeting_tomorrow",
        name="Reminders of meetings",
        lane=Lane.REMINDER,
        is_optional=True,
        subject="{{ title }}: {% when starts_at %}",
        why="you belong to {% if section %}{{ section }} of {% endif %}{{ session }}",
        candidates=meetings_tomorrow,
        still_wanted=still_meeting,
        describe=describe_meetings,
    )
)
MOVED = register(
    Kind(
        key="cohorts.meeting_moved",
        name="Meetings that are moved",
        lane=Lane.REMINDER,
        is_optional=False,
        subject="{{ title }} was moved to {% when starts_at %}",
        why="you belong to {% if section %}{{ section }} of {% endif %}{{ session }}",
        still_wanted=still_meeting,
        describe=describe_meetings,
    )
)
CANCELLED = register(
    Kind(
        key="cohorts.meeting_cancelled",
        name="Meetings that do not take place",
        lane=Lane.REMINDER,
        is_optional=False,
        subject="{{ title }} does not take place",
        why="you belong to {% if section %}{{ section }} of {% endif %}{{ session }}",
        still_wanted=still_meeting,
        describe=describe_meetings,
    )
)


def meeting_moved(meeting: Meeting, *, from_instant: datetime, now: datetime) -> list[NoticeRequest]:
    """One notice for each member, by itself when either time is near; the sequence tells one move from the next."""
    return [
        MOVED.to(
            pk,
            on=meeting,
            occurrence=f"{meeting.sequence} {instant_key(meeting.starts_at)}",
            scope=meeting.session.scope,
            expires_at=meeting.ends_at,
            context={"moved_from": from_instant.isoformat()},
            alone=is_near(from_instant, meeting.starts_at, now=now),
        )
        for pk in members_of(meeting).values_list("pk", flat=True)
    ]


def meeting_cancelled(meeting: Meeting, *, now: datetime) -> list[NoticeRequest]:
    """One notice for each member, by itself when it was near."""
    return [
        CANCELLED.to(
            pk,
            on=meeting,
            occurrence=f"{meeting.sequence} {instant_key(meeting.starts_at)}",
            scope=meeting.session.scope,
            expires_at=meeting.ends_at,
            alone=is_near(meeting.starts_at, now=now),
        )
        for pk in members_of(meeting).values_list("pk", flat=True)
    ]
