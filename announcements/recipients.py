"""Who is told by an announcement: asked when it goes out, so that whoever has joined by then is among them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from announcements.models import Announcement
from cohorts.models import Enrollment, SectionFellow

Status = Enrollment.Status
# Somebody on leave is mailed nothing that is meant for all, and reads it on the page.
TOLD = frozenset({Status.ACTIVE, Status.COMPLETED, Status.NOT_COMPLETED})


def recipients_of(announcement: Announcement, at: datetime) -> QuerySet[User]:
    """The people whose place reads the session, and the fellows of its sections; never the writer."""
    places = Enrollment.objects.reading(at).filter(session=announcement.session_id)
    if announcement.enrollment_id is not None:
        reached = Q(pk__in=places.filter(pk=announcement.enrollment_id).values("user"))
    else:
        fellows = SectionFellow.objects.filter(section__session=announcement.session_id)
        places = places.filter(status__in=TOLD)
        if announcement.section_id is not None:
            places = places.filter(section=announcement.section_id)
            fellows = fellows.filter(section=announcement.section_id)
        reached = Q(pk__in=places.values("user")) | Q(pk__in=fellows.values("user"))
    return User.objects.filter(reached, is_active=True).exclude(pk=announcement.author_id)


def reached_by(
    announcements: Mapping[int, Announcement], people: Iterable[int | None], at: datetime
) -> dict[int, set[int]]:
    """Who of these people each of the announcements is for, as `recipients_of` says it; two queries for all of them."""
    places: dict[int, list[Enrollment]] = defaultdict(list)
    sessions = {one.session_id for one in announcements.values()}
    among = list(people)
    for place in Enrollment.objects.reading(at).filter(session__in=sessions, user__in=among, user__is_active=True):
        places[place.session_id].append(place)
    led: dict[int, list[SectionFellow]] = defaultdict(list)
    fellows = SectionFellow.objects.filter(section__session__in=sessions, user__in=among, user__is_active=True)
    for fellow in fellows.select_related("section"):
        led[fellow.section.session_id].append(fellow)
    return {
        pk: _reached(one, places[one.session_id], led[one.session_id]) - {one.author_id}
        for pk, one in announcements.items()
    }


def _reached(announcement: Announcement, places: list[Enrollment], led: list[SectionFellow]) -> set[int]:
    if announcement.enrollment_id is not None:
        return {place.user_id for place in places if place.pk == announcement.enrollment_id}
    told = [place for place in places if place.status in TOLD]
    section = announcement.section_id
    if section is not None:
        told = [place for place in told if place.section_id == section]
        led = [fellow for fellow in led if fellow.section_id == section]
    return {place.user_id for place in told} | {fellow.user_id for fellow in led}
