"""The head teaching fellow sees a new teaching fellow's first feedback before it goes out."""

from datetime import UTC, datetime

import pytest

from assignments.models import Feedback
from assignments.services import (
    AwaitsLook,
    MayNotAnswer,
    finish_feedback,
    release_feedback,
    release_held,
    release_promised,
    take_back_feedback,
)
from assignments.services.looking_first import ask_first_look, end_first_look, pass_feedback
from audit.models import Entry
from tests.assignments.answering import save
from tests.assignments.pages import a_form, words
from tests.cast import WEEK_3

PROMISED = datetime(2027, 3, 1, 4, 59, tzinfo=UTC)


@pytest.fixture
def look(loa, fellow, head_fellow):
    return ask_first_look(session=loa, user=fellow, actor=head_fellow, now=WEEK_3)


@pytest.fixture
def finished(look, give, amara, fellow):
    return finish_feedback(feedback=save(give(amara), fellow), actor=fellow, now=WEEK_3)


def status():
    return Feedback.objects.get().status


def test_it_waits_until_it_was_looked_at_and_then_goes_out_as_promised(finished, fellow, head_fellow):
    assert release_promised(now=PROMISED) == 0
    with pytest.raises(AwaitsLook):
        release_feedback(feedback=finished, actor=fellow, now=WEEK_3)
    with pytest.raises(MayNotAnswer):
        pass_feedback(feedback=finished, actor=fellow, now=WEEK_3)

    pass_feedback(feedback=finished, actor=head_fellow, now=WEEK_3)

    assert status() == "held"
    assert release_promised(now=PROMISED) == 1
    assert Entry.objects.filter(verb="looked at the feedback", actor=head_fellow).exists()


def test_seen_after_the_promised_instant_it_goes_out_at_once(finished, head_fellow):
    pass_feedback(feedback=finished, actor=head_fellow, now=PROMISED)

    assert status() == "released"


def test_what_was_seen_and_is_written_on_is_seen_again(finished, fellow, head_fellow):
    pass_feedback(feedback=finished, actor=head_fellow, now=WEEK_3)
    take_back_feedback(feedback=finished, actor=fellow, now=WEEK_3)
    finish_feedback(feedback=finished, actor=fellow, now=WEEK_3)

    assert release_promised(now=PROMISED) == 0


def test_a_director_does_not_release_past_the_look_and_the_head_does(finished, director, head_fellow):
    outcome = release_held(held=Feedback.objects.all(), actor=director, now=WEEK_3)
    assert (len(outcome.released), len(outcome.kept_back)) == (0, 1)

    release_held(held=Feedback.objects.all(), actor=head_fellow, now=WEEK_3)
    assert status() == "released"


def test_once_it_is_no_longer_asked_for_everything_goes_out_as_promised(finished, look, head_fellow):
    assert end_first_look(look=look, actor=head_fellow, now=WEEK_3)
    assert not end_first_look(look=look, actor=head_fellow, now=WEEK_3)

    assert release_promised(now=PROMISED) == 1


def test_on_the_desk(give, amara, paper, fellow, head_fellow, post, visit):
    submission = give(amara)
    post(head_fellow, "desk-first-look", reader=fellow.pk, act="ask")
    post(fellow, "desk-answer", submission, **a_form(paper, fellow, act="release"))
    assert status() == "held"
    assert "The head teaching fellow sees it before it goes out" in words(visit(fellow, "desk-paper", submission))
    assert "To be seen" in words(visit(head_fellow, "desk-first-look"))

    post(head_fellow, "desk-answer", submission, act="looked")
    assert Feedback.objects.get().looked_by == head_fellow
    post(head_fellow, "desk-first-look", reader=fellow.pk, act="end")
    assert "To be seen" not in words(visit(head_fellow, "desk-first-look"))
