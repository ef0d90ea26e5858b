from django.db import models
from django.db.models import Q

from accounts.models import User


class Sending(models.Model):
    """Whether mails go out. There is one row."""

    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    paused_because = models.CharField(max_length=300, blank=True)
    # Which database it was that last sent (gate.py): another one has come out of a backup.
    home = models.JSONField(default=dict, blank=True)
    # What dates from before this moment waits until somebody confirms it.
    held_before = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "sending"
        constraints = [
            models.CheckConstraint(
                condition=Q(pk=1), name="sending_once", violation_error_message="There is one row of this."
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_because="") | (Q(paused_at__isnull=False) & ~Q(paused_because="")),
                name="sending_pause_has_reason",
                violation_error_message="A pause says why.",
            ),
        ]

    def __str__(self) -> str:
        return f"paused: {self.paused_because}" if self.paused_at else "mails go out"


class MailDomain(models.Model):
    """How mails to one domain are taken; the empty name stands for all together."""

    name = models.CharField(max_length=255, primary_key=True)
    # When the next mail would be in time at the rate that is allowed.
    free_at = models.DateTimeField(null=True, blank=True)
    # "Not now" again and again, without one acceptance between.
    setbacks = models.PositiveIntegerField(default=0)
    closed_until = models.DateTimeField(null=True, blank=True)
    said = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name or "all domains"
