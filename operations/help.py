"""Asking for help: what somebody wrote, with what the office needs to answer, as a mail to the office that can."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.urls import Resolver404, resolve

from accounts.models import User
from cohorts.access import membership_of
from notifications import outbox
from notifications.kinds import Audience, Described, Kind, register
from notifications.models import Lane, Notice
from programs.models import Session

LONGEST_QUESTION = 4000
# From one address of somebody who is not signed in; enough for a bad evening, too little for a flood.
MOST_AN_HOUR = 6


class TooManyQuestions(Exception):
    """The same visitor has asked very often within the hour."""

    def __init__(self) -> None:
        super().__init__(
            f"We have several messages of yours from this hour already. Write to {settings.OFFICE_EMAIL} directly."
        )


@dataclass(frozen=True)
class Circumstances:
    """What the office would otherwise have to ask back for."""

    page: str
    browser: str
    zone: str
    request_id: str


def describe_questions(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """The answer goes to whoever asked."""
    return {
        notice.pk: Described(context=notice.context, reply_to=notice.context.get("email", "")) for notice in notices
    }


HELP_ASKED = register(
    Kind(
        key="operations.help_asked",
        name="Questions to the office",
        lane=Lane.EVENT,
        is_optional=False,
        audience=Audience.STAFF,
        subject="Help: {{ question|truncatechars:60 }}",
        why="you are the office that answers for this page",
        lasts=timedelta(days=14),
        describe=describe_questions,
    )
)


def session_of_page(page: str, user: User | AnonymousUser, now: datetime) -> Session | None:
    """The session that a page belongs to, if the person is anything to it."""
    try:
        slug = resolve(re.split(r"[?#]", page, maxsplit=1)[0]).kwargs.get("session_slug")
    except Resolver404:
        return None
    session = Session.objects.select_related("program").filter(slug=slug).first() if slug else None
    if session is None or (not (place := membership_of(user, session, now)) and not place.is_invited):
        return None
    return session


@transaction.atomic
def ask_for_help(
    *,
    user: User | AnonymousUser,
    email: str,
    question: str,
    circumstances: Circumstances,
    key: str,
    visitor: str,
    now: datetime,
) -> Session | None:
    """Send the question to the office of the page's session, or to that of the site; the session it went to.

    The same key twice is one mail. `visitor` tells people who are not signed in apart (an IP address); it is kept for
    an hour. Raises TooManyQuestions.
    """
    if not user.is_authenticated:
        count_visitor(visitor)
    session = session_of_page(circumstances.page, user, now)
    outbox.enqueue(
        HELP_ASKED.to(
            session.answers_to if session else settings.OFFICE_EMAIL,
            occurrence=key,
            scope=session.scope if session else "",
            context={
                "question": question,
                "email": user.email if user.is_authenticated else email,
                "name": user.name if user.is_authenticated else "",
                "session": str(session or ""),
                "page": circumstances.page,
                "browser": circumstances.browser,
                "zone": circumstances.zone,
                "request_id": circumstances.request_id,
            },
        ),
        now=now,
    )
    return session


def count_visitor(visitor: str) -> None:
    """Raises TooManyQuestions."""
    name = f"help:{visitor}"
    cache.add(name, 0, timeout=3600)
    if cache.incr(name) > MOST_AN_HOUR:
        raise TooManyQuestions
