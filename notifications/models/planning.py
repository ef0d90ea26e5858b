from django.db import models


class Planning(models.Model):
    """How far the planner has looked for one kind of notice."""

    kind = models.CharField(max_length=60, primary_key=True)
    planned_at = models.DateTimeField(help_text="The moment of the last planning that went well.")
    # Before that where transactions were open, so that the next look sees what they have brought (planner.py).
    looks_from = models.DateTimeField(help_text="What falls due after this moment is looked at the next time.")
    trouble = models.TextField(blank=True, help_text="Why the planning after it did not.")

    class Meta:
        verbose_name_plural = "planning"

    def __str__(self) -> str:
        return f"{self.kind} at {self.planned_at}"
