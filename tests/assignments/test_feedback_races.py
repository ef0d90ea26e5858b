"""Two tabs, two readers, two clicks at the same instant, on PostgreSQL. Each was seen to fail without its guard."""

from functools import partial
from threading import Event

import pytest
from django.db import transaction

from assignments.models import Feedback, KeptAnswer
from assignments.services import StaleAnswer, carry_over, correct_feedback, release_feedback
from audit.models import Entry
from core.moves import WrongState
from notifications.models import Notice
from tests.assignments.answering import save
from tests.cast import WEEK_3
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 6


def texts():
    """Every text that can still be found."""
    return {*Feedback.objects.values_list("text", flat=True), *KeptAnswer.objects.values_list("text", flat=True)}


@pytest.fixture
def submission(transactional_db, give, amara):
    return give(amara)


def test_of_tabs_that_save_at_once_one_goes_on_and_every_other_text_is_kept(submission, fellow):
    """Seen to fail without locks: the later save wrote over the earlier one."""
    save(submission, fellow, "The beginning")

    outcomes = at_once(*[partial(save, submission, fellow, f"From tab {tab}", based_on=1) for tab in range(TIMES)])

    assert sum(isinstance(outcome, StaleAnswer) for outcome in outcomes) == TIMES - 1
    assert texts() == {f"From tab {tab}" for tab in range(TIMES)}
    assert Feedback.objects.get().revision == 2


def test_first_saves_at_once_make_one_answer_and_lose_nothing(submission, fellow, head_fellow):
    """Seen to fail without the lock on the paper: the second was a server error."""
    outcomes = at_once(
        *[partial(save, submission, fellow, f"From tab {tab}") for tab in range(TIMES)],
        partial(save, submission, head_fellow, "From the head"),
    )

    assert {type(outcome) for outcome in outcomes} == {Feedback, StaleAnswer}
    assert texts() == {"From the head", *(f"From tab {tab}" for tab in range(TIMES))}


def test_releasing_at_once_tells_the_participant_once(submission, fellow, head_fellow):
    """Seen to fail with a read and a save in place of `move`: it was recorded once for each."""
    feedback = save(submission, fellow)
    acts = [partial(release_feedback, feedback=feedback, actor=user, now=WEEK_3) for user in (fellow, head_fellow) * 3]

    outcomes = at_once(*acts)

    assert sum(isinstance(outcome, WrongState) for outcome in outcomes) == len(acts) - 1
    assert Notice.objects.filter(kind="assignments.feedback_released").count() == 1
    assert Entry.objects.filter(verb="released the feedback").count() == 1


def test_what_is_saved_while_it_is_released_is_kept_beside_the_answer(submission, fellow):
    """Seen to fail when saving read the answer without a lock: what had been released changed afterwards."""
    feedback = save(submission, fellow, "As it is released")
    has_released, has_saved = Event(), Event()

    def release():
        with transaction.atomic():
            release_feedback(feedback=feedback, actor=fellow, now=WEEK_3)
            has_released.set()
            # The save is to arrive before this is committed; it waits for the lock, so it cannot say so.
            has_saved.wait(timeout=1)

    def save_meanwhile():
        has_released.wait(timeout=10)
        try:
            return save(submission, fellow, "A last word", based_on=1)
        finally:
            has_saved.set()

    _, saved = at_once(release, save_meanwhile)

    assert isinstance(saved, StaleAnswer)
    assert (Feedback.objects.get().text, KeptAnswer.objects.get().text) == ("As it is released", "A last word")


def test_correcting_at_once_makes_one_correction(submission, fellow, head_fellow):
    """Seen to fail with a lock on the answer in place of the paper: the second was a server error."""
    feedback = release_feedback(feedback=save(submission, fellow), actor=fellow, now=WEEK_3)

    outcomes = at_once(
        *[partial(correct_feedback, feedback=feedback, actor=user, now=WEEK_3) for user in (fellow, head_fellow) * 3]
    )

    assert {outcome.pk for outcome in outcomes} == {Feedback.objects.get(version=2).pk}


def test_notes_are_taken_along_once(submission, give, amara, fellow):
    """Seen to fail without the lock on the newer paper: the second was a server error."""
    feedback = save(submission, fellow)
    newer = give(amara, "A second attempt.")

    outcomes = at_once(
        *[partial(carry_over, feedback=feedback, to=newer, actor=fellow, now=WEEK_3)] * TIMES,
        partial(save, newer, fellow, "Begun anew"),
    )

    assert {type(outcome) for outcome in outcomes} <= {Feedback, WrongState, StaleAnswer}
    assert newer.feedback.count() == 1
    assert "Begun anew" in texts()
