from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Max, Min, Q

from accounts.models import User
from core.written import Written


class ReturnQuerySet(models.QuerySet["Return"]):
    """What came back, as far as it still counts."""

    def standing(self) -> "ReturnQuerySet":
        """Not settled by a newly confirmed address or by the person's word."""
        return self.filter(settled_at=None).exclude(sort=Return.Sort.COMPLAINT)

    def not_working(self) -> models.QuerySet["Return", tuple[int, str]]:
        """(person, address) to which no mails go any more: mails of two days found nobody there."""
        unknown = self.standing().filter(sort=Return.Sort.UNKNOWN).order_by().values("person", "address")
        apart = unknown.annotate(first=Min("mail_sent_at"), last=Max("mail_sent_at"))
        return apart.filter(last__gte=F("first") + Return.ANOTHER_DAY).values_list("person", "address")


class Return(models.Model):
    """That one mail came back, or was reported as spam: once, however often that is said."""

    class Sort(models.TextChoices):
        UNKNOWN = "unknown", "nobody receives mail there"
        POLICY = "policy", "the server there refused it"
        OTHER = "other", "it could not be delivered"
        COMPLAINT = "complaint", "it was reported as spam"

    # What makes two days of two mails, by when they were sent. Those of two mornings are 22 to 25 hours apart (Monday's
    # go earlier, and clocks change); an evening and the next morning, a provider's bad night, are 12.
    ANOTHER_DAY = timedelta(hours=20)

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="returned_mails")
    # In small letters, as it was when the mail went; a person's later address is not touched by it.
    address = models.EmailField()
    message_id = models.CharField(max_length=255)
    sort = models.CharField(max_length=10, choices=Sort)
    # RFC 3463: "5.1.1"; empty where nothing was said.
    code = models.CharField(max_length=12, blank=True)
    text = models.TextField(blank=True)
    mail_sent_at = models.DateTimeField()
    returned_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = ReturnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message_id", "sort", "mail_sent_at"],
                name="return_once",
                violation_error_message="That this mail came back is known already.",
            )
        ]
        indexes = [models.Index(fields=["person", "address"], condition=Q(settled_at=None), name="return_standing")]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.get_sort_display()}"


class CameBack(Written):
    """Over `User`: the latest mail to the person's present address that came back and is not settled, as `standing`,
    and whether the address works no more, as `not_working`. NULL when all mails came through."""

    output_field: ClassVar = models.JSONField()
    names = ("user", "email", "complaint", "unknown", "another_day")
    template = """SELECT jsonb_build_object(
            'sort', (array_agg(returned.sort ORDER BY returned.returned_at DESC))[1],
            'code', (array_agg(returned.code ORDER BY returned.returned_at DESC))[1],
            'at', extract(epoch FROM max(returned.returned_at)),
            'is_final', coalesce(
                max(returned.mail_sent_at) FILTER (WHERE returned.sort = {unknown})
                >= min(returned.mail_sent_at) FILTER (WHERE returned.sort = {unknown}) + {another_day}, false))
          FROM notifications_return AS returned
         WHERE returned.person_id = {user} AND returned.address = LOWER({email})
           AND returned.settled_at IS NULL AND returned.sort <> {complaint}
        HAVING count(*) > 0"""

    def __init__(self) -> None:
        sorts = (models.Value(Return.Sort.COMPLAINT), models.Value(Return.Sort.UNKNOWN))
        super().__init__("pk", "email", *sorts, models.Value(Return.ANOTHER_DAY))
