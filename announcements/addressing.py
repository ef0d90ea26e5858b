"""Whom somebody may announce something to, in one session."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User, in_lists
from accounts.roles import Perm
from announcements.models import Announcement
from cohorts.access import Membership
from cohorts.models import Enrollment, Section
from programs.models import Session

TO_ALL = "session"
# More names than these make no list to choose from: whoever is meant is named by the address of the page.
MOST_NAMED = 300


@dataclass(frozen=True)
class Reach:
    """What one member may address."""

    session: Session
    membership: Membership
    user: User
    at: datetime

    @property
    def is_whole(self) -> bool:
        """The whole session, each of its sections, and every one of its people."""
        return self.membership.may(Perm.ANNOUNCE_TO_SESSION)

    @property
    def may_be_urgent(self) -> bool:
        return self.membership.may(Perm.ANNOUNCE_URGENTLY)

    def sections(self) -> QuerySet[Section]:
        """All of the session, or the own ones."""
        rows = Section.objects.filter(session=self.session)
        return rows if self.is_whole else rows.filter(fellows__user=self.user)

    def people(self) -> QuerySet[Enrollment]:
        """Those who read the session; of the own sections only, unless the whole is theirs."""
        rows = Enrollment.objects.reading(self.at).filter(session=self.session).exclude(user=self.user)
        if not self.is_whole:
            rows = rows.filter(section__in=self.sections().values("pk"))
        return rows.select_related("user", "section").order_by(in_lists("user__"), "pk")

    def holds(self, announcement: Announcement) -> bool:
        """Whether it is still for somebody whom this member may address, as loudly as it is."""
        if announcement.is_urgent and not self.may_be_urgent:
            return False
        if announcement.section_id is not None:
            return self.sections().filter(pk=announcement.section_id).exists()
        if announcement.enrollment_id is not None:
            return self.people().filter(pk=announcement.enrollment_id).exists()
        return self.is_whole


def key_of(audience: Announcement) -> str:
    """How a form names whom it is for."""
    if audience.section_id is not None:
        return f"section-{audience.section_id}"
    if audience.enrollment_id is not None:
        return f"person-{audience.enrollment_id}"
    return TO_ALL
