from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from programs.models import Session

if TYPE_CHECKING:
    from accounts.models import User


class SectionQuerySet(models.QuerySet["Section"]):
    """Sections as their people ask for them."""

    def visible_to(self, user: "User", at: datetime) -> "SectionQuerySet":
        """The section one is in or leads; all of a session for its appointed staff."""
        return self.filter(
            Q(pk__in=user.enrollments.values("section_id"))
            | Q(pk__in=user.fellowships.values("section_id"))
            | Q(session__in=Session.objects.of_staff(user))
        )


class Section(models.Model):
    """A teaching fellow's group of about twelve."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="sections")
    name = models.CharField(max_length=60, help_text="Such as Section A.")
    position = models.PositiveSmallIntegerField(default=0)
    capacity = models.PositiveSmallIntegerField(default=12)

    objects = SectionQuerySet.as_manager()

    class Meta:
        ordering = ["session", "position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "name"],
                name="section_name_unique",
                violation_error_message="This session already has a section of that name.",
            ),
            # What the enrollment's foreign key of two columns points to.
            models.UniqueConstraint(fields=["id", "session"], name="section_with_session"),
            models.CheckConstraint(
                condition=Q(capacity__gte=1),
                name="section_capacity_positive",
                violation_error_message="A section needs room for at least one.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SectionFellow(models.Model):
    """A teaching fellow who leads the section; it may have two."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="fellows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="fellowships")

    class Meta:
        ordering = ["section", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["section", "user"],
                name="fellow_once_per_section",
                violation_error_message="This teaching fellow already leads the section.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.section}"
