"""Changing one's mind about being quoted: a row of its own each time, of which the newest counts."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.models import User
from assignments.declared import Quoting
from assignments.models import Draft, QuotingChoice, Submission
from assignments.services.drafts import NotTheWriter
from audit.services import record
from cohorts.models import Enrollment


@transaction.atomic
def change_quoting(*, submission: Submission, choice: Quoting, actor: User, now: datetime) -> QuotingChoice | None:
    """Say of a paper, with all its attempts, whether it may be quoted from now on. None: it was said already.

    What the draft says follows, unless it is being written, so that handing in again does not bring back what was
    withdrawn. Locks the enrollment's row. Raises NotTheWriter.
    """
    place = Enrollment.objects.select_for_update(of=("self",), no_key=True).get(pk=submission.enrollment_id)
    if place.user_id != actor.pk:
        raise NotTheWriter
    attempts = Submission.objects.filter(assignment=submission.assignment_id, enrollment=place)
    newest = attempts.counting().with_quoting().select_related("assignment__session").get()
    if newest.may_be_quoted == choice:
        return None
    changed = QuotingChoice.objects.create(submission=newest, choice=choice, chosen_at=now)
    drafts = Draft.objects.filter(assignment=newest.assignment_id, enrollment=place)
    drafts.filter(handed_in_revision=F("revision")).update(quoting=choice)
    record(
        actor=actor,
        verb="changed whether the paper may be quoted",
        on=newest,
        before={"quoting": newest.may_be_quoted},
        after={"quoting": choice.value},
        scope=newest.assignment.session.scope,
        now=now,
    )
    return changed
