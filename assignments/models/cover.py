from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.roles import Perm
from cohorts.models import Section
from programs.models import Session


@dataclass(frozen=True)
class Seat:
    """Who reads, and when in somebody's place by which covers: that of whoever the paper is of first."""

    user_id: int
    way: tuple[int, ...] = ()


class CoverQuerySet(models.QuerySet["Cover"]):
    """Covers by where they stand."""

    def visible_to(self, user: User, at: datetime) -> CoverQuerySet:
        """To those who see all queues; to everybody else the covers in which they are away or stand in."""
        watched = Session.objects.granting(user, Perm.WATCH_QUEUES).values("pk")
        standing_in = self.model.colleagues.through.objects.filter(user=user).values("cover")
        return self.filter(Q(session__in=watched) | Q(away=user) | Q(pk__in=standing_in))

    def planned(self) -> CoverQuerySet:
        """Not begun, not called off."""
        return self.filter(began_at__isnull=True, ended_at__isnull=True)

    def running(self) -> CoverQuerySet:
        """Begun and not over."""
        return self.filter(began_at__isnull=False, ended_at__isnull=True)

    def standing(self) -> CoverQuerySet:
        """Planned or running."""
        return self.filter(ended_at__isnull=True)


class Cover(models.Model):
    """That colleagues read in somebody’s place from one moment to another, or for good. It never says why."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="covers")
    away = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="covered_by")
    colleagues = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="covering")
    # Empty: all that this person reads in the session.
    sections = models.ManyToManyField(Section, blank=True, related_name="covers")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: for good.")
    message = models.TextField(help_text="What the participants are told.")
    arranged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    arranged_at = models.DateTimeField()
    # Of the page on which it was arranged; empty of those that are older than keys.
    key = models.UUIDField(unique=True, null=True, blank=True, editable=False)
    # What has happened; papers change hands in the same transaction.
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Of one that somebody ended or called off; empty where its time was over.
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_message = models.TextField(blank=True, help_text="What the participants are told of its end.")

    objects = CoverQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                name="cover_ends_after_it_starts",
                violation_error_message="Cover ends after it begins.",
            ),
            models.CheckConstraint(
                condition=~Q(message=""),
                name="cover_has_message",
                violation_error_message="Write what the participants are told.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(ended_by__isnull=True, end_message=""),
                name="cover_is_ended_by_somebody_when_it_ends",
                violation_error_message="Who ended a cover, and in which words, is said of one that is over.",
            ),
        ]

    def __str__(self) -> str:
        return f"Cover for {self.away}"

    def is_over(self, at: datetime) -> bool:
        """Ended, called off, or about to end because its time has come."""
        return self.ended_at is not None or (self.ends_at is not None and self.ends_at <= at)

    @property
    def was_called_off(self) -> bool:
        """Over before it began."""
        return self.ended_at is not None and self.began_at is None
