from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.expressions import Combinable
from django.urls import reverse

from assignments.models.assignment import Criterion, Level
from assignments.models.files import SubmissionFile
from assignments.models.kept import Kept, once_per_editor
from assignments.models.work import Submission
from assignments.querysets import FeedbackQuerySet

# Comments as their passages follow each other: those on the text, then those on its files.
AS_READ: list[str | Combinable] = [F("file__position").asc(nulls_first=True), "starts_at_char", "pk"]


class Feedback(models.Model):
    """An answer to one submission. Until it is released nothing of it is visible to its participant, in any channel."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Being written"
        # Goes out at the promised instant, unless somebody holds it.
        HELD = "held", "Finished, not released"
        RELEASED = "released", "Released"

    MOVES = {
        Status.DRAFT: {Status.HELD, Status.RELEASED},
        Status.HELD: {Status.DRAFT, Status.RELEASED},
        Status.RELEASED: set(),
    }

    class Result(models.TextChoices):
        COMPLETE = "complete", "Complete"
        PLEASE_REVISE = "please_revise", "Please revise"
        NOT_YET_COMPLETE = "not_yet_complete", "Not yet complete"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="feedback")
    # A correction of what was released is a new version; the old one is kept.
    version = models.PositiveSmallIntegerField(default=1)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT, editable=False)
    # Rises with each save; a save names the one it began from, and a stale one is refused with its text kept.
    revision = models.PositiveIntegerField(default=0, editable=False)
    saved_at = models.DateTimeField(editable=False)
    text = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    result = models.CharField(max_length=20, choices=Result.choices, blank=True)
    revise_reason = models.TextField(blank=True)
    revise_until = models.DateTimeField(null=True, blank=True, help_text="The revision’s own deadline.")
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Empty: the platform, at the promised instant.
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    # Who holds what is finished beyond its promised instant; empty: it goes out by itself.
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    held_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Of feedback that was asked to be seen first (`FirstLook`): that it was.
    looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Set by `with_revision_due`.
    revision_due_at: datetime | None

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["submission", "version"]
        verbose_name_plural = "feedback"
        constraints = [
            models.UniqueConstraint(fields=["submission", "version"], name="feedback_version_unique"),
            models.UniqueConstraint(
                fields=["submission"], condition=~Q(status="released"), name="feedback_one_unreleased"
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | ~Q(result=""),
                name="feedback_finished_has_result",
                violation_error_message="Choose a result before you finish.",
            ),
            models.CheckConstraint(
                condition=~Q(result="please_revise")
                | Q(status="draft")
                | (~Q(revise_reason="") & Q(revise_until__isnull=False)),
                name="feedback_revision_has_reason_and_date",
                violation_error_message="“Please revise” needs a reason and a date.",
            ),
            models.CheckConstraint(
                condition=Q(status="released", released_at__isnull=False)
                | (~Q(status="released") & Q(released_at__isnull=True, released_by__isnull=True)),
                name="feedback_released_at",
            ),
            models.CheckConstraint(
                condition=Q(held_by__isnull=True, held_at__isnull=True)
                | Q(status="held", held_by__isnull=False, held_at__isnull=False),
                name="feedback_held_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(looked_by__isnull=True, looked_at__isnull=True)
                | (~Q(status="draft") & Q(looked_by__isnull=False, looked_at__isnull=False)),
                name="feedback_looked_at_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Feedback on {self.submission}"

    def get_absolute_url(self) -> str:
        """Where its participant reads it; needs submission, assignment and session in the row."""
        assignment = self.submission.assignment
        return reverse(
            "assignments:feedback-read", args=[assignment.session.slug, assignment.pk, self.submission.number]
        )

    def asked_before(self) -> "list[Comment]":
        """Comments that were released on earlier attempts, each with `is_resolved`: found in this one. One query.

        Those that an attempt between had resolved already are left out.
        """
        paper = self.submission
        in_force = Feedback.objects.in_force().filter(
            submission__assignment=paper.assignment_id,
            submission__enrollment=paper.enrollment_id,
            submission__number__lt=paper.number,
        )
        found_here = Q(resolution__submission=paper.pk)
        asked = Comment.objects.filter(
            Q(resolution=None) | Q(resolution__submission__number__gte=paper.number),
            feedback__in=in_force.order_by().values("pk"),
        )
        return list(
            asked.annotate(is_resolved=ExpressionWrapper(found_here, output_field=models.BooleanField())).order_by(
                "feedback__submission__number", *AS_READ
            )
        )


class FeedbackLevel(models.Model):
    """The level that a feedback gives for one criterion."""

    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="levels")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    # With the criterion a foreign key of two columns in the database: a level of another criterion cannot be given.
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["criterion__position"]
        constraints = [models.UniqueConstraint(fields=["feedback", "criterion"], name="feedback_level_once")]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.level}"


class Comment(models.Model):
    """A remark on a passage of the paper; characters of its text, or of what was read of a file, end exclusive."""

    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="comments")
    # Of the same paper; empty: on the text itself.
    file = models.ForeignKey(SubmissionFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_at_char = models.PositiveIntegerField()
    ends_at_char = models.PositiveIntegerField()
    quote = models.TextField(help_text="The passage itself, by which it is found again.")
    text = models.TextField()

    class Meta:
        ordering = AS_READ
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at_char__lt=F("ends_at_char")),
                name="comment_has_passage",
                violation_error_message="Mark the passage that the comment is about.",
            )
        ]

    def __str__(self) -> str:
        return self.quote[:60]


class Resolution(models.Model):
    """That a reader found what a comment asked for in a later attempt; without it the comment is open."""

    comment = models.OneToOneField(Comment, on_delete=models.PROTECT, related_name="resolution")
    # The attempt in which it was found: its writer learns of it with the answer to that one.
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="resolutions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Resolved: {self.comment}"


class KeptAnswer(Kept):
    """What was written about a paper and lost against a newer revision of the answer."""

    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="kept_answers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    revise_reason = models.TextField(blank=True)
    # Comments as [{"file": 0, "starts_at": 3, "ends_at": 9, "text": "…"}].
    remarks = models.JSONField(default=list)

    class Meta(Kept.Meta):
        constraints = [once_per_editor("feedback", name="kept_answer_once_per_editor")]

    def __str__(self) -> str:
        return f"Kept answer to {self.feedback.submission}"
