from typing import Any

from django.conf import settings
from django.db import models


def object_type_of(row: models.Model) -> str:
    """How the record names a kind of row: "assignments.extension"."""
    return row._meta.label_lower


class EntryQuerySet(models.QuerySet["Entry"]):
    """What was done, newest first."""

    def about(self, row: models.Model) -> "EntryQuerySet":
        """Everything that was done to this row."""
        return self.filter(object_type=object_type_of(row), object_id=str(row.pk))

    def in_scope(self, scope: str) -> "EntryQuerySet":
        """Everything done within one program or session: "program:3", "session:12"."""
        return self.filter(scope=scope)


class Entry(models.Model):
    """One thing that somebody did: who, when, to what, from what to what, and why.

    Rows are only ever added: a trigger of the database refuses everything else (migration 0002).
    Write them with `audit.services.record`, in the transaction of the act itself.
    """

    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty: the platform itself.",
    )
    verb = models.CharField(max_length=100)
    object_type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=64)
    scope = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["object_type", "object_id", "-at"], name="entry_about"),
            models.Index(fields=["scope", "-at"], name="entry_scope", condition=~models.Q(scope="")),
            models.Index(fields=["actor", "-at"], name="entry_actor"),
            # The office shows the newest of several sessions at once.
            models.Index(fields=["-at", "-id"], name="entry_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(verb="") & ~models.Q(object_type="") & ~models.Q(object_id=""),
                name="entry_says_what",
                violation_error_message="Say what was done, and to what.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb}: {self.object_type} {self.object_id}"

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """Each value that is named before or after: its name, what it was, what it became; None where not named."""
        before = self.before if isinstance(self.before, dict) else {}
        after = self.after if isinstance(self.after, dict) else {}
        return [(name, before.get(name), after.get(name)) for name in dict.fromkeys([*before, *after])]
