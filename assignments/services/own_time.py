"""Taking more time without asking, as far as the program allows it."""

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from assignments.models import Assignment, Extension
from assignments.own_time import offer_of
from assignments.services.extensions import settle
from assignments.windows import windows_of
from cohorts.models import Enrollment
from modules.models import Module

WHY = "Taken without asking, as the program allows."


class TimeNotTaken(Exception):
    """Why it cannot be taken; the sentence says what can be done instead."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} You can ask for more time instead.")


@transaction.atomic
def take_time(*, assignment: Assignment, enrollment: Enrollment, number: int, actor: User, now: datetime) -> Extension:
    """Take the rule's hours more for one assignment, for the first time (`number` 1) or the next.

    The same number again gives the same extension. Locks the enrollment's row, so that the share of the assignments
    holds whatever comes at once. Raises TimeNotTaken.
    """
    place = Enrollment.objects.select_for_update(of=("self",), no_key=True).get(pk=enrollment.pk)
    taken = Extension.objects.filter(assignment=assignment, enrollment=place, taken=number)
    if same := taken.select_related("granted_by").first():
        return same
    _check(assignment, place, number, actor, now)
    rule = assignment.session.own_time
    before = windows_of(assignment, [place])
    extension = Extension.objects.create(
        assignment=assignment,
        enrollment=place,
        later_by=number * rule.length if rule else None,
        reason=WHY,
        taken=number,
        grant_id=uuid4(),
        granted_by=actor,
        granted_at=now,
    )
    settle("took more time", [extension], before, "", actor, now)
    return extension


def _check(assignment: Assignment, place: Enrollment, number: int, actor: User, now: datetime) -> None:
    if place.session_id != assignment.session_id or place.user_id != actor.pk:
        raise TimeNotTaken("This is not your assignment.")
    if not place.may_hand_in:
        raise TimeNotTaken("Your place in this program no longer takes work.")
    if not Module.objects.filter(pk=assignment.item.module_id).with_opening_for(place).open(now).exists():
        raise TimeNotTaken("This part of the program is not open for you.")
    own = Assignment.objects.with_due_for(place).with_time_for(place).get(pk=assignment.pk)
    offer = offer_of(own, assignment.session.own_time, now)
    if offer is None:
        raise TimeNotTaken("This program gives no more time without asking.")
    if offer.refusal or number != offer.number:
        raise TimeNotTaken(offer.refusal or "The page was older than what you have.")
