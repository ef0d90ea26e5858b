from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat

from accounts.roles import GRANTS, Perm
from programs.content import ProgramContent, read_content

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class ProgramQuerySet(models.QuerySet["Program"]):
    """Programs as the catalogue and the office ask for them."""

    def visible_to(self, user: "User | AnonymousUser", at: datetime) -> "ProgramQuerySet":
        """What the catalogue shows, and beyond it the programs the person is appointed to."""
        if not user.is_authenticated:
            return self.filter(is_listed=True)
        return self.filter(
            Q(is_listed=True)
            | Q(pk__in=user.appointments.values("program_id"))
            | Q(sessions__in=user.appointments.values("session_id"))
        ).distinct()

    def with_latest_version(self) -> "ProgramQuerySet":
        """Adds `latest_content`, the newest program file as plain values; None where none was loaded."""
        newest = ProgramVersion.objects.filter(program=OuterRef("pk")).order_by("-number")
        return self.annotate(latest_content=Subquery(newest.values("content")[:1]))

    def granting(self, user: "User", perm: Perm) -> "ProgramQuerySet":
        """Programs to which the person is appointed as a whole, with this right; a subquery."""
        held = user.appointments.filter(role__in=[role.value for role, perms in GRANTS.items() if perm in perms])
        return self.filter(pk__in=held.values("program_id"))

    def scopes(self) -> models.QuerySet[Any]:
        """The names under which the record and the notices know these programs: "program:3"; a subquery."""
        name = Concat(Value("program:"), Cast("pk", models.CharField()))
        return self.order_by().annotate(name_of_scope=name).values("name_of_scope")


class Program(models.Model):
    """What is taught, without dates. Its texts stand in the versions of its program file."""

    slug = models.SlugField(
        unique=True, help_text="Part of the address of its page; do not change it once it is public."
    )
    code = models.CharField(max_length=12, unique=True, help_text="Short, such as LOA; begins every receipt number.")
    title = models.CharField(max_length=200)
    is_listed = models.BooleanField("stands in the catalogue", default=True)
    office_email = models.EmailField("the office’s address", help_text="Answers to mails and calls for help go there.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Order in the catalogue.")

    objects = ProgramQuerySet.as_manager()

    # Set by `with_latest_version`.
    latest_content: Any

    class Meta:
        ordering = ["position", "title"]

    def __str__(self) -> str:
        return self.title

    @property
    def scope(self) -> str:
        """How audit rows and notices name this program."""
        return f"program:{self.pk}"


class ProgramVersion(models.Model):
    """A checked program file, kept as it was loaded. A new one arises only when the content changed."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the canonical content.")
    # The checked file as plain values; `operations.program_files` is the only one that writes it.
    content = models.JSONField(editable=False)
    source = models.TextField(editable=False, help_text="The file as it was read, comments included.")
    loaded_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["program", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="program_version_number_unique"),
            models.UniqueConstraint(fields=["program", "content_hash"], name="program_version_content_unique"),
            models.CheckConstraint(condition=Q(number__gte=1), name="program_version_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.program} · version {self.number}"

    @cached_property
    def outline(self) -> ProgramContent:
        """What the file says, typed: texts, credits, modules with their items. No query."""
        return read_content(self.content)


class Credit(models.Model):
    """Chair and director as the catalogue names them: names, not accounts."""

    class Kind(models.TextChoices):
        CHAIR = "chair", "Faculty chair"
        DIRECTOR = "director", "Program director"

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="credits")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["kind", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "kind", "name"],
                name="credit_named_once",
                violation_error_message="This person is already named there.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_kind_display().lower()}"
