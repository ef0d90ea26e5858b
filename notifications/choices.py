"""Which mails a person wants: of the optional kinds, about each session for itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import Combinable
from django.urls import reverse

from accounts.models import User
from notifications.kinds import Kind, declared, kind_of
from notifications.models import Choice, Notice

SIGNER = Signer(salt="notifications.stop", sep=".")

# A kind, about one session.
Topic = tuple[str, str]


class BadLink(Exception):
    """The address is not one that a mail of ours bore."""


class NobodyThere(Exception):
    """The account that the address was made for is gone."""


@dataclass(frozen=True)
class Stop:
    """What the link in one mail switches off: whose mails, and which."""

    person: User
    topics: frozenset[Topic]


def optional_kinds() -> dict[str, Kind]:
    """Those that can be switched off, by their key."""
    return {kind.key: kind for kind in declared() if kind.is_optional}


def name_kinds() -> dict[str, str]:
    """What people call each kind, by its key."""
    return {kind.key: kind.name for kind in declared()}


def switched_off(notices: Sequence[Notice]) -> set[int]:
    """The keys of those whose reader wants no mails of their kind. One query, none where all are obligatory."""
    optional = optional_kinds()
    asked = [notice for notice in notices if notice.recipient_id and notice.kind in optional]
    if not asked:
        return set()
    off = set(
        Choice.objects.filter(
            person__in={notice.recipient_id for notice in asked}, kind__in={notice.kind for notice in asked}
        ).values_list("person", "scope", "kind")
    )
    return {notice.pk for notice in asked if (notice.recipient_id, notice.scope, notice.kind) in off}


def choices_of(person: User) -> dict[Topic, Choice]:
    """What the person does not want by mail. One query."""
    return {(row.kind, row.scope): row for row in Choice.objects.filter(person=person)}


def is_off(person: User, topics: Iterable[Topic]) -> bool:
    """Whether none of these is mailed to the person."""
    wanted = set(topics)
    return wanted <= choices_of(person).keys()


@transaction.atomic
def switch_off(*, person: User, topics: Iterable[Topic], way: Choice.Way, now: datetime) -> None:
    """Mail the person nothing of these any more, beginning with what is being sent now. Again changes nothing."""
    optional = optional_kinds()
    rows = [
        Choice(person=person, scope=scope, kind=kind, way=way, made_at=now)
        for kind, scope in sorted(topics)
        if kind in optional
    ]
    Choice.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def switch_on(*, person: User, topics: Iterable[Topic]) -> None:
    """Mail them again from now on; what was not sent meanwhile stays in the app."""
    chosen = Q(pk=None)
    for kind, scope in topics:
        chosen |= Q(kind=kind, scope=scope)
    Choice.objects.filter(chosen, person=person).delete()


@transaction.atomic
def choose_mails(*, person: User, scope: str, offered: Iterable[str], wanted: Iterable[str], now: datetime) -> None:
    """Of the kinds that a page offered these are wanted and the others are not."""
    wanted = set(wanted)
    on = [(kind, scope) for kind in offered if kind in wanted]
    off = [(kind, scope) for kind in offered if kind not in wanted]
    switch_on(person=person, topics=on)
    switch_off(person=person, topics=off, way=Choice.Way.PAGE, now=now)


def topics_of(notices: Iterable[Notice]) -> list[Topic]:
    """What of one mail can be switched off."""
    return sorted({(notice.kind, notice.scope) for notice in notices if kind_of(notice).is_optional})


def link_to_stop(person: User, topics: Sequence[Topic]) -> str:
    """The address that switches these off without signing in. Says who and what in numbers and words of ours only."""
    token = SIGNER.sign_object([person.pk, list(topics)], compress=True)
    return settings.SITE_URL + reverse("notifications:mails-stop", args=[token])


def read_link(token: str) -> Stop:
    """Whose mails it switches off and which, as far as they still can be. Raises BadLink, NobodyThere."""
    try:
        pk, topics = SIGNER.unsign_object(token)
    except (BadSignature, ValueError) as error:  # ValueError: not even letters of ours
        raise BadLink from error
    person = User.objects.filter(pk=pk).first()
    if person is None:
        raise NobodyThere
    optional = optional_kinds()
    return Stop(person, frozenset((kind, scope) for kind, scope in topics if kind in optional))


def off_columns(person: Combinable | OuterRef, scope: str) -> dict[str, Any]:
    """Annotations for people: `mails_off`, the kinds that are off about that session, and `has_complained`."""
    theirs = Choice.objects.filter(person=person, scope=scope).order_by("kind")
    return {
        "mails_off": ArraySubquery(theirs.values("kind")),
        "has_complained": Exists(theirs.filter(way=Choice.Way.COMPLAINT)),
    }
