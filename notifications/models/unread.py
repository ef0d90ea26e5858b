from datetime import datetime
from typing import ClassVar

from django.db import models

from core.written import Written
from notifications.models.notice import ACCOUNT_MAIL

# The number in the header counts no further.
MANY_UNREAD = 100


class UnreadOf(Written):
    """Over `User`: how many notices of the person's inbox are new at a moment; it counts up to `MANY_UNREAD`."""

    output_field: ClassVar = models.IntegerField()
    names = ("user", "now", "account_mail", "many")
    template = """SELECT count(*) FROM (
            SELECT FROM notifications_notice AS notice
             WHERE notice.recipient_id = {user} AND notice.read_at IS NULL AND notice.send_at <= {now}
               AND notice.status <> 'expired' AND (notice.status <> 'cancelled' OR notice.withheld <> '')
               AND notice.kind <> {account_mail}
             LIMIT {many}
        ) AS unread"""

    def __init__(self, now: datetime) -> None:
        super().__init__("pk", models.Value(now), models.Value(ACCOUNT_MAIL), models.Value(MANY_UNREAD))
