"""When a finished answer goes out: as promised, at once where that has passed, later only while somebody holds it."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from assignments.invariants import promises_that_were_slept_through
from assignments.models import Assignment, Feedback
from assignments.services import (
    AnswerIncomplete,
    MayNotAnswer,
    correct_feedback,
    finish_feedback,
    hold_feedback,
    hold_finished,
    let_go_feedback,
    release_feedback,
    release_promised,
    take_back_feedback,
)
from assignments.services.concerns import raise_concern
from assignments.services.looking_first import ask_first_look, end_first_look
from audit.models import Entry
from core.moves import WrongState
from notifications.models import Notice
from tests import cast
from tests.assignments.answering import save
from tests.assignments.pages import a_form, names, page, words
from tests.cast import WEEK_3
from tests.races import at_once

PROMISED = datetime(2027, 3, 1, 4, 59, tzinfo=UTC)  # 7 days after Sunday of week 3, 23:59 New York
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def submission(give, amara):
    return give(amara)


@pytest.fixture
def finished(submission, fellow):
    return finish_feedback(feedback=save(submission, fellow), actor=fellow, now=WEEK_3)


def status(feedback):
    return Feedback.objects.get(pk=feedback.pk).status


def told():
    return Notice.objects.filter(kind="assignments.feedback_released").count()


def test_what_is_finished_waits_for_the_promised_instant_and_goes_out_by_itself(finished, amara):
    assert release_promised(now=PROMISED - SECOND) == 0
    assert (status(finished), told()) == ("held", 0)
    assert not Feedback.objects.visible_to(amara.user, PROMISED - SECOND).exists()

    assert release_promised(now=PROMISED) == 1
    assert release_promised(now=PROMISED + SECOND) == 0

    released = Feedback.objects.get()
    assert (released.status, released.released_at, released.released_by) == ("released", PROMISED, None)
    assert told() == 1
    assert Entry.objects.filter(verb="released the feedback", actor=None, at=PROMISED).count() == 1


def test_what_is_finished_after_the_promised_instant_goes_out_at_once(submission, fellow):
    feedback = finish_feedback(feedback=save(submission, fellow), actor=fellow, now=PROMISED + DAY)

    assert (feedback.status, feedback.released_by, told()) == ("released", fellow, 1)


def test_where_nothing_is_promised_finishing_releases(submission, paper, fellow):
    type(paper).objects.update(feedback_days=None)

    assert finish_feedback(feedback=save(submission, fellow), actor=fellow, now=WEEK_3).status == "released"


def test_a_promise_that_was_moved_is_waited_for(finished, submission, fellow):
    submission.moved_promises.create(promised_at=PROMISED + DAY, moved_by=fellow, moved_at=WEEK_3)

    assert release_promised(now=PROMISED) == 0
    assert release_promised(now=PROMISED + DAY) == 1


def test_what_somebody_holds_stays_until_they_let_it_go(finished, fellow, head_fellow):
    hold_feedback(feedback=finished, reason="We talk first.", actor=head_fellow, now=WEEK_3)
    assert release_promised(now=PROMISED + DAY) == 0

    let_go_feedback(feedback=finished, actor=fellow, now=PROMISED + DAY)

    assert (status(finished), told()) == ("released", 1)
    assert Entry.objects.get(verb="held the feedback").reason == "We talk first."
    assert Entry.objects.filter(verb="let the feedback go").exists()


def test_what_is_let_go_before_the_promised_instant_waits_for_it(finished, fellow):
    hold_feedback(feedback=finished, actor=fellow, now=WEEK_3)
    let_go_feedback(feedback=finished, actor=fellow, now=WEEK_3 + DAY)

    assert status(finished) == "held"
    assert release_promised(now=PROMISED) == 1


def test_what_is_held_can_be_released_and_taken_back(submission, finished, fellow):
    hold_feedback(feedback=finished, actor=fellow, now=WEEK_3)
    take_back_feedback(feedback=finished, actor=fellow, now=WEEK_3)
    assert (status(finished), Feedback.objects.get().held_by) == ("draft", None)

    hold_feedback(feedback=finished, actor=fellow, now=WEEK_3)
    release_feedback(feedback=finished, actor=fellow, now=WEEK_3)
    assert (status(finished), Feedback.objects.get().held_by) == ("released", None)


def test_nobody_holds_twice_or_lets_go_what_is_not_held(finished, fellow, head_fellow):
    with pytest.raises(WrongState):
        let_go_feedback(feedback=finished, actor=fellow, now=WEEK_3)
    hold_feedback(feedback=finished, actor=fellow, now=WEEK_3)

    with pytest.raises(WrongState):
        hold_feedback(feedback=finished, actor=head_fellow, now=WEEK_3)
    assert Feedback.objects.get().held_by == fellow


def test_a_director_holds_and_somebody_elses_fellow_does_not(finished, director, loa):
    other = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, other, name="Section B")

    with pytest.raises(MayNotAnswer):
        hold_feedback(feedback=finished, actor=other, now=WEEK_3)
    with pytest.raises(MayNotAnswer):
        finish_feedback(feedback=finished, actor=other, now=WEEK_3)
    assert hold_feedback(feedback=finished, actor=director, now=WEEK_3).held_by == director


def test_what_is_not_complete_is_not_finished(submission, fellow):
    with pytest.raises(AnswerIncomplete):
        finish_feedback(feedback=save(submission, fellow, result=""), actor=fellow, now=WEEK_3)


def test_a_newer_attempt_and_a_date_that_has_passed_keep_an_answer_back(submission, give, amara, jack, fellow):
    revision = {"result": "please_revise", "revise_reason": "Who decided?", "revise_until": PROMISED + DAY}
    finish_feedback(feedback=save(give(jack), fellow, **revision), actor=fellow, now=WEEK_3)
    finish_feedback(feedback=save(submission, fellow), actor=fellow, now=WEEK_3)
    give(amara, "A second attempt.", at=WEEK_3 + SECOND)

    # Nobody was at work at the promised instant.
    assert release_promised(now=PROMISED + 2 * DAY) == 0


def test_a_whole_class_is_held_in_one_act(give, amara, jack, fellow, head_fellow):
    answers = [finish_feedback(feedback=save(give(one), fellow), actor=fellow, now=WEEK_3) for one in (amara, jack)]
    hold_feedback(feedback=answers[0], actor=fellow, now=WEEK_3)

    held = hold_finished(finished=Feedback.objects.all(), actor=head_fellow, now=WEEK_3)

    assert held == [answers[1]]
    assert release_promised(now=PROMISED) == 0


@pytest.mark.parametrize("people", [1, 3])
def test_looking_for_what_goes_out_costs_one_query(loa, section, give, fellow, people, django_assert_num_queries):
    for _ in range(people):
        person = cast.enroll(cast.make_user(), loa, section=section)
        finish_feedback(feedback=save(give(person), fellow), actor=fellow, now=WEEK_3)

    with django_assert_num_queries(1):
        release_promised(now=PROMISED - SECOND)


@pytest.mark.django_db(transaction=True)
def test_several_workers_release_each_answer_once_and_tell_of_it_once(transactional_db, give, amara, jack, fellow):
    """Seen to fail without the row's lock: with a read and a save it was recorded by each worker."""
    for person in (amara, jack):
        finish_feedback(feedback=save(give(person), fellow), actor=fellow, now=WEEK_3)

    outcomes = at_once(*[partial(release_promised, now=PROMISED)] * 6)

    assert sum(outcomes) == 2
    assert (told(), Entry.objects.filter(verb="released the feedback").count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [hold_feedback, take_back_feedback])
def test_what_is_held_or_taken_back_at_the_promised_instant_goes_one_way_only(
    transactional_db, give, amara, fellow, act
):
    feedback = finish_feedback(feedback=save(give(amara), fellow), actor=fellow, now=WEEK_3)

    released, done = at_once(
        partial(release_promised, now=PROMISED), partial(act, feedback=feedback, actor=fellow, now=PROMISED)
    )

    is_released = status(feedback) == "released"
    assert (released == 1) is is_released is isinstance(done, WrongState)
    assert told() == is_released


# On the desk


def test_the_desk_offers_to_finish_and_says_when_it_goes_out(submission, paper, fellow, post, visit):
    visit_paper = partial(visit, fellow, "desk-paper", submission)
    assert visit_paper().context["paper"].goes_out_at_once is False

    post(fellow, "desk-answer", submission, **a_form(paper, fellow, act="finish"))

    assert status(Feedback.objects.get()) == "held"
    said = words(visit_paper())
    assert "It goes out by itself as promised: Monday 1 March" in said


def test_the_desk_holds_what_is_finished_and_lets_it_go(submission, finished, fellow, post, visit):
    post(fellow, "desk-answer", submission, act="hold-finished")
    assert f"Held by {fellow}" in words(visit(fellow, "desk-paper", submission))

    post(fellow, "desk-answer", submission, act="let-go")
    assert Feedback.objects.get().held_by is None


def test_head_and_director_see_how_many_are_overdue_and_hold_a_whole_assignment(
    give, amara, jack, fellow, head_fellow, director, paper, post, visit, monkeypatch
):
    cast.make_submission(paper, amara)
    finish_feedback(feedback=save(give(jack), fellow), actor=fellow, now=WEEK_3)

    post(head_fellow, "desk-release", assignment=paper.pk, act="hold")
    assert Feedback.objects.get().held_by == head_fellow

    monkeypatch.setattr("core.clock.now", lambda: PROMISED + DAY)
    for user in (head_fellow, director):
        assert "2 overdue" in words(visit(user, "desk-all"))


def test_what_is_said_to_be_overdue_leads_to_lists_of_just_these_papers(
    give, amara, jack, fellow, head_fellow, section, paper, visit, monkeypatch
):
    """Two wait, one is held past its promise; one was answered and its correction is held, which is not overdue. Seen
    to fail when the number counted what was held and its list showed what waits."""
    give(amara)
    give(cast.enroll(cast.make_user("Béatrice Lund"), paper.session, section=section))
    hold_feedback(feedback=save(give(jack), fellow), actor=fellow, now=WEEK_3)
    answered = save(give(cast.enroll(cast.make_user("Chidi Eze"), paper.session, section=section)), fellow)
    release_feedback(feedback=answered, actor=fellow, now=WEEK_3)
    correction = correct_feedback(feedback=answered, actor=fellow, now=WEEK_3)
    hold_feedback(feedback=correction, actor=fellow, now=WEEK_3)

    monkeypatch.setattr("core.clock.now", lambda: PROMISED + DAY)
    shown = visit(head_fellow, "desk-all")
    said = " ".join(page(shown).select_one(".lede").get_text().split())
    assert said.endswith("3 overdue, promised and not there: 2 wait, 1 is finished and not out.")
    found = [
        names(visit(head_fellow, "desk-papers", query="?" + link["href"].partition("?")[2]))
        for link in page(shown).select(".lede a")
    ]
    assert [len(rows) for rows in found] == [2, 1]
    assert found[1] == [str(jack.user)]


def test_what_should_have_gone_out_is_found(finished):
    assert list(promises_that_were_slept_through(PROMISED)) == []
    assert "did not go out" in " ".join(promises_that_were_slept_through(PROMISED + DAY))


def acts(reply):
    """What the page says beside the buttons, by the button's words; each of them is described by its line."""
    form = page(reply).select_one("#answer")
    return {
        button.get_text(strip=True): " ".join(form.select_one(f"#{button['aria-describedby']}").get_text().split())
        for button in form.select(".form-actions button")
    }


def test_each_button_says_what_it_does_for_this_paper(submission, paper, fellow, head_fellow, visit):
    """Seen to fail when the lines took no notice of the promise, of the review and of the first look."""
    ahead = acts(visit(fellow, "desk-paper", submission))
    assert list(ahead) == ["Finish", "Release now", "Finish and hold", "Save"]
    assert ahead["Finish"].startswith("goes out by itself as promised, Mon 1 Mar")
    assert ahead["Release now"] == "goes out now, and Amara Rao is told."
    assert ahead["Finish and hold"] == "waits, past the promise too, until somebody lets it go or releases it."

    look = ask_first_look(session=paper.session, user=fellow, actor=head_fellow, now=WEEK_3)
    first = acts(visit(fellow, "desk-paper", submission))
    assert first["Finish"].endswith("if the head teaching fellow has seen it by then.")
    assert first["Release now"] == "the head teaching fellow sees it first; it goes out no sooner than promised."
    assert acts(visit(head_fellow, "desk-paper", submission))["Release now"] == ahead["Release now"]
    end_first_look(look=look, actor=head_fellow, now=WEEK_3)

    concern = raise_concern(submission=submission, note="Word for word.", actor=fellow, now=WEEK_3)
    reviewed = acts(visit(fellow, "desk-paper", submission))
    assert list(reviewed) == ["Finish", "Finish and hold", "Save"]
    assert reviewed["Finish"] == "goes out once the review has ended."
    concern.delete()

    Assignment.objects.filter(pk=paper.pk).update(feedback_days=None)
    at_once_out = acts(visit(fellow, "desk-paper", submission))
    assert list(at_once_out) == ["Release", "Finish and hold", "Save"]
    assert at_once_out["Release"] == ahead["Release now"]
