from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.roles import Perm
from assignments.models.assignment import Assignment
from files.models import StoredFile
from jobs.models import Job
from programs.models import Session


class BundleQuerySet(models.QuerySet["Bundle"]):
    """ZIPs of papers."""

    def visible_to(self, user: User, at: datetime) -> BundleQuerySet:
        """Only to whoever asked for it, as long as they may read all that is in it, and while it is kept."""
        reads_all = Session.objects.granting(user, Perm.READ_ALL_PAPERS).values("pk")
        may_open = Session.objects.granting(user, Perm.OPEN_PAPER_WITH_REASON).values("pk")
        readable = Q(assignment__session__in=reads_all) | (~Q(reason="") & Q(assignment__session__in=may_open))
        return self.filter(readable, asked_by=user, kept_until__gt=at)

    def outlived(self, at: datetime) -> BundleQuerySet:
        """Of which something is still kept, though its time is over."""
        return self.filter(kept_until__lte=at, forgotten_at=None)


class Bundle(models.Model):
    """The papers of an assignment in one ZIP, made by a job. It goes away by itself: a copy nobody needs is a leak."""

    KEPT = timedelta(days=7)

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="bundles")
    of = models.CharField(max_length=200, help_text="“All sections”, or the name of the section, as it was.")
    # The keys of the papers that were handed in when it was asked for, in the order of the index.
    papers = models.JSONField()
    # Of somebody who reads papers only with a written reason: the writers may read it.
    reason = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    key = models.UUIDField(help_text="The same post twice is one bundle.")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    kept_until = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True)

    objects = BundleQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["asked_by", "key"], name="bundle_once_per_key"),
            models.CheckConstraint(
                condition=Q(forgotten_at__isnull=True) | Q(stored__isnull=True), name="bundle_forgotten_has_no_file"
            ),
        ]

    def __str__(self) -> str:
        return f"Papers of {self.assignment}, {self.of}"


class BundlePart(models.Model):
    """What one step of the job packed: an archive of some papers, and their lines of the index."""

    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField(help_text="Of its first paper in the bundle.")
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    rows = models.JSONField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["bundle", "position"], name="bundle_part_once")]

    def __str__(self) -> str:
        return f"{self.bundle}, from {self.position}"
