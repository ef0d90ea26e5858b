from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assignments.models.work import Submission


class MovedPromise(models.Model):
    """A later date for the answer to one paper; the latest counts. Written with the reason for it, never changed."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="moved_promises")
    promised_at = models.DateTimeField()
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()

    class Meta:
        ordering = ["moved_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(promised_at__gt=F("moved_at")),
                name="moved_promise_lies_ahead",
                violation_error_message="A promise can only be moved to a later day.",
            )
        ]

    def __str__(self) -> str:
        return f"Feedback on {self.submission} by {self.promised_at}"
