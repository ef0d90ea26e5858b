from django.db import models

from accounts.models import User


class Choice(models.Model):
    """That a person wants no mails of a kind about one session (or, without scope, of a kind that is about none).

    Without a row they are sent: whoever is enrolled anew has chosen nothing yet.
    """

    class Way(models.TextChoices):
        PAGE = "page", "under “Mails”"
        LINK = "link", "by the link in a mail"
        COMPLAINT = "complaint", "by reporting a mail as spam"

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mail_choices")
    scope = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=60)
    way = models.CharField(max_length=10, choices=Way)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "scope", "kind"],
                name="choice_once",
                violation_error_message="These mails are switched off already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} off for {self.person_id} in {self.scope or 'everything'}"
