from django.db import models


class StoredFile(models.Model):
    """Bytes that are kept once, under their SHA-256. Whoever owns them is a row of another app that points here.

    A row exists only when its bytes are on the disk. Make rows with `files.services.store_file` only.
    """

    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    size = models.PositiveBigIntegerField(editable=False)
    content_type = models.CharField(max_length=100, editable=False)
    stored_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="stored_file_sha256",
                violation_error_message="This is not a SHA-256.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} ({self.size} bytes)"
