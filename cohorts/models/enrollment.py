from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import in_lists
from accounts.roles import Perm
from cohorts.models.section import Section
from programs.models import Session

if TYPE_CHECKING:
    from accounts.models import User


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    """Places in sessions; which statuses mean what is the table in docs/access.md."""

    def reading(self, at: datetime) -> "EnrollmentQuerySet":
        """Those for whom the session's pages are open."""
        return self.filter(status__in=Enrollment.READING, session__access_ends_at__gt=at).exclude(
            session__status=Session.Status.DRAFT
        )

    def reading_own_work(self, at: datetime) -> "EnrollmentQuerySet":
        """Those for whom their own papers and feedback are open: after withdrawing too, until access ends."""
        return self.filter(status__in=Enrollment.OWN_WORK_READABLE, session__access_ends_at__gt=at).exclude(
            session__status=Session.Status.DRAFT
        )

    def working(self) -> "EnrollmentQuerySet":
        """Those who may hand in: never observers."""
        return self.filter(status__in=Enrollment.WORKING, kind=Enrollment.Kind.PARTICIPANT)

    def notified(self) -> "EnrollmentQuerySet":
        """Those who are told what opens and what is due; somebody on leave is not."""
        return self.filter(status__in=Enrollment.NOTIFIED, user__is_active=True).filter(
            session__status=Session.Status.PUBLISHED
        )

    def counted(self) -> "EnrollmentQuerySet":
        """Those who count in the figures of a session."""
        return self.filter(status__in=Enrollment.COUNTED, kind=Enrollment.Kind.PARTICIPANT)

    def visible_to(self, user: "User", at: datetime) -> "EnrollmentQuerySet":
        """One's own; a TF's sections; the whole session for those whose role sees its people."""
        return self.filter(
            Q(user=user)
            | Q(section__in=user.fellowships.values("section_id"), status__in=Enrollment.SEEN_BY_FELLOW)
            | Q(session__in=Session.objects.granting(user, Perm.VIEW_PEOPLE))
        )


class Enrollment(models.Model):
    """A participant's place in a session. Work, extensions and attendance hang on it, never on the user."""

    class Status(models.TextChoices):
        INVITED = "invited", "Invited"
        ACTIVE = "active", "Active"
        ON_LEAVE = "on_leave", "On leave"
        DEFERRED = "deferred", "Deferred"
        WITHDRAWN = "withdrawn", "Withdrawn"
        REMOVED = "removed", "Removed"
        COMPLETED = "completed", "Completed"
        NOT_COMPLETED = "not_completed", "Not completed"

    class Kind(models.TextChoices):
        PARTICIPANT = "participant", "Participant"
        OBSERVER = "observer", "Observer"

    MOVES = {
        Status.INVITED: {Status.ACTIVE, Status.DEFERRED, Status.WITHDRAWN, Status.REMOVED},
        Status.ACTIVE: {
            Status.ON_LEAVE, Status.DEFERRED, Status.WITHDRAWN, Status.REMOVED, Status.COMPLETED, Status.NOT_COMPLETED,
        },
        Status.ON_LEAVE: {Status.ACTIVE, Status.DEFERRED, Status.WITHDRAWN, Status.REMOVED, Status.NOT_COMPLETED},
        Status.DEFERRED: {Status.ACTIVE, Status.WITHDRAWN, Status.REMOVED},
        Status.WITHDRAWN: {Status.ACTIVE},
        Status.REMOVED: {Status.ACTIVE},
        Status.COMPLETED: {Status.ACTIVE},
        Status.NOT_COMPLETED: {Status.ACTIVE, Status.COMPLETED},
    }  # fmt: skip

    # The table of docs/access.md, column by column.
    READING = frozenset({Status.ACTIVE, Status.ON_LEAVE, Status.COMPLETED, Status.NOT_COMPLETED})
    OWN_WORK_READABLE = READING | {Status.WITHDRAWN}
    WORKING = frozenset({Status.ACTIVE, Status.ON_LEAVE})
    NOTIFIED = frozenset({Status.ACTIVE})
    COUNTED = frozenset({Status.INVITED, Status.ACTIVE, Status.ON_LEAVE, Status.COMPLETED, Status.NOT_COMPLETED})
    SEEN_BY_FELLOW = frozenset(
        {Status.INVITED, Status.ACTIVE, Status.ON_LEAVE, Status.WITHDRAWN, Status.COMPLETED, Status.NOT_COMPLETED}
    )

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="enrollments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrollments")
    # A foreign key of two columns in the database (migration `section_of_the_same_session`) keeps both in one session.
    section = models.ForeignKey(Section, on_delete=models.SET_NULL, null=True, blank=True, related_name="enrollments")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.INVITED, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PARTICIPANT)
    enrolled_at = models.DateTimeField(editable=False)
    # When the director last sent for this person; the notice itself is the proof that it went out.
    invited_at = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = [in_lists("user__"), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "user"],
                name="enrollment_once_per_session",
                violation_error_message="This person is already enrolled in the session.",
            ),
            models.CheckConstraint(
                condition=Q(kind="participant") | Q(section__isnull=True),
                name="observer_has_no_section",
                violation_error_message="An observer belongs to no section.",
            ),
        ]
        indexes = [models.Index(fields=["session", "status"])]

    def __str__(self) -> str:
        return f"{self.user} in {self.session}"

    @property
    def may_hand_in(self) -> bool:
        """Whether work is taken from this place; `EnrollmentQuerySet.working` in one row."""
        return self.status in self.WORKING and self.kind == self.Kind.PARTICIPANT
