from datetime import datetime, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from assignments import windows
from assignments.querysets import AssignmentQuerySet
from assignments.standing import Standing, standing_of
from cohorts.models import Enrollment
from core.fields import WallRuleField
from core.windows import Window
from files.admission import MEGABYTE, PAPERS, WITH_RECORDINGS, Group
from modules.models import Item
from programs.models import Session


class Assignment(models.Model):
    """Work to hand in. Rules are what was meant, instants what they resolve to; ask `window_for`, never compare."""

    class Kind(models.TextChoices):
        REFLECTION = "reflection", "Reflection paper"
        EXERCISE = "exercise", "Assignment"
        PRACTICE = "practice", "Skill practice"
        PROJECT = "project", "Project part"

    class AnsweredBy(models.TextChoices):
        FELLOW = "teaching_fellow", "A teaching fellow answers"
        PEERS = "peers", "Fellow participants answer"
        NOBODY = "on_handing_in", "Complete on handing in; no feedback will come"

    class TakesText(models.TextChoices):
        REQUIRED = "required", "A text is needed"
        OPTIONAL = "optional", "A text, files, or both"
        NO = "no", "Files only"

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="assignment")
    # The item's session once more, so that lists and constraints need no join; set from the item, never by hand.
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="assignments", editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.REFLECTION)
    answered_by = models.CharField(max_length=16, choices=AnsweredBy.choices, default=AnsweredBy.FELLOW)
    prompt = models.TextField(help_text="Markdown. Each submission keeps the prompt it answered.")
    due_rule = WallRuleField("due", help_text="Such as: week 3, Sunday, 23:59 (program time).")
    due_at = models.DateTimeField(editable=False)
    closes_rule = WallRuleField(
        "closes",
        blank=True,
        null=True,
        help_text="Work is taken, marked late, until then. Empty: the session’s end of work.",
    )
    closes_at = models.DateTimeField(editable=False)
    # Counted by a trigger whenever `due_at` changes, whoever changes it: calendars follow it.
    times_moved = models.PositiveIntegerField(default=0, editable=False)
    min_words = models.PositiveIntegerField(null=True, blank=True)
    max_words = models.PositiveIntegerField(null=True, blank=True)
    takes_text = models.CharField(max_length=8, choices=TakesText.choices, default=TakesText.REQUIRED)
    most_files = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(20)], help_text="How many files may be handed in; 0: none."
    )
    most_megabytes = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(200)], help_text="Of each file."
    )
    takes_recordings = models.BooleanField(
        default=False, help_text="Sound and video too (mp3, m4a, wav, mp4, webm, mov)."
    )
    feedback_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Feedback is promised so many days after the deadline."
    )

    # Set by `AssignmentQuerySet.with_due_for`, the others by `with_state_for`.
    own_due_at: datetime
    own_closes_at: datetime
    own_handed_in_at: datetime | None
    own_late_by: timedelta | None
    own_result: str | None
    own_draft_saved_at: datetime | None
    # Set by `with_answer_for` and `with_rubric`.
    own_answer: dict[str, Any] | None
    own_extension: dict[str, Any] | None
    # Set by `with_commitment_for`: what the person wanted to do before this paper, and in which one they said so.
    own_commitment: dict[str, str] | None
    # Set by `with_words_for`.
    own_words: dict[str, Any] | None
    rubric: list[dict[str, Any]]
    # Set by `assignments.own.read_own_work`: until when it is answered if it is handed in now.
    own_promise: datetime | None
    # Set by `with_moves_for`.
    own_times_moved: int
    # Set by `with_time_for`.
    own_time: dict[str, int]
    own_request: dict[str, Any] | None
    # Set by `with_readers_for`: [what they are, name].
    named_readers: list[tuple[str, str]]
    # Set by `for_each_of`: an enrollment's key.
    whose: int
    # Set by `notices.pairs.pairs_of`.
    is_theirs: bool
    person: int
    persons_zone: str
    section: int | None

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__lte=F("closes_at")),
                name="assignment_closes_after_due",
                violation_error_message="Work cannot close before it is due.",
            ),
            models.CheckConstraint(
                condition=Q(min_words__isnull=True) | Q(max_words__isnull=True) | Q(min_words__lte=F("max_words")),
                name="assignment_words_in_order",
                violation_error_message="The smallest number of words is above the largest.",
            ),
            models.CheckConstraint(
                condition=~Q(takes_text="no") | Q(most_files__gte=1),
                name="assignment_takes_something",
                violation_error_message="Where no text is taken, files must be.",
            ),
            models.CheckConstraint(
                condition=Q(most_files__lte=20, most_megabytes__gte=1, most_megabytes__lte=200),
                name="assignment_files_bounded",
                violation_error_message="At most 20 files of 1 to 200 megabytes.",
            ),
        ]
        indexes = [models.Index(fields=["session", "due_at"])]

    def __str__(self) -> str:
        return self.item.title

    def get_absolute_url(self) -> str:
        """Its page; needs the session in the row."""
        return reverse("assignments:assignment-open", args=[self.session.slug, self.pk])

    def window_for(self, enrollment: Enrollment) -> Window:
        """This person's deadline. Two queries; for many, `windows.windows_for` or `with_due_for`."""
        return windows.window_for(self, enrollment)

    @property
    def takes_files(self) -> bool:
        """Whether files can be handed in."""
        return self.most_files > 0

    @property
    def takes_commitment(self) -> bool:
        """Whether one may say what one will do before the next paper."""
        return self.kind == self.Kind.REFLECTION

    @property
    def takes_link(self) -> bool:
        """Whether a recording may be somewhere else."""
        return self.kind == self.Kind.PRACTICE

    @property
    def needs_text(self) -> bool:
        """Whether files alone are not enough."""
        return self.takes_text == self.TakesText.REQUIRED

    @property
    def file_groups(self) -> frozenset[Group]:
        """What kinds of files are taken."""
        return WITH_RECORDINGS if self.takes_recordings else PAPERS

    @property
    def most_bytes(self) -> int:
        """Of each file."""
        return self.most_megabytes * MEGABYTE

    @property
    def own_window(self) -> Window:
        """The deadline of the person that the row was asked for: after `with_due_for`, without a query."""
        return Window(None, self.own_due_at, self.own_closes_at)

    @property
    def own_provenance(self) -> str:
        """After `with_answer_for`: why the deadline is later than everybody's, as its person reads it. Empty where it
        is not, or where it is the date of a revision."""
        said = self.own_extension
        if said is None or self.own_due_at == self.due_at or said["until"] != self.own_due_at.timestamp():
            return ""
        later_by = None if said["seconds"] is None else timedelta(seconds=float(said["seconds"]))
        who = "you" if said["how"] == windows.TAKEN else said["by"]
        return windows.say_later(said["how"], later_by, said["days"], who)

    @property
    def granted_by(self) -> str:
        """After `told_of` or `with_answer_for`: who granted the extension that the deadline comes from; empty where it
        does not come from one."""
        said = self.own_extension
        is_granted = said is not None and said["how"] == windows.GRANTED
        return str(said["by"]) if is_granted and self.own_provenance else ""  # type: ignore[index]

    def standing(self, at: datetime) -> Standing:
        """How it stands for the person of `with_state_for`, in words. No query."""
        return standing_of(self, at)


class Criterion(models.Model):
    """One line of an assignment's rubric."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="criteria")
    key = models.SlugField(max_length=60)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["assignment", "position"]
        verbose_name_plural = "criteria"
        constraints = [models.UniqueConstraint(fields=["assignment", "key"], name="criterion_key_unique")]

    def __str__(self) -> str:
        return self.title


class Level(models.Model):
    """A level of a criterion, in words; the lowest position is the least."""

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="levels")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=100)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["criterion", "position"]
        constraints = [
            models.UniqueConstraint(fields=["criterion", "position"], name="level_position_unique"),
            # What the foreign key of two columns of a feedback's level points to.
            models.UniqueConstraint(fields=["id", "criterion"], name="level_with_criterion"),
        ]

    def __str__(self) -> str:
        return self.title
