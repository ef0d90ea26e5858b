"""What an announcement's people are told: the announcement itself, by mail and in the inbox."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from announcements.models import NEWS_LASTS, Announcement
from announcements.recipients import reached_by, recipients_of
from notifications.addresses import answers_line
from notifications.kinds import Described, Kind, NoticeRequest, Span, Wanted, instant_key, register
from notifications.models import Lane, Notice


def announced(announcement: Announcement, now: datetime) -> Iterator[NoticeRequest]:
    """One for each of its people; two queries, however many they are."""
    kind = URGENT if announcement.is_urgent else ANNOUNCED
    assert announcement.send_at is not None  # noqa: S101 - it is ready
    for pk in recipients_of(announcement, now).values_list("pk", flat=True):
        yield kind.to(
            pk,
            on=announcement,
            occurrence=announcement.send_at,
            scope=announcement.session.scope,
            send_at=announcement.send_at,
            expires_at=announcement.send_at + kind.lasts,
            at_once=announcement.is_urgent,
        )


def ordinary_due(span: Span) -> Iterator[NoticeRequest]:
    """Those whose time comes: their people of this minute, so that whoever joins until then is told too."""
    return due(span, is_urgent=False)


def urgent_due(span: Span) -> Iterator[NoticeRequest]:
    """The same for urgent ones."""
    return due(span, is_urgent=True)


def due(span: Span, *, is_urgent: bool) -> Iterator[NoticeRequest]:
    """By state: ready, with its time in the span."""
    for announcement in span.once(ready_in):
        if announcement.is_urgent is is_urgent:
            yield from announced(announcement, span.now)


def ready_in(span: Span) -> list[Announcement]:
    """Those whose time lies in it. One query."""
    ready = Announcement.objects.filter(
        status=Announcement.Status.READY, send_at__gt=span.since, send_at__lte=span.until
    )
    return list(ready.select_related("session"))


def still_announced(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While it goes out at that time, and the person is one of those whom it is for."""
    announcements = Announcement.objects.in_bulk({notice.object_id for notice in notices})
    reached = reached_by(announcements, {notice.recipient_id for notice in notices}, now)
    answers: dict[int, Wanted] = {}
    for notice in notices:
        one = announcements.get(notice.object_id)
        if one is None:
            continue
        if one.is_called_off:
            answers[notice.pk] = "it was called off"
        elif one.send_at is None or notice.occurrence != instant_key(one.send_at):
            answers[notice.pk] = "it was changed before it went out"
        elif notice.recipient_id not in reached[one.pk]:
            answers[notice.pk] = "it is no longer meant for this person"
        else:
            answers[notice.pk] = True
    return answers


def describe_announcements(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """The text as it was written, who wrote it, and where answers go: to the writer."""
    rows = Announcement.objects.select_related("session__program", "section", "author", "corrects").in_bulk(
        {notice.object_id for notice in notices}
    )
    return {
        notice.pk: Described(
            context={
                "title": one.title,
                "text": one.text,
                "author": str(one.author),
                "session": str(one.session),
                "section": str(one.section) if one.section else "",
                "is_personal": one.enrollment_id is not None,
                "corrected_title": one.corrected.title if one.corrected else "",
                "corrected_at": one.corrected.send_at if one.corrected else None,
                "program_zone": one.session.zone,
            },
            reply_to=answers_line(str(one.author), one.author.email) or one.session.answers_to,
            path=f"/s/{one.session.slug}/announcements/{one.pk}/",
            action="Read it on the site",
            # What was written to one person is for the two of them.
            is_confidential=one.enrollment_id is not None,
        )
        for notice in notices
        if (one := rows.get(notice.object_id))
    }


WHY = (
    "{% if is_personal %}you take part in {{ session }}"
    "{% else %}you belong to {% if section %}{{ section }} of {% endif %}{{ session }}{% endif %}"
)
ANNOUNCED = register(
    Kind(
        key="announcements.announced",
        name="Announcements",
        lane=Lane.REMINDER,
        is_optional=True,
        subject="{{ title }}",
        why=WHY,
        lasts=NEWS_LASTS,
        candidates=ordinary_due,
        still_wanted=still_announced,
        describe=describe_announcements,
    )
)
URGENT = register(
    Kind(
        key="announcements.urgent",
        name="Urgent announcements",
        lane=Lane.EVENT,
        is_optional=False,
        subject="Urgent: {{ title }}",
        why=WHY,
        lasts=timedelta(days=1),
        candidates=urgent_due,
        still_wanted=still_announced,
        describe=describe_announcements,
    )
)
KINDS = (ANNOUNCED.key, URGENT.key)
