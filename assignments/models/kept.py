"""What came late: it lost against a newer revision, and stands beside it until its writer has chosen."""

from django.db import models
from django.db.models import Q


class Kept(models.Model):
    """What was written in one open page and came too late: kept and offered, never written over what stands."""

    # The open page it was typed in: what that page sends next takes its place, what another sends stands beside it.
    editor = models.UUIDField()
    based_on = models.PositiveIntegerField(help_text="The revision it began from.")
    kept_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["-kept_at"]


def once_per_editor(of: str, *, name: str) -> models.UniqueConstraint:
    """Of one open page one thing waits, for each row that the field `of` names."""
    return models.UniqueConstraint(fields=[of, "editor"], condition=Q(settled_at__isnull=True), name=name)
