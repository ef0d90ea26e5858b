"""Concerns, releases and second readings at the same instant. Each was seen to fail without its guard."""

from functools import partial
from uuid import uuid4

import pytest

from assignments.models import Concern, Feedback, Reader, SecondReading, SecondSample
from assignments.services import UnderReview, assign_reader, finish_feedback, release_feedback, release_promised
from assignments.services.concerns import (
    UnderReviewAlready,
    clear_concern,
    raise_concern,
    write_to_participant,
)
from assignments.services.second_readings import NotReadingSecond, draw_sample, finish_second_reading
from core.moves import WrongState
from notifications.models import Notice
from tests import cast
from tests.assignments.answering import all_levels, save
from tests.assignments.test_concerns import AFTER, NOTE, PROMISED
from tests.cast import WEEK_3
from tests.races import at_once, overlapping

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 6


@pytest.fixture
def submission(transactional_db, give, amara):
    return give(amara)


@pytest.fixture
def finished(submission, fellow):
    return finish_feedback(feedback=save(submission, fellow), actor=fellow, now=WEEK_3)


@pytest.fixture
def thabo(loa, submission):
    user = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, user, name="Section B")
    return user


def refused(act, refusal):
    """Whether doing it is refused so."""

    def attempt():
        try:
            act()
        except refusal:
            return True
        return False

    return attempt


def told():
    return Notice.objects.filter(kind="assignments.feedback_released").count()


def test_what_is_put_under_review_while_its_promise_falls_due_does_not_go_out(submission, finished, fellow):
    """Seen to fail without the lock of the paper in `release_promised`: it went out, and was under review."""
    overlapping(
        partial(raise_concern, submission=submission, note=NOTE, actor=fellow, now=PROMISED),
        partial(release_promised, now=PROMISED),
    )

    assert Concern.objects.open().count() == 1
    assert (Feedback.objects.get().status, told()) == ("held", 0)
    assert release_promised(now=AFTER) == 0


def test_what_somebody_releases_while_it_is_put_under_review_does_not_go_out(submission, finished, fellow, head_fellow):
    """Seen to fail without the lock of the paper in `check_finished`."""
    _, is_refused = overlapping(
        partial(raise_concern, submission=submission, note=NOTE, actor=fellow, now=PROMISED),
        refused(partial(release_feedback, feedback=finished, actor=head_fellow, now=PROMISED), UnderReview),
    )

    assert is_refused
    assert (Feedback.objects.get().status, told()) == ("held", 0)


def test_a_concern_that_comes_while_it_goes_out_finds_it_released(submission, finished, fellow):
    """Both happen in turn: nothing is half released."""
    overlapping(
        partial(release_promised, now=PROMISED),
        partial(raise_concern, submission=submission, note=NOTE, actor=fellow, now=PROMISED),
    )

    assert (Feedback.objects.get().status, told(), Concern.objects.count()) == ("released", 1, 1)


def test_two_who_raise_at_once_make_one_concern(submission, fellow, head_fellow):
    """Seen to fail without the lock on the attempts: the second was a server error."""
    acts = [
        partial(raise_concern, submission=submission, note=f"{NOTE} {user}", actor=user, now=WEEK_3)
        for user in (fellow, head_fellow) * 3
    ]

    outcomes = at_once(*acts)

    # Of whom it is, the same again is no refusal.
    assert sum(isinstance(outcome, UnderReviewAlready) for outcome in outcomes) == 3
    assert {outcome.pk for outcome in outcomes if isinstance(outcome, Concern)} == {Concern.objects.get().pk}


def test_two_who_end_it_at_once_end_it_once(submission, fellow, head_fellow, director):
    """Seen to fail with a read and a save in place of `move`: it went on, and the participant was written to."""
    concern = raise_concern(submission=submission, note=NOTE, actor=fellow, now=WEEK_3)

    def ended(service, actor, **said):
        own = Concern.objects.select_related("assignment__session", "submission", "enrollment").get(pk=concern.pk)
        return partial(service, concern=own, outcome="So.", actor=actor, now=WEEK_3, **said)

    outcomes = at_once(
        *[ended(clear_concern, head_fellow) for _ in range(3)],
        *[ended(write_to_participant, director, words="Please call me.") for _ in range(3)],
    )

    # Whose act it was may have sent it three times.
    assert sum(isinstance(outcome, WrongState) for outcome in outcomes) == 3
    written = Concern.objects.get().status == "written"
    assert Notice.objects.filter(kind="assignments.director_wrote").count() == int(written)


def test_the_same_draw_sent_twice_at_once_is_one(submission, thabo, paper, head_fellow):
    """Seen to fail when the key was looked for before the session's lock: the second was told that nothing was left."""
    drawn = partial(draw_sample, assignment=paper, count=1, key=uuid4(), actor=head_fellow, now=WEEK_3)

    outcomes = at_once(*[drawn] * TIMES)

    assert {outcome.pk for outcome in outcomes} == {SecondSample.objects.get().pk}
    assert Reader.objects.filter(kind="second").count() == 1


def test_a_second_reading_is_finished_once(submission, thabo, paper, head_fellow):
    """Seen to fail when finishing did not end the reader's row by one conditional UPDATE."""
    draw_sample(assignment=paper, count=1, key=uuid4(), actor=head_fellow, now=WEEK_3)

    def finish():
        reading = SecondReading.objects.select_related("sample__assignment__session").get()
        levels = all_levels(paper)
        return finish_second_reading(
            reading=reading, levels=levels, result="complete", note="", actor=thabo, now=WEEK_3
        )

    outcomes = at_once(*[finish] * TIMES)

    assert sum(isinstance(outcome, NotReadingSecond) for outcome in outcomes) == TIMES - 1
    assert SecondReading.objects.get().levels.count() == 2


def test_whoever_becomes_the_first_reader_while_finishing_has_done_one_of_the_two(
    submission, thabo, paper, head_fellow
):
    """Seen to fail when finishing did not end the reader's row by one conditional UPDATE."""
    draw_sample(assignment=paper, count=1, key=uuid4(), actor=head_fellow, now=WEEK_3)
    reading = SecondReading.objects.select_related("sample__assignment__session").get()

    levels = all_levels(paper)
    finish = partial(
        finish_second_reading, reading=reading, levels=levels, result="complete", note="", actor=thabo, now=WEEK_3
    )

    _, is_refused = overlapping(
        partial(assign_reader, submission=submission, user=thabo, actor=head_fellow, now=WEEK_3),
        refused(finish, NotReadingSecond),
    )

    assert is_refused
    assert SecondReading.objects.get().finished_at is None
