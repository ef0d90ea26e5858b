from django.conf import settings
from django.db import models
from django.db.models import Q

from programs.models import Session


class FirstLook(models.Model):
    """That the head teaching fellow wishes to see what this person writes before it goes out, until it is ended."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="first_looks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="first_looks")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "user"], condition=Q(ended_at__isnull=True), name="first_look_asked_once"
            )
        ]

    def __str__(self) -> str:
        return f"First feedback of {self.user}"
