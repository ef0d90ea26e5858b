"""Writing, holding, releasing and correcting answers."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.roles import Role
from assignments.models import Comment, Feedback, KeptAnswer, Reader
from assignments.services import (
    Answer,
    AnswerIncomplete,
    MayNotAnswer,
    MayNotRelease,
    NewerAttempt,
    StaleAnswer,
    assign_reader,
    carry_over,
    correct_feedback,
    hold_feedback,
    release_feedback,
    release_held,
    save_feedback,
    settle_kept_answer,
    take_back_feedback,
)
from audit.models import Entry
from cohorts.models import SectionFellow
from core.moves import WrongState
from notifications.models import Notice
from tests import cast
from tests.assignments.answering import a_remark, all_levels, an_answer, save
from tests.cast import WEEK_3

DAY = timedelta(days=1)
LATER = WEEK_3 + DAY


@pytest.fixture
def submission(give, amara):
    return give(amara)


@pytest.fixture
def peer_paper(module):
    return cast.make_assignment(module, title="Peer exchange", answered_by="peers")


def release(feedback, actor, at=LATER):
    return release_feedback(feedback=feedback, actor=actor, now=at)


def told(key="assignments.feedback_released"):
    return Notice.objects.filter(kind=key)


# Writing


def test_an_answer_is_saved_with_levels_and_comments(submission, paper, fellow):
    feedback = save(submission, fellow, remarks=(a_remark(submission),))

    assert (feedback.revision, feedback.status, feedback.author) == (1, "draft", fellow)
    assert dict(feedback.levels.values_list("criterion", "level")) == all_levels(paper)
    comment = feedback.comments.get()
    assert (comment.quote, comment.text) == ("ten neighbours", "Who were they?")


def test_an_answer_goes_on_from_its_newest_revision(submission, paper, fellow):
    save(submission, fellow, remarks=(a_remark(submission),))

    feedback = save(submission, fellow, "Better words.", based_on=1, levels=all_levels(paper, 2))

    assert (feedback.revision, feedback.text) == (2, "Better words.")
    assert dict(feedback.levels.values_list("criterion", "level")) == all_levels(paper, 2)
    assert not feedback.comments.exists()


def test_the_same_answer_again_changes_nothing(submission, fellow):
    """A save whose reply was lost is sent again."""
    save(submission, fellow, remarks=(a_remark(submission),))

    again = save(submission, fellow, remarks=(a_remark(submission),))

    assert again.revision == 1
    assert not KeptAnswer.objects.exists()


def test_what_comes_late_is_refused_and_kept(submission, fellow):
    save(submission, fellow, "From the laptop")

    with pytest.raises(StaleAnswer) as stale:
        save(submission, fellow, "From the phone", remarks=(a_remark(submission),))

    assert stale.value.current.text == Feedback.objects.get().text == "From the laptop"
    assert stale.value.kept == KeptAnswer.objects.get()
    assert (stale.value.kept.text, stale.value.kept.remarks[0]["text"]) == ("From the phone", "Who were they?")


def test_of_late_answers_the_last_of_each_page_is_kept(submission, fellow):
    save(submission, fellow, "From the laptop")
    phone, tablet = uuid4(), uuid4()

    for text, editor in (("From the", phone), ("From the phone", phone), ("From the tablet", tablet)):
        with pytest.raises(StaleAnswer):
            save(submission, fellow, text, editor=editor)

    assert set(KeptAnswer.objects.values_list("text", flat=True)) == {"From the phone", "From the tablet"}


@pytest.mark.parametrize("finish", [hold_feedback, release_feedback])
def test_what_is_typed_after_the_answer_was_finished_is_kept(submission, fellow, finish):
    feedback = save(submission, fellow)
    finish(feedback=feedback, actor=fellow, now=LATER)

    with pytest.raises(StaleAnswer):
        save(submission, fellow, "One more thought", based_on=1)

    assert Feedback.objects.get().text == feedback.text
    assert KeptAnswer.objects.get().text == "One more thought"


def test_going_on_with_what_was_kept_puts_the_other_on_record(submission, fellow):
    save(submission, fellow, "From the laptop")
    with pytest.raises(StaleAnswer) as stale:
        save(submission, fellow, "From the phone", remarks=(a_remark(submission),))

    for _ in range(2):
        settle_kept_answer(kept=stale.value.kept, is_chosen=True, actor=fellow, now=LATER)

    feedback = Feedback.objects.get()
    assert (feedback.text, feedback.revision, feedback.comments.count()) == ("From the phone", 2, 1)
    assert KeptAnswer.objects.filter(settled_at=LATER, text="From the laptop").exists()
    assert not KeptAnswer.objects.filter(settled_at=None).exists()


def test_leaving_what_was_kept_changes_nothing_of_the_answer(submission, fellow):
    save(submission, fellow, "From the laptop")
    with pytest.raises(StaleAnswer) as stale:
        save(submission, fellow, "From the phone")

    settle_kept_answer(kept=stale.value.kept, is_chosen=False, actor=fellow, now=LATER)

    assert (Feedback.objects.get().text, Feedback.objects.get().revision) == ("From the laptop", 1)
    assert KeptAnswer.objects.get().settled_at == LATER


def test_nobody_settles_what_somebody_else_wrote(submission, fellow, head_fellow):
    save(submission, fellow, "From the laptop")
    with pytest.raises(StaleAnswer) as stale:
        save(submission, fellow, "From the phone")

    with pytest.raises(MayNotAnswer):
        settle_kept_answer(kept=stale.value.kept, is_chosen=True, actor=head_fellow, now=LATER)


def test_levels_of_another_assignment_are_passed_over(submission, module, fellow):
    other = cast.make_assignment(module, title="Another")

    feedback = save(submission, fellow, levels=all_levels(other))

    assert not feedback.levels.exists()


def test_saving_takes_few_queries(submission, paper, fellow, django_assert_max_num_queries):
    save(submission, fellow)
    answer = an_answer(paper, "More words")

    # Two of them open and close the transaction.
    with django_assert_max_num_queries(9):
        save_feedback(submission=submission, answer=answer, based_on=1, actor=fellow, now=LATER)


# Who


def test_the_reader_and_the_head_teaching_fellow_answer(submission, fellow, head_fellow):
    for revision, user in enumerate((fellow, head_fellow)):
        assert save(submission, user, f"By {user}", based_on=revision).author == user


def test_a_second_reader_writes_no_answer(submission):
    second = cast.make_user("Thabo Nkosi")
    SectionFellow.objects.create(section=cast.make_section(submission.assignment.session, name="B"), user=second)
    Reader.objects.create(submission=submission, user=second, kind="second", since=WEEK_3)

    with pytest.raises(MayNotAnswer):
        save(submission, second)


@pytest.mark.parametrize("who", ["writer", "neighbour", "chair", "director", "coordinator", "operator"])
def test_nobody_else_answers(request, submission, amara, jack, chair, director, coordinator, operator, who):
    user = {"writer": amara.user, "neighbour": jack.user}.get(who) or request.getfixturevalue(who)

    with pytest.raises(MayNotAnswer):
        save(submission, user)

    assert not Feedback.objects.exists()


def test_the_fellow_of_another_section_does_not_answer(submission, loa):
    other = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, other, name="Section B")

    with pytest.raises(MayNotAnswer):
        save(submission, other)


def test_a_replaced_reader_neither_saves_nor_releases(submission, fellow, head_fellow, section):
    feedback = save(submission, fellow)
    newcomer = cast.make_user("Thabo Nkosi")
    SectionFellow.objects.create(section=section, user=newcomer)
    assign_reader(submission=submission, user=newcomer, actor=head_fellow, now=LATER)

    with pytest.raises(MayNotAnswer):
        save(submission, fellow, "More", based_on=1)
    with pytest.raises(MayNotRelease):
        release(feedback, fellow)

    assert save(submission, newcomer, "Mine now", based_on=1).author == newcomer


# Finishing


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ({"text": ""}, "at least a sentence"),
        ({"result": ""}, "Choose a result"),
        ({"levels": {}}, "each line of the rubric"),
        ({"result": "please_revise", "revise_until": LATER + DAY}, "what is to be revised"),
        ({"result": "please_revise", "revise_reason": "Who decided?"}, "until when"),
        ({"result": "please_revise", "revise_reason": "Who decided?", "revise_until": LATER}, "has passed"),
    ],
)
@pytest.mark.parametrize("finish", [hold_feedback, release_feedback])
def test_an_answer_is_finished_only_when_nothing_is_missing(submission, paper, fellow, missing, says, finish):
    answer = an_answer(paper, **missing)
    feedback = save_feedback(submission=submission, answer=answer, based_on=0, actor=fellow, now=WEEK_3)

    with pytest.raises(AnswerIncomplete) as incomplete:
        finish(feedback=feedback, actor=fellow, now=LATER)

    assert says in str(incomplete.value)
    assert Feedback.objects.get().status == "draft"
    assert not told().exists()


def test_a_comment_alone_is_an_answer(submission, fellow):
    feedback = save(submission, fellow, "", remarks=(a_remark(submission),))

    assert release(feedback, fellow).status == "released"


def test_a_held_answer_can_be_taken_back_and_is_told_to_nobody(submission, fellow):
    feedback = hold_feedback(feedback=save(submission, fellow), actor=fellow, now=LATER)
    assert not told().exists()

    take_back_feedback(feedback=feedback, actor=fellow, now=LATER)

    assert save(submission, fellow, "Better", based_on=1).revision == 2


def test_releasing_tells_the_participant_once_and_is_recorded(submission, amara, fellow):
    feedback = release(save(submission, fellow), fellow)

    assert (feedback.released_at, feedback.released_by) == (LATER, fellow)
    assert told().get().recipient == amara.user
    entry = Entry.objects.about(feedback).get()
    assert (entry.actor, entry.verb, entry.after["result"]) == (fellow, "released the feedback", "complete")
    with pytest.raises(WrongState):
        release(feedback, fellow)
    assert told().count() == 1


def test_neither_notice_nor_record_holds_a_word_of_the_answer(submission, fellow):
    release(save(submission, fellow, "CANARY in the text", next_step="CANARY next"), fellow)

    assert "CANARY" not in str(list(Notice.objects.values())) + str(list(Entry.objects.values()))


def test_please_revise_opens_the_work_again_with_its_own_deadline(submission, paper, give, amara, fellow):
    until = paper.closes_at + 3 * DAY
    feedback = save(submission, fellow, result="please_revise", revise_reason="Who decided?", revise_until=until)
    assert paper.window_for(amara).due_at == paper.due_at

    release(feedback, fellow)

    window = paper.window_for(amara)
    assert window.due_at == until
    assert give(amara, "Again, with who decided.", at=until).authors.get().late_by is None


def test_a_director_releases_for_others_and_a_teaching_fellow_only_the_own(submission, give, jack, fellow, director):
    other = cast.make_user("Thabo Nkosi")
    cast.make_section(submission.assignment.session, other, name="Section B")
    feedback = hold_feedback(feedback=save(submission, fellow), actor=fellow, now=LATER)

    with pytest.raises(MayNotRelease):
        release(feedback, other)

    assert release(feedback, director).released_by == director


def test_held_answers_are_released_together_with_one_notice_each(give, amara, jack, fellow, head_fellow):
    for enrollment in (amara, jack):
        hold_feedback(feedback=save(give(enrollment), fellow), actor=fellow, now=LATER)

    for _ in range(2):
        outcome = release_held(held=Feedback.objects.all(), actor=head_fellow, now=LATER)

    assert outcome.released == []
    assert set(told().values_list("recipient", flat=True)) == {amara.user_id, jack.user_id}
    assert told().count() == 2


def test_a_revision_whose_date_has_passed_keeps_no_other_answer_back(give, paper, amara, jack, fellow, head_fellow):
    revision = {"result": "please_revise", "revise_reason": "Who decided?", "revise_until": paper.due_at}
    late = hold_feedback(feedback=save(give(amara), fellow, **revision), actor=fellow, now=LATER)
    hold_feedback(feedback=save(give(jack), fellow), actor=fellow, now=LATER)

    outcome = release_held(held=Feedback.objects.all(), actor=head_fellow, now=paper.due_at + DAY)

    assert [feedback.submission.enrollment for feedback in outcome.released] == [jack]
    assert [(feedback.pk, "has passed" in why) for feedback, why in outcome.kept_back] == [(late.pk, True)]


def test_a_teaching_fellow_does_not_release_for_a_whole_section(submission, fellow, loa):
    other = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, other, name="Section B")
    hold_feedback(feedback=save(submission, fellow), actor=fellow, now=LATER)

    with pytest.raises(MayNotRelease):
        release_held(held=Feedback.objects.all(), actor=other, now=LATER)


# Corrections and newer attempts


def test_a_correction_is_a_new_version_and_the_old_one_stays_until_it_is_released(submission, amara, fellow):
    first = release(save(submission, fellow, remarks=(a_remark(submission),)), fellow)

    correction = correct_feedback(feedback=first, actor=fellow, now=LATER)
    assert correct_feedback(feedback=first, actor=fellow, now=LATER) == correction
    save(submission, fellow, "Corrected", based_on=1, result="not_yet_complete", remarks=(a_remark(submission),))

    assert list(Feedback.objects.in_force()) == [first]
    assert list(Feedback.objects.visible_to(amara.user, LATER)) == [first]
    release(correction, fellow)
    assert list(Feedback.objects.in_force()) == [correction]
    assert (Feedback.objects.count(), Comment.objects.count(), told().count()) == (2, 2, 2)


def test_what_was_never_released_is_not_corrected(submission, fellow):
    feedback = save(submission, fellow)

    with pytest.raises(WrongState):
        correct_feedback(feedback=feedback, actor=fellow, now=LATER)


def test_of_two_attempts_the_newer_is_answered(submission, give, amara, fellow):
    feedback = save(submission, fellow)
    give(amara, "A second attempt.", at=LATER)

    with pytest.raises(NewerAttempt):
        release(feedback, fellow)

    assert Feedback.objects.get().status == "draft"


def test_an_answer_to_an_older_attempt_can_still_be_corrected(submission, give, amara, fellow):
    first = release(save(submission, fellow), fellow)
    give(amara, "A second attempt.", at=LATER)

    correction = correct_feedback(feedback=first, actor=fellow, now=LATER)

    assert release(correction, fellow).status == "released"


def test_notes_go_along_to_the_newer_attempt_without_the_result(submission, paper, give, amara, fellow):
    remarks = (a_remark(submission), a_remark(submission, "learnt to wait", "Of whom?"))
    feedback = save(submission, fellow, remarks=remarks)
    newer = give(amara, "First this: I asked “ten  neighbours”, and went on.", at=LATER)

    copy = carry_over(feedback=feedback, to=newer, actor=fellow, now=LATER)

    assert (copy.submission, copy.text, copy.result, copy.revision) == (newer, feedback.text, "", 1)
    assert dict(copy.levels.values_list("criterion", "level")) == all_levels(paper)
    assert copy.comments.get().quote == "ten  neighbours"
    with pytest.raises(WrongState):
        carry_over(feedback=feedback, to=newer, actor=fellow, now=LATER)


def test_notes_do_not_go_along_to_somebody_elses_paper(submission, give, jack, fellow):
    feedback = save(submission, fellow)

    with pytest.raises(MayNotAnswer):
        carry_over(feedback=feedback, to=give(jack), actor=fellow, now=LATER)


# Peers


def test_the_assigned_peer_answers_in_words_and_releases(peer_paper, give, amara, jack):
    give(jack, "Mine.", assignment=peer_paper)
    submission = give(amara, assignment=peer_paper)
    answer = Answer(text="I did the same.", result="please_revise", levels=all_levels(peer_paper))

    feedback = save_feedback(submission=submission, answer=answer, based_on=0, actor=jack.user, now=WEEK_3)
    release(feedback, jack.user)

    assert (feedback.result, feedback.status) == ("complete", "released")
    assert not feedback.levels.exists()
    assert told().get().recipient == amara.user


def test_a_peer_who_was_not_assigned_does_not_answer(peer_paper, give, amara, jack, loa, section):
    third = cast.enroll(cast.make_user("Lena Fuchs"), loa, section=section)
    give(jack, "Mine.", assignment=peer_paper)
    submission = give(amara, assignment=peer_paper)

    with pytest.raises(MayNotAnswer):
        save_feedback(submission=submission, answer=Answer(text="Hm."), based_on=0, actor=third.user, now=WEEK_3)


def test_a_reader_who_is_a_participant_answers_no_paper_for_a_teaching_fellow(submission, jack):
    """Seen to fail when any current reader could answer, whatever their role."""
    submission.readers.update(user=jack.user)

    with pytest.raises(MayNotAnswer):
        save(submission, jack.user)


def test_a_teaching_fellow_of_another_session_answers_nothing_here(submission, outsider):
    stranger = cast.make_user("Sofia Rossi")
    cast.appoint(stranger, Role.TEACHING_FELLOW, session=outsider.session)

    with pytest.raises(MayNotAnswer):
        save(submission, stranger)
