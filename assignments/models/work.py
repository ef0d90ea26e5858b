from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from assignments.declared import DeclaredFields, Quoting, host_of
from assignments.models.assignment import Assignment
from assignments.models.cover import Cover, Seat
from assignments.models.kept import Kept, once_per_editor
from assignments.querysets import DraftQuerySet, ReaderQuerySet, SubmissionQuerySet
from assignments.texts import first_difference
from cohorts.models import Enrollment


class Draft(DeclaredFields):
    """What somebody is writing. It only moves forward: a save names the revision it began from."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="drafts")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="drafts")
    text = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    # The attempt that was made from this text, so that "handed in, unchanged since" needs no comparing.
    handed_in_revision = models.PositiveIntegerField(null=True, blank=True)
    # Whether files were added or taken out since it was handed in.
    has_waiting_files = models.BooleanField(default=False)

    objects = DraftQuerySet.as_manager()

    # Set by `assignments.own.read_own_work`.
    has_kept_texts: bool

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "enrollment"], name="draft_once_per_person"),
            models.CheckConstraint(
                condition=Q(handed_in_revision__isnull=True) | Q(handed_in_revision__lte=F("revision")),
                name="draft_handed_in_revision_exists",
            ),
        ]

    def __str__(self) -> str:
        return f"Draft of {self.assignment}"


class KeptText(Kept, DeclaredFields):
    """A text that lost against a newer revision of its draft."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="kept_texts")
    text = models.TextField()

    class Meta(Kept.Meta):
        constraints = [once_per_editor("draft", name="kept_text_once_per_editor")]

    def __str__(self) -> str:
        return f"Kept text of {self.draft}"

    @property
    def difference(self) -> tuple[str, str]:
        """Where the draft and this part; needs the draft in the row."""
        return first_difference(self.draft.text, self.text)


class Submission(DeclaredFields):
    """What was handed in. Numbered attempts; a trigger refuses every change but that a newer one came."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    words = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text="Of the text, in UTF-8.")
    prompt = models.TextField(help_text="The prompt that this answers, as it stood.")
    honesty = models.TextField(blank=True, help_text="The statement that its writer made, as it stood.")
    handed_in_at = models.DateTimeField()
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Of a paper that came by other ways: when staff handed it in for the person, and how it had come. `handed_in_at`
    # is when it really arrived, and by that it is on time or late.
    entered_at = models.DateTimeField(null=True, blank=True)
    entered_note = models.CharField(max_length=500, blank=True)
    # Made from the key of the post and its text: the same post twice gives one submission and one receipt.
    key = models.UUIDField()
    receipt = models.CharField(max_length=24, unique=True)
    superseded_at = models.DateTimeField(null=True, blank=True, help_text="When a newer attempt came.")

    objects = SubmissionQuerySet.as_manager()

    # Set by `assignments.own.read_own_work`: its author's deadline as it stood.
    was_due_at: datetime
    late_by: timedelta | None
    # Set by `with_quoting`: what its writer says now, whatever `quoting` said when it was handed in.
    may_be_quoted: str
    # Set by `with_promise`.
    promised_at: datetime | None
    is_answered: bool
    comes_later: bool

    class Meta:
        ordering = ["handed_in_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "enrollment", "number"], name="submission_number_unique"),
            models.UniqueConstraint(fields=["enrollment", "key"], name="submission_key_unique"),
            models.UniqueConstraint(
                fields=["assignment", "enrollment"],
                condition=Q(superseded_at__isnull=True),
                name="submission_one_counts",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="submission_counts_from_one"),
            models.CheckConstraint(
                condition=Q(entered_at__isnull=True, entered_note="")
                | (Q(entered_at__gte=F("handed_in_at")) & ~Q(entered_note="")),
                name="submission_entered_after_it_came",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt}"

    @property
    def link_host(self) -> str:
        """Where its link leads."""
        return host_of(self.link)

    @property
    def quoting_words(self) -> str:
        """Whether it may be quoted, in words; after `with_quoting`."""
        return Quoting(self.may_be_quoted).label

    def get_absolute_url(self) -> str:
        """Its receipt; needs the assignment and its session in the row."""
        assignment = self.assignment
        return reverse("assignments:receipt-read", args=[assignment.session.slug, assignment.pk, self.receipt])


class QuotingChoice(models.Model):
    """That a writer changed their mind about being quoted; the newest counts. A trigger refuses every change."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="quoting_choices")
    choice = models.CharField(max_length=8, choices=Quoting.choices)
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["-chosen_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_choice_display()}: {self.submission}"


class SubmissionAuthor(models.Model):
    """An author of a submission with the deadline as it stood, because lateness is each author's own."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="authors")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="authorships")
    due_at = models.DateTimeField()
    late_by = models.DurationField(null=True, blank=True, help_text="Empty: on time.")
    provenance = models.CharField(max_length=300, blank=True, help_text="Where that deadline came from.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "enrollment"], name="author_once")]

    def __str__(self) -> str:
        return f"{self.enrollment.user}"


class Reader(models.Model):
    """Who may read and answer a submission. Without a primary reader it stands under "No reader yet"."""

    class Kind(models.TextChoices):
        PRIMARY = "primary", "Reader"
        COVERING = "covering", "Covering colleague"
        SECOND = "second", "Second reader"

    # Those in whose queue the paper stands: one of them at a time. A second reader has a page apart (`SecondReading`).
    IN_QUEUE = (Kind.PRIMARY, Kind.COVERING)

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="readers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="readings")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PRIMARY)
    # Who chose this reader; empty where the platform did, which then may choose again when a section changes.
    allotted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Of a covering colleague: by which act; the paper stands in their queue until it is over.
    cover = models.ForeignKey(Cover, on_delete=models.PROTECT, null=True, blank=True, related_name="readers")
    # Of a cover of a cover: those before it, back to whoever the paper is of; theirs first.
    way = ArrayField(models.BigIntegerField(), default=list, blank=True)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ReaderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(kind__in=["primary", "covering"], ended_at__isnull=True),
                name="reader_one_queue",
            ),
            models.CheckConstraint(
                condition=Q(kind="covering", cover__isnull=False) | (~Q(kind="covering") & Q(cover__isnull=True)),
                name="reader_covers_by_an_act",
            ),
            models.CheckConstraint(condition=Q(kind="covering") | Q(way=[]), name="reader_has_a_way_who_covers"),
            models.UniqueConstraint(
                fields=["submission", "user"], condition=Q(ended_at__isnull=True), name="reader_once"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "submission"], condition=Q(ended_at__isnull=True), name="reader_current")
        ]

    def __str__(self) -> str:
        return f"{self.user} reads {self.submission}"

    @property
    def seat(self) -> Seat:
        """Who reads, and the whole way back to whoever the paper is of."""
        return Seat(self.user_id, (*self.way, self.cover_id) if self.cover_id else ())


class PaperOpening(models.Model):
    """That somebody without a right of their own opened one paper, and why. It holds for a day."""

    HOLDS = timedelta(hours=24)

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="openings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="paper_openings")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="paper_opening_has_reason",
                violation_error_message="Write why you open this paper; its writer may read it.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} opened {self.submission}"
