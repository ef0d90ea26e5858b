"""Seeing a new teaching fellow's first feedback before it goes out."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.roles import Perm
from assignments.models import Feedback, FirstLook
from assignments.services.answers import MayNotAnswer, lock_paper
from assignments.services.feedback import note_act
from assignments.services.finishing import go_out_if_due
from audit.services import record
from cohorts.access import membership_of
from core.moves import WrongState
from programs.models import Session


@transaction.atomic
def ask_first_look(*, session: Session, user: User, actor: User, now: datetime) -> FirstLook:
    """What this person finishes from now on waits until it was looked at; asking again changes nothing."""
    look, is_new = FirstLook.objects.get_or_create(
        session=session, user=user, ended_at=None, defaults={"asked_by": actor, "asked_at": now}
    )
    if is_new:
        record(actor=actor, verb="asked to see feedback first", on=look, scope=session.scope, now=now)
    return look


@transaction.atomic
def end_first_look(*, look: FirstLook, actor: User, now: datetime) -> bool:
    """No longer: what waits goes out as promised. False where it was ended already."""
    if not FirstLook.objects.filter(pk=look.pk, ended_at=None).update(ended_at=now):
        return False
    record(actor=actor, verb="no longer asked to see feedback first", on=look, scope=look.session.scope, now=now)
    return True


@transaction.atomic
def pass_feedback(*, feedback: Feedback, actor: User, now: datetime) -> Feedback:
    """Say that it was looked at: it goes out as promised, and at once where that has passed.

    Raises MayNotAnswer for anybody but the head teaching fellow; WrongState when it does not wait for a look.
    """
    membership = membership_of(actor, feedback.submission.assignment.session, now)
    if not (membership.may(Perm.READ_ALL_PAPERS) and membership.may(Perm.GIVE_FEEDBACK)):
        raise MayNotAnswer
    lock_paper(feedback.submission)
    waiting = Feedback.objects.filter(pk=feedback.pk, status=Feedback.Status.HELD, looked_at=None)
    if waiting.update(looked_at=now, looked_by=actor) != 1:
        raise WrongState(feedback, Feedback.Status.HELD)
    feedback.looked_at, feedback.looked_by = now, actor
    note_act(feedback, "looked at the feedback", actor, now)
    go_out_if_due(feedback, actor, now)
    return feedback
