from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5

from accounts.models import User
from assignments.models.work import Submission
from programs.models import Session


class Tag(models.Model):
    """A word that the program file lists, by which papers are found again before a live class."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="paper_tags")
    title = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["session", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["session", "title"], name="tag_once")]

    def __str__(self) -> str:
        return self.title


class Tagging(models.Model):
    """That a reader gave a paper a tag."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="taggings")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="taggings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "tag"], name="tagging_once")]

    def __str__(self) -> str:
        return f"{self.tag}: {self.submission}"


class ChairMark(models.Model):
    """That a reader wants the faculty chair to see a paper."""

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="chair_mark")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"For the chair: {self.submission}"


class BankedCommentQuerySet(models.QuerySet["BankedComment"]):
    """Comments that somebody keeps to use again."""

    def visible_to(self, user: User) -> "BankedCommentQuerySet":
        """One's own: nobody else sees them."""
        return self.filter(user=user)


class BankedComment(models.Model):
    """A comment that a reader keeps to use again; `{name}` stands for the participant's name."""

    # So many fit on a page, and into a head.
    MOST = 200

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="banked_comments")
    text = models.TextField(max_length=2000)
    saved_at = models.DateTimeField()

    objects = BankedCommentQuerySet.as_manager()

    class Meta:
        ordering = ["text", "pk"]
        constraints = [
            # By a digest, because an index does not take long texts.
            models.UniqueConstraint("user", MD5("text"), name="banked_comment_once"),
            models.CheckConstraint(
                condition=~Q(text=""),
                name="banked_comment_has_text",
                violation_error_message="Write the comment first.",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Presence(models.Model):
    """That somebody has a paper open at the desk; the page says so again every half minute."""

    LASTS = timedelta(seconds=75)

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user} has {self.submission} open"
