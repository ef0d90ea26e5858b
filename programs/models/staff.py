from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.roles import Role
from programs.models.program import Program
from programs.models.session import Session


class Appointment(models.Model):
    """A staff member's role in a program (all its sessions) or in one session."""

    class Role(models.TextChoices):
        TEACHING_FELLOW = Role.TEACHING_FELLOW.value, "Teaching fellow"
        HEAD_TEACHING_FELLOW = Role.HEAD_TEACHING_FELLOW.value, "Head teaching fellow"
        FACULTY_CHAIR = Role.FACULTY_CHAIR.value, "Faculty chair"
        CHAIR_ASSISTANT = Role.CHAIR_ASSISTANT.value, "Faculty chair’s assistant"
        COORDINATOR = Role.COORDINATOR.value, "Program coordinator"
        DIRECTOR = Role.DIRECTOR.value, "Program director"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=40, choices=Role.choices)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, null=True, blank=True, related_name="appointments")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, null=True, blank=True, related_name="appointments")
    appointed_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["role", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(program__isnull=True) ^ Q(session__isnull=True),
                name="appointment_to_program_or_session",
                violation_error_message="Appoint to a program or to one session, not to both.",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "program", "session"],
                nulls_distinct=False,
                name="appointment_made_once",
                violation_error_message="This person already has that role there.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display().lower()} of {self.program or self.session}"
