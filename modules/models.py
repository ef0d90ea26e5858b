from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q

from cohorts.models import Enrollment, Meeting
from core.fields import WallRuleField
from modules.querysets import ItemQuerySet, ModuleQuerySet
from programs.models import Session

if TYPE_CHECKING:
    from core.windows import Window  # noqa: F401 - named in docstrings


class Module(models.Model):
    """A unit of a session's curriculum. `release_rule` is what was meant, `releases_at` what it resolves to."""

    class Kind(models.TextChoices):
        ORIENTATION = "orientation", "Orientation"
        CORE = "core", "Module"
        LIVE = "live", "Live class"
        WRAP_UP = "wrap_up", "Wrap-up"

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="modules")
    key = models.SlugField(max_length=60, help_text="Its name in the program file and in addresses.")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CORE)
    position = models.PositiveSmallIntegerField(help_text="Its place in the order; strict order follows it.")
    number = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="As people say it: Module 3. May be empty."
    )
    title = models.CharField(max_length=200)
    outcome = models.TextField(blank=True, help_text="What participants can do, or have made, when it is done.")
    practice = models.CharField(
        max_length=60, blank=True, help_text="The practice it trains, if the program names them."
    )
    introduction = models.TextField(blank=True, help_text="Markdown.")
    release_rule = WallRuleField("opens", help_text="Such as: week 3, Monday, 09:00 (program time).")
    releases_at = models.DateTimeField(editable=False)
    is_ready = models.BooleanField(
        default=True,
        help_text="A module in preparation does not open at its instant; participants read “opens shortly”.",
    )
    is_sample = models.BooleanField(default=False, help_text="The page says that this text is a sample.")

    objects = ModuleQuerySet.as_manager()

    class Meta:
        ordering = ["session", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "key"],
                name="module_key_unique",
                violation_error_message="This session already has a module of that key.",
            ),
            models.UniqueConstraint(
                fields=["session", "position"],
                name="module_position_unique",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=["session", "number"],
                name="module_number_unique",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"Module {self.number} · {self.title}" if self.number else self.title

    @property
    def short_name(self) -> str:
        """ "Module 3", or the title where it has no number."""
        return f"Module {self.number}" if self.number else self.title


class Item(models.Model):
    """Something in a module. An assignment is a row of its own app with a one-to-one to its item."""

    class Kind(models.TextChoices):
        READING = "reading", "Reading"
        VIDEO = "video", "Lecture video"
        PAGE = "page", "Page"
        LINK = "link", "Link"
        DISCUSSION = "discussion", "Discussion"
        LIVE = "live", "Live meeting"
        ASSIGNMENT = "assignment", "Assignment"

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="items")
    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, help_text="Markdown.")
    url = models.URLField(blank=True, validators=[URLValidator(schemes=["https", "http"])])
    transcript = models.TextField(blank=True, help_text="Of a lecture video.")
    minutes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="About how long it takes.")
    is_required = models.BooleanField(
        default=True, help_text="Where order is strict, required work opens the next module."
    )
    is_sample = models.BooleanField(default=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.SET_NULL, null=True, blank=True, related_name="items")
    # Text changed after its release says so on the page.
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Set by the app that owns the work: from then on unhanded work no longer keeps the next module closed.
    blocks_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["module", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["module", "key"],
                name="item_key_unique",
                violation_error_message="This module already has an item of that key.",
            ),
            models.UniqueConstraint(
                fields=["module", "position"], name="item_position_unique", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=~Q(kind="link") | ~Q(url=""),
                name="item_link_has_address",
                violation_error_message="A link needs its address.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ItemProgress(models.Model):
    """That an item is done by somebody; strict order reads nothing else."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="progress")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="progress")
    done_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "enrollment"], name="item_done_once")]
        indexes = [models.Index(fields=["enrollment", "item"])]

    def __str__(self) -> str:
        return f"{self.item} done"


class ModuleOpening(models.Model):
    """A module opened for one person ahead of its order or instant, with the reason."""

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="openings")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="openings")
    reason = models.CharField(max_length=500)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["module", "enrollment"], name="module_opened_once_per_person"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="module_opening_has_reason",
                violation_error_message="Write why the module is opened for this person.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module} for {self.enrollment.user}"
