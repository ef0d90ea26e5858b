from notifications.models.choice import Choice
from notifications.models.notice import ACCOUNT_MAIL, Lane, Notice, NoticeQuerySet
from notifications.models.planning import Planning
from notifications.models.returns import CameBack, Return, ReturnQuerySet
from notifications.models.sending import MailDomain, Sending
from notifications.models.unread import MANY_UNREAD, UnreadOf

__all__ = [
    "ACCOUNT_MAIL",
    "MANY_UNREAD",
    "CameBack",
    "Choice",
    "Lane",
    "MailDomain",
    "Notice",
    "NoticeQuerySet",
    "Planning",
    "Return",
    "ReturnQuerySet",
    "Sending",
    "UnreadOf",
]
