from django.db import models
from django.db.models import Q

from assignments.models.work import Draft, Submission
from assignments.querysets import DraftFileQuerySet, SubmissionFileQuerySet
from files.admission import ALL_KINDS, Group, Kind, find_kind
from files.models import StoredFile

KINDS = [(kind.key, kind.called) for kind in ALL_KINDS]


class HeldFile(models.Model):
    """A stored file under the name that its writer gave it, and what of it can be shown."""

    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    # A picture encoded anew, which a page may show; the original is only ever downloaded.
    shown = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=8, choices=KINDS)
    position = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True, help_text="What could be read of a document.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def admitted_as(self) -> Kind:
        """Its kind with all that is known of kinds."""
        kind = find_kind(self.kind)
        assert kind is not None, "the choices are the kinds"  # noqa: S101 - for the types
        return kind

    @property
    def is_recording(self) -> bool:
        """Whether it is heard or watched."""
        return self.admitted_as.group is Group.RECORDING


class DraftFile(HeldFile):
    """A file that is to be handed in with a draft; taken out again it stays on record, and nobody is shown it."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = DraftFileQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            # The same file once more, from a post that was sent twice, is the file that is there.
            models.UniqueConstraint(
                fields=["draft", "stored"], condition=Q(removed_at__isnull=True), name="draft_file_once"
            )
        ]


class SubmissionFile(HeldFile):
    """A file as it was handed in; a trigger refuses every change."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="files")
    # Of the stored file once more, so that the receipt says what was received whatever becomes of that row.
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    objects = SubmissionFileQuerySet.as_manager()

    class Meta:
        ordering = ["submission", "position"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "position"], name="submission_file_position_unique"),
            models.UniqueConstraint(fields=["submission", "stored"], name="submission_file_once"),
        ]
