"""The same samples, each reader alone, then one table for all."""

from functools import partial
from uuid import uuid4

import pytest

from assignments.models import CalibrationAnswer, CalibrationPaper
from assignments.services.calibrating import (
    CalibrationClosed,
    MayNotCalibrate,
    SampleIncomplete,
    add_calibration_paper,
    answer_calibration,
    open_calibration,
)
from audit.models import Entry
from tests import cast
from tests.assignments.answering import all_levels
from tests.assignments.pages import words
from tests.cast import WEEK_3
from tests.races import at_once


@pytest.fixture
def thabo(loa):
    user = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, user, name="Section B")
    return user


@pytest.fixture
def sample(paper, section, head_fellow):
    text = "We asked people to come, and they did not."
    return add_calibration_paper(assignment=paper, title="Sample 1", text=text, actor=head_fellow, now=WEEK_3)


def reads(sample, user, *, level=1, result="complete", note=""):
    levels = all_levels(sample.assignment, level)
    return answer_calibration(paper=sample, levels=levels, result=result, note=note, actor=user, now=WEEK_3)


def seen_by(user):
    return set(CalibrationAnswer.objects.visible_to(user, WEEK_3).values_list("user__name", flat=True))


def test_readers_do_not_see_each_other_before_the_table_is_open(sample, fellow, thabo, head_fellow, outsider):
    for user in (fellow, thabo):
        reads(sample, user)

    assert seen_by(fellow) == {"Milica Petrović"}
    assert seen_by(head_fellow) == {"Milica Petrović", "Thabo Nkosi"}

    open_calibration(paper=sample, actor=head_fellow, now=WEEK_3)

    assert seen_by(fellow) == {"Milica Petrović", "Thabo Nkosi"}
    assert seen_by(outsider.user) == set()
    assert Entry.objects.filter(verb="opened the calibration", actor=head_fellow).count() == 1


def test_an_answer_is_replaced_until_the_table_is_open_and_never_after(sample, fellow, head_fellow):
    reads(sample, fellow)
    reads(sample, fellow, level=2, result="please_revise")
    assert CalibrationAnswer.objects.get().result == "please_revise"
    assert CalibrationAnswer.objects.get().levels.count() == 2
    open_calibration(paper=sample, actor=head_fellow, now=WEEK_3)

    with pytest.raises(CalibrationClosed):
        reads(sample, fellow)
    assert open_calibration(paper=sample, actor=head_fellow, now=WEEK_3) is False


@pytest.mark.parametrize("who", ["chair", "director", "amara"])
def test_only_who_reads_papers_answers(request, sample, who, amara):
    user = amara.user if who == "amara" else request.getfixturevalue(who)

    with pytest.raises(MayNotCalibrate):
        reads(sample, user)


def test_an_answer_has_every_line_and_a_result(sample, fellow):
    for levels, result in ((all_levels(sample.assignment), ""), ({}, "complete")):
        with pytest.raises(SampleIncomplete):
            answer_calibration(paper=sample, levels=levels, result=result, note="", actor=fellow, now=WEEK_3)


def test_the_table_says_who_reads_alike(sample, fellow, thabo, head_fellow, post, visit):
    post(head_fellow, "desk-calibration", sample, **sent(sample, 1, "complete"))
    post(fellow, "desk-calibration", sample, **sent(sample, 1, "complete", note="A clear lesson."))
    post(thabo, "desk-calibration", sample, **sent(sample, 2, "please_revise"))

    own = words(visit(fellow, "desk-calibration", sample))
    assert "Thabo Nkosi" not in own
    assert "A clear lesson." in own
    assert "Alike 2 of 3 2 of 3 2 of 3" in words(visit(head_fellow, "desk-calibration", sample))

    post(head_fellow, "desk-calibration-open", sample)
    assert "Thabo Nkosi Fully Fully Please revise" in words(visit(fellow, "desk-calibration", sample))


def sent(sample, level, result, note=""):
    levels = {f"level-{criterion}": chosen for criterion, chosen in all_levels(sample.assignment, level).items()}
    return {**levels, "result": result, "note": note}


def test_a_sample_that_is_sent_twice_is_one_and_another_of_its_name_is_refused(paper, head_fellow, post):
    sent = {"assignment": paper.pk, "title": "Sample 1", "text": "We asked.", "key": uuid4()}

    first, again = (post(head_fellow, "desk-calibration-add", **sent) for _ in range(2))

    assert (first.status_code, again.status_code, first.url) == (302, 302, again.url)
    assert post(head_fellow, "desk-calibration-add", **sent | {"key": uuid4()}).status_code == 422
    assert CalibrationPaper.objects.count() == 1


def test_the_head_adds_a_sample_and_readers_find_it(paper, section, fellow, head_fellow, post, visit):
    post(head_fellow, "desk-calibration-add", assignment=paper.pk, title="Sample 1", text="We asked.", key=uuid4())

    assert CalibrationPaper.objects.get().text == "We asked."
    assert "Sample 1 Reflection paper To answer" in words(visit(fellow, "desk-calibrations"))


@pytest.mark.django_db(transaction=True)
def test_nobody_answers_while_the_table_opens(transactional_db, paper, section, fellow, head_fellow):
    """Either the answer is in the table that everybody sees, or it is refused."""
    sample = add_calibration_paper(assignment=paper, title="One", text="We asked.", actor=head_fellow, now=WEEK_3)

    answered, opened = at_once(
        partial(reads, sample, fellow), partial(open_calibration, paper=sample, actor=head_fellow, now=WEEK_3)
    )

    assert opened is True
    assert isinstance(answered, CalibrationAnswer | CalibrationClosed)
    assert CalibrationAnswer.objects.exists() is isinstance(answered, CalibrationAnswer)
