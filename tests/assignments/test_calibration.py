"""The same samples, each reader alone, then one table for all."""

from functools import partial
from uuid import uuid4

import pytest

from assignments.models import CalibrationAnswer, CalibrationLook, CalibrationPaper
from assignments.notices.samples import describe, samples_waiting, still_waiting
from assignments.services.calibrating import (
    CalibrationClosed,
    MayNotCalibrate,
    SampleIncomplete,
    TableSeen,
    add_calibration_paper,
    answer_calibration,
    look_at_table,
    open_calibration,
)
from audit.models import Entry
from notifications import outbox
from notifications.models import Notice
from tests import cast
from tests.assignments.answering import all_levels
from tests.assignments.pages import page, words
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
    assert seen_by(head_fellow) == set()

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
    post(head_fellow, "desk-calibration-look", sample)
    assert "Alike 2 of 3 2 of 3 2 of 3" in words(visit(head_fellow, "desk-calibration", sample))

    post(head_fellow, "desk-calibration-open", sample)
    assert "Thabo Nkosi Fully Fully Please revise" in words(visit(fellow, "desk-calibration", sample))


def test_who_says_who_reads_and_reads_too_sees_the_table_only_by_an_act_of_their_own(
    sample, fellow, head_fellow, director, post, visit
):
    """Seen to fail when the table stood above the own unanswered form, and when it was only left out of the page."""
    reads(sample, fellow, note="Word for word.")
    before = visit(head_fellow, "desk-calibration", sample)
    assert "Milica" not in words(before)
    assert "1 answer so far" in words(before)
    assert "Word for word." not in before.content.decode()
    assert page(before).select_one("form [name=result]")
    assert seen_by(head_fellow) == set()
    assert seen_by(director) == {"Milica Petrović"}
    assert "Milica Petrović" in words(visit(director, "desk-calibration", sample))

    for _ in range(2):
        post(head_fellow, "desk-calibration-look", sample)

    after = visit(head_fellow, "desk-calibration", sample)
    assert "Milica Petrović" in words(after)
    assert not page(after).select_one("form [name=result]")
    assert "You looked at the table" in words(visit(head_fellow, "desk-calibrations"))
    assert Entry.objects.filter(verb="looked at the calibration before it was opened", actor=head_fellow).count() == 1
    assert CalibrationLook.objects.get().user == head_fellow


def test_whoever_has_seen_the_table_no_longer_answers_or_changes_the_own_answer(sample, fellow, head_fellow, visit):
    """Seen to fail when an answer could be changed after the look."""
    reads(sample, fellow)
    reads(sample, head_fellow)
    assert "What the others chose is not shown yet" in words(visit(head_fellow, "desk-calibration", sample))
    assert seen_by(head_fellow) == {head_fellow.name}
    look_at_table(paper=sample, actor=head_fellow, now=WEEK_3)

    assert seen_by(head_fellow) == {head_fellow.name, "Milica Petrović"}
    with pytest.raises(TableSeen):
        reads(sample, head_fellow, level=2)


def test_a_sample_is_shown_as_papers_are(paper, section, fellow, head_fellow, visit):
    sample = add_calibration_paper(
        assignment=paper, title="Sample", text="# A sample\n\nWe *asked* people.", actor=head_fellow, now=WEEK_3
    )
    shown = page(visit(fellow, "desk-calibration", sample)).select_one("[aria-label='The sample']")

    assert [part.get_text(strip=True) for part in shown.select(":is(h2, h3, h4, h5), em")] == ["A sample", "asked"]
    assert "#" not in shown.get_text()


def told():
    return Notice.objects.filter(kind="assignments.samples_waiting").order_by("send_at", "pk")


def test_readers_are_told_once_a_day_of_samples_and_see_how_many_wait(
    sample, paper, fellow, thabo, head_fellow, director, visit
):
    """Seen to fail when each sample was told of alone."""
    for number in (2, 3):
        add_calibration_paper(
            assignment=paper, title=f"Sample {number}", text="We waited.", actor=head_fellow, now=WEEK_3
        )
    assert sorted(told().values_list("recipient__name", flat=True)) == ["Milica Petrović", "Thabo Nkosi"]

    assert "Calibration (3)" in words(visit(fellow, "desk-queue"))
    assert "Calibration (3)" in words(visit(head_fellow, "desk-all"))
    assert "Calibration (" not in words(visit(director, "desk-all"))
    reads(sample, fellow)
    assert "Calibration (2)" in words(visit(fellow, "desk-queue"))
    (notice,) = told().filter(recipient=fellow)
    assert describe([notice], WEEK_3)[notice.pk].context["samples"] == 2


def test_nobody_is_told_of_samples_who_has_answered_them_or_reads_there_no_longer(sample, fellow, thabo, head_fellow):
    """Seen to fail when it was enough that there were samples."""
    for user in (fellow, thabo):
        outbox.enqueue(samples_waiting(sample.session, user.pk, WEEK_3), now=WEEK_3)
    first, second = told().filter(recipient=fellow).get(), told().filter(recipient=thabo).get()
    assert still_waiting([first, second], WEEK_3) == {first.pk: True, second.pk: True}

    reads(sample, fellow)
    assert still_waiting([first, second], WEEK_3)[first.pk] is not True
    assert still_waiting([first, second], WEEK_3)[second.pk] is True
    thabo.fellowships.all().delete()
    assert still_waiting([second], WEEK_3)[second.pk] is not True


def test_nobody_is_told_of_samples_whose_table_is_open(sample, fellow, head_fellow):
    notice = told().get(recipient=fellow)
    open_calibration(paper=sample, actor=head_fellow, now=WEEK_3)

    assert still_waiting([notice], WEEK_3)[notice.pk] is not True


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
