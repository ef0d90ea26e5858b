from django.db import models

from assignments.models.work import Submission


class PassedOn(models.Model):
    """That no peer has answered a paper in time: from then on staff answer it, and whatever its writer hands in for the
    same work."""

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="passed_on")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "paper passed on"
        verbose_name_plural = "papers passed on"

    def __str__(self) -> str:
        return f"{self.submission} passed on"
