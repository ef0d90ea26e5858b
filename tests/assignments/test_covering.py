"""Reading in a colleague's place: papers go over, begun answers with them, and back by themselves.

Seen failing: with the way back forgotten, with only the last cover of a way asked whether it is over, with a cover
that begins before one that is due to end does, and with a reader chosen anew for what somebody finishes, or has by hand
in somebody's place, when fellows changed or the writer handed in again.
"""

from datetime import timedelta
from functools import partial

import pytest

from assignments.desk.grants import looked_after
from assignments.invariants import covers_that_are_wrong
from assignments.models import Cover, Feedback, Reader, Submission
from assignments.notices.time import deciders
from assignments.services import (
    CoverRefused,
    MayNotAnswer,
    arrange_cover,
    assign_reader,
    begin_cover,
    end_cover,
    mind_covers,
    preview_cover,
    reallot_section,
)
from assignments.services.covering import Plan
from assignments.standing_in import sections_covered_by
from audit.models import Entry
from cohorts.models import SectionFellow
from notifications import sender
from notifications.models import Notice
from tests import cast
from tests.assignments.answering import save
from tests.assignments.pages import page, words
from tests.cast import WEEK_3
from tests.races import at_once

DAY = timedelta(days=1)
MESSAGE = "Until Sunday Thabo Nkosi answers your papers."


@pytest.fixture
def plan(loa, fellow, thabo):
    def _plan(*colleagues, **fields):
        fields = {"starts_at": WEEK_3, "ends_at": WEEK_3 + 4 * DAY, "away": fellow} | fields
        return Plan(session=loa, colleagues=colleagues or (thabo,), **fields)

    return _plan


@pytest.fixture
def arrange(plan, head_fellow):
    def _arrange(*colleagues, now=WEEK_3, message=MESSAGE, **fields):
        return arrange_cover(plan=plan(*colleagues, **fields), message=message, actor=head_fellow, now=now)

    return _arrange


@pytest.fixture
def classmates(loa, section):
    return [cast.enroll(cast.make_user(f"Person {n}"), loa, section=section) for n in range(4)]


def queue(user):
    return list(Submission.objects.in_queue_of(user).order_by("pk"))


def test_papers_go_over_with_what_is_begun_and_come_back_by_themselves(give, amara, fellow, thabo, arrange):
    submission = give(amara)
    save(submission, fellow, "Begun by Milica")

    cover = arrange()

    assert (queue(fellow), queue(thabo)) == ([], [submission])
    assert submission.readers.current().get().kind == "covering"
    with pytest.raises(MayNotAnswer):
        save(submission, fellow, "Not hers now", based_on=1)
    assert not Submission.objects.visible_to(fellow, WEEK_3).filter(pk=submission.pk).exists()
    # Thabo reads what was begun, and does not write on.
    assert Feedback.objects.visible_to(thabo, WEEK_3).get().text == "Begun by Milica"
    assert mind_covers(now=cover.ends_at - DAY) == 0

    assert mind_covers(now=cover.ends_at) == 1

    assert (queue(fellow), queue(thabo)) == ([submission], [])
    assert not Submission.objects.visible_to(thabo, cover.ends_at).filter(pk=submission.pk).exists()


def test_what_the_colleague_has_begun_stays_until_it_is_finished(give, amara, fellow, thabo, arrange):
    submission = give(amara)
    cover = arrange()
    begun = save(submission, thabo, "Begun by Thabo")

    end_cover(cover=cover, actor=None, now=WEEK_3 + DAY)
    assert queue(thabo) == [submission]
    mind_covers(now=WEEK_3 + 2 * DAY)
    assert queue(thabo) == [submission]

    Feedback.objects.filter(pk=begun.pk).update(status="held")
    mind_covers(now=WEEK_3 + 3 * DAY)
    assert (queue(fellow), queue(thabo)) == ([submission], [])


def test_what_is_handed_in_meanwhile_comes_to_the_colleague_and_later_attempts_go_home(
    give, amara, fellow, thabo, arrange
):
    cover = arrange()
    first = give(amara)
    assert queue(thabo) == [first]

    end_cover(cover=cover, actor=None, now=WEEK_3 + DAY)
    assert queue(fellow) == [first]
    second = give(amara, "Again", at=WEEK_3 + DAY)
    assert queue(fellow) == [second]


def test_several_colleagues_get_as_many_each_whatever_they_read_already(give, classmates, thabo, lena, loa, arrange):
    for other in range(3):
        give(cast.enroll(cast.make_user(f"Other {other}"), loa, section=thabo.fellowships.get().section))
    for person in classmates[:3]:
        give(person)

    arrange(thabo, lena)
    give(classmates[3])

    covering = Reader.objects.current().covering()
    assert [covering.filter(user=user).count() for user in (thabo, lena)] == [2, 2]


def test_some_sections_are_covered_and_the_others_stay(give, loa, paper, amara, fellow, thabo, section, arrange):
    other = cast.make_section(loa, fellow, name="Section D")
    elsewhere = cast.enroll(cast.make_user("Ines Vidal"), loa, section=other)
    mine, theirs = give(amara), give(elsewhere)

    arrange(sections=(section,))

    assert (queue(thabo), queue(fellow)) == ([mine], [theirs])


def test_without_an_end_it_is_for_good_until_somebody_ends_it(give, amara, fellow, thabo, arrange):
    submission = give(amara)
    cover = arrange(ends_at=None)

    mind_covers(now=WEEK_3 + 300 * DAY)
    assert queue(thabo) == [submission]
    assert end_cover(cover=cover, actor=None, now=WEEK_3 + 300 * DAY)
    assert queue(fellow) == [submission]


def test_a_cover_begins_at_its_hour_and_one_that_was_called_off_never(give, amara, fellow, thabo, arrange):
    submission = give(amara)
    cover = arrange(starts_at=WEEK_3 + DAY)
    assert queue(fellow) == [submission]
    assert mind_covers(now=WEEK_3 + DAY) == 1
    assert queue(thabo) == [submission]
    end_cover(cover=cover, actor=None, now=WEEK_3 + DAY)

    off = arrange(starts_at=WEEK_3 + 2 * DAY)
    end_cover(cover=off, actor=None, now=WEEK_3 + DAY)
    assert mind_covers(now=WEEK_3 + 3 * DAY) == 0
    assert queue(fellow) == [submission]


def test_what_was_given_by_hand_goes_back_to_the_same_hands(
    give, loa, amara, fellow, thabo, lena, head_fellow, arrange
):
    submission = give(amara)
    assign_reader(submission=submission, user=lena, actor=head_fellow, now=WEEK_3)
    cover = arrange(away=lena)
    assert queue(thabo) == [submission]

    end_cover(cover=cover, actor=None, now=WEEK_3 + DAY)

    assert queue(lena) == [submission]
    assert submission.readers.current().get().allotted_by == head_fellow


def test_who_covers_and_leaves_loses_the_papers(give, amara, fellow, thabo, lena, arrange):
    submission = give(amara)
    arrange(thabo, lena)
    covering = submission.readers.current().get().user
    section = covering.fellowships.get().section
    SectionFellow.objects.filter(user=covering).delete()

    reallot_section(section=section, actor=None, now=WEEK_3 + DAY)

    assert queue(({thabo, lena} - {covering}).pop()) == [submission]


# A cover of a cover


def test_who_covers_is_covered_for_in_turn_and_each_paper_goes_home_by_the_way_it_came(
    give, loa, amara, fellow, thabo, lena, arrange
):
    own = give(cast.enroll(cast.make_user("Own"), loa, section=thabo.fellowships.get().section))
    covered = give(amara)
    first = arrange(thabo)
    second = arrange(lena, away=thabo, ends_at=WEEK_3 + 2 * DAY)
    assert (queue(fellow), queue(thabo), queue(lena)) == ([], [], [own, covered])
    assert covered.readers.current().get().seat.way == (first.pk, second.pk)
    assert list(covers_that_are_wrong(WEEK_3)) == []

    mind_covers(now=second.ends_at)
    assert (queue(thabo), queue(lena)) == ([own, covered], [])

    mind_covers(now=first.ends_at)
    assert (queue(fellow), queue(thabo)) == ([covered], [own])


def test_when_the_first_cover_is_over_before_the_second_its_papers_go_all_the_way_home(
    give, amara, fellow, thabo, lena, arrange
):
    paper = give(amara)
    first = arrange(thabo, ends_at=WEEK_3 + DAY)
    arrange(lena, away=thabo, ends_at=WEEK_3 + 2 * DAY)
    assert queue(lena) == [paper]

    mind_covers(now=first.ends_at)

    assert (queue(fellow), queue(thabo), queue(lena)) == ([paper], [], [])


def test_what_somebody_has_begun_in_a_cover_of_a_cover_stays_until_it_is_finished(
    give, amara, fellow, thabo, lena, arrange
):
    paper = give(amara)
    first = arrange(thabo, ends_at=WEEK_3 + DAY)
    arrange(lena, away=thabo, ends_at=WEEK_3 + 9 * DAY)
    begun = save(paper, lena, "Begun by Lena")

    mind_covers(now=first.ends_at)
    assert queue(lena) == [paper]

    Feedback.objects.filter(pk=begun.pk).update(status="held")
    mind_covers(now=first.ends_at)
    assert queue(fellow) == [paper]


def test_after_a_permanent_change_the_new_reader_can_be_covered_for(give, amara, jack, fellow, thabo, lena, arrange):
    arrange(thabo, ends_at=None)
    before = give(amara)
    second = arrange(lena, away=thabo, ends_at=WEEK_3 + DAY)
    meanwhile = give(jack)

    assert queue(lena) == [before, meanwhile]
    mind_covers(now=second.ends_at)
    assert queue(thabo) == [before, meanwhile]


def test_what_was_given_by_hand_comes_back_to_the_same_hands_over_two_covers(
    give, amara, fellow, thabo, lena, head_fellow, arrange
):
    paper = give(amara)
    assign_reader(submission=paper, user=fellow, actor=head_fellow, now=WEEK_3)
    first, second = arrange(thabo), arrange(lena, away=thabo)
    assert queue(lena) == [paper]

    end_cover(cover=first, actor=None, now=WEEK_3 + DAY)
    end_cover(cover=second, actor=None, now=WEEK_3 + DAY)

    assert queue(fellow) == [paper]
    assert paper.readers.current().get().allotted_by == head_fellow


def test_who_covered_and_leaves_the_session_is_passed_over_while_somebody_covers_for_them(
    give, amara, fellow, thabo, lena, arrange
):
    paper = give(amara)
    arrange(thabo)
    arrange(lena, away=thabo)
    section = thabo.fellowships.get().section
    SectionFellow.objects.filter(user=thabo).delete()

    reallot_section(section=section, actor=None, now=WEEK_3 + DAY)

    assert queue(lena) == [paper]


def test_who_comes_back_at_the_minute_at_which_they_stand_in_does(give, amara, fellow, thabo, loa, arrange):
    theirs = give(cast.enroll(cast.make_user("Own"), loa, section=thabo.fellowships.get().section))
    paper = give(amara)
    first = arrange(thabo, ends_at=WEEK_3 + DAY)

    # Nobody has minded the first yet, and no paper may go round in a ring.
    arrange(fellow, away=thabo, now=WEEK_3 + DAY, starts_at=WEEK_3 + DAY)

    assert (queue(fellow), queue(thabo)) == ([theirs, paper], [])
    assert not first.readers.current().exists()
    assert paper.readers.current().get().kind == "primary"


def test_who_stands_in_for_whoever_stood_in_grants_time_is_asked_and_their_participants_are_told(
    give, loa, amara, fellow, thabo, lena, head_fellow, section, arrange
):
    give(amara)
    elsewhere = cast.enroll(cast.make_user("Eve"), loa, section=lena.fellowships.get().section)
    arrange(thabo)
    arrange(lena, away=thabo)

    assert sections_covered_by(thabo, loa) == {section.pk}
    assert sections_covered_by(lena, loa) == {section.pk, thabo.fellowships.get().section_id}
    assert sections_covered_by(fellow, loa) == set()
    assert deciders(amara) == [lena.pk]
    assert deciders(elsewhere) == [lena.pk]
    assert amara in looked_after(lena, loa, WEEK_3)
    told = Notice.objects.filter(kind="assignments.cover_arranged", recipient=amara.user)
    assert told.count() == 2


def test_shares_stay_even_when_a_colleague_is_covered_for(give, classmates, fellow, thabo, lena, loa, arrange):
    piet = cast.make_user("Piet de Wit")
    cast.make_section(loa, piet, name="Section D")
    arrange(thabo, lena)
    arrange(piet, away=thabo)

    for person in classmates:
        give(person)

    assert [len(queue(user)) for user in (thabo, lena, piet)] == [0, 2, 2]


def test_what_is_begun_in_a_cover_that_is_over_stays_whatever_else_changes_in_the_session(
    give, amara, fellow, thabo, lena, section, arrange
):
    paper = give(amara)
    cover = arrange()
    begun = save(paper, thabo, "Begun by Thabo")
    end_cover(cover=cover, actor=None, now=WEEK_3 + DAY)

    for changed in (section, lena.fellowships.get().section):
        reallot_section(section=changed, actor=None, now=WEEK_3 + DAY)
    assert queue(thabo) == [paper]

    Feedback.objects.filter(pk=begun.pk).update(status="held")
    mind_covers(now=WEEK_3 + 2 * DAY)
    assert queue(fellow) == [paper]


def test_what_was_given_by_hand_finds_the_same_hands_though_something_changes_while_its_answer_is_finished(
    give, amara, fellow, thabo, lena, head_fellow, section, arrange
):
    paper = give(amara)
    assign_reader(submission=paper, user=lena, actor=head_fellow, now=WEEK_3)
    cover = arrange(away=lena)
    begun = save(paper, thabo, "Begun by Thabo")
    end_cover(cover=cover, actor=None, now=WEEK_3 + DAY)
    reallot_section(section=section, actor=None, now=WEEK_3 + DAY)

    Feedback.objects.filter(pk=begun.pk).update(status="held")
    mind_covers(now=WEEK_3 + 2 * DAY)

    assert queue(lena) == [paper]


def test_a_new_attempt_of_what_was_given_by_hand_follows_to_the_same_hands_from_a_cover_that_is_over(
    give, amara, fellow, thabo, lena, head_fellow, arrange
):
    paper = give(amara)
    assign_reader(submission=paper, user=lena, actor=head_fellow, now=WEEK_3)
    cover = arrange(away=lena)
    save(paper, thabo, "Begun by Thabo")
    end_cover(cover=cover, actor=None, now=WEEK_3 + DAY)

    second = give(amara, "Again", at=WEEK_3 + DAY)

    assert queue(lena) == [second]


def test_who_covers_for_whoever_was_chosen_by_hand_and_leaves_is_followed_by_another_of_the_same_cover(
    give, loa, amara, fellow, thabo, lena, head_fellow, arrange
):
    paper = give(amara)
    assign_reader(submission=paper, user=lena, actor=head_fellow, now=WEEK_3)
    cover = arrange(thabo, head_fellow, away=lena)
    assert queue(thabo) == [paper]
    section = thabo.fellowships.get().section
    SectionFellow.objects.filter(user=thabo).delete()

    reallot_section(section=section, actor=None, now=WEEK_3 + DAY)
    assert queue(head_fellow) == [paper]

    end_cover(cover=cover, actor=None, now=WEEK_3 + DAY)
    assert queue(lena) == [paper]


# Promises and words


def test_participants_are_told_once_in_the_words_that_were_written_with_their_new_dates(
    give, amara, jack, fellow, thabo, arrange, mailoutbox
):
    give(amara)
    sender.send_due(now=WEEK_3)
    mailoutbox.clear()

    arrange(promises_to=WEEK_3 + 20 * DAY)
    mind_covers(now=WEEK_3)
    sender.send_due(now=WEEK_3)

    mails = [mail for mail in mailoutbox if mail.to[0] not in (fellow.email, thabo.email)]
    assert {mail.to[0] for mail in mails} == {amara.user.email, jack.user.email}
    assert len(mails) == 2
    for mail in mails:
        assert MESSAGE in mail.body
        assert ("now comes by Tuesday 9 March" in mail.body) is (mail.to[0] == amara.user.email)


def test_only_promises_that_cannot_hold_are_moved_and_it_is_recorded(give, module, amara, arrange, head_fellow):
    early = give(amara)
    late = give(amara, assignment=cast.make_assignment(module, title="Later", feedback_days=40))

    arrange(promises_to=WEEK_3 + 20 * DAY)

    moved = early.moved_promises.get()
    assert (moved.promised_at, moved.moved_by) == (WEEK_3 + 20 * DAY, head_fellow)
    assert not late.moved_promises.exists()
    assert Entry.objects.filter(verb="moved the promised date").count() == 1
    assert Entry.objects.filter(verb="arranged cover", actor=head_fellow).count() == 1


def test_nobody_outside_is_told(give, amara, thabo, loa, outsider, arrange):
    bystander = cast.enroll(cast.make_user("Bea"), loa, section=thabo.fellowships.get().section)
    give(amara)

    arrange()

    told = set(Notice.objects.filter(kind="assignments.cover_arranged").values_list("recipient", flat=True))
    assert amara.user_id in told
    assert not {bystander.user_id, outsider.user_id} & told


# What cannot be


def test_a_plan_that_cannot_be_is_refused_with_its_reason(section, fellow, thabo, lena, chair, arrange):
    for words_, colleagues, fields in (
        ("cannot cover for themself", (fellow,), {}),
        ("does not read papers", (chair,), {}),
        ("ends after it begins", (thabo,), {"ends_at": WEEK_3}),
        ("lies ahead", (thabo,), {"promises_to": WEEK_3}),
    ):
        with pytest.raises(CoverRefused, match=words_):
            arrange(*colleagues, **fields)
    arrange(thabo)
    for words_, colleagues, fields in (
        ("covered for in that time already", (lena,), {}),
        ("is away in that time", (fellow,), {"away": lena}),
        ("is away in that time", (fellow,), {"away": thabo}),
    ):
        with pytest.raises(CoverRefused, match=words_):
            arrange(*colleagues, **fields)
    assert Cover.objects.count() == 1


def test_a_preview_changes_nothing(give, amara, fellow, thabo, lena, plan):
    save(give(amara), fellow)

    prospect = preview_cover(plan=plan(thabo, lena, promises_to=WEEK_3 + 20 * DAY), now=WEEK_3)

    assert prospect.shares == [(thabo, 1), (lena, 0)]
    assert (prospect.begun, len(prospect.moved), prospect.told) == (1, 1, 1)
    assert not Cover.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_begin_it_once(transactional_db, give, amara, thabo, plan, head_fellow):
    submission = give(amara)
    cover = arrange_cover(plan=plan(starts_at=WEEK_3 + DAY), message=MESSAGE, actor=head_fellow, now=WEEK_3)

    outcomes = at_once(*[partial(begin_cover, cover=cover, actor=None, now=WEEK_3 + DAY)] * 4)

    assert sorted(outcomes) == [False, False, False, True]
    assert submission.readers.current().get().user == thabo
    assert Entry.objects.filter(verb="cover began").count() == 1


# The page


def test_the_head_arranges_cover_on_the_desk_and_ends_it(give, amara, fellow, thabo, head_fellow, visit, post):
    submission = give(amara)
    asked = {"away": fellow.pk, "colleagues": [thabo.pk], "starts_on": "", "ends_on": "2027-03-01", "promises_on": ""}

    preview = post(head_fellow, "desk-cover-arrange", act="preview", **asked)
    said = words(preview)
    assert "1 paper would change hands today" in said
    assert "Thabo Nkosi reads and answers the papers in place of Milica Petrović." in said
    assert not Cover.objects.exists()

    post(head_fellow, "desk-cover-arrange", act="arrange", message="Thabo answers.", **asked)
    cover = Cover.objects.get()
    assert (cover.message, queue(thabo)) == ("Thabo answers.", [submission])
    assert "You cover for a colleague" in words(visit(thabo, "desk-queue"))
    assert "Thabo Nkosi" in words(visit(head_fellow, "desk-cover"))

    post(head_fellow, "desk-cover-end", cover)
    assert queue(fellow) == [submission]


def test_a_double_click_arranges_one_cover_and_says_so_twice(give, amara, fellow, thabo, head_fellow, post):
    give(amara)
    asked = {"away": fellow.pk, "colleagues": [thabo.pk], "starts_on": "", "ends_on": "2027-03-01", "promises_on": ""}
    preview = post(head_fellow, "desk-cover-arrange", act="preview", **asked)
    sent = {box["name"]: box["value"] for box in page(preview).select("main form input[type=hidden]")}
    assert sent["key"]

    clicks = [post(head_fellow, "desk-cover-arrange", act="arrange", message=MESSAGE, **sent) for _ in range(2)]

    assert [reply.status_code for reply in clicks] == [302, 302]
    assert Cover.objects.count() == 1
    assert Notice.objects.filter(kind="assignments.cover_arranged").count() == 1


def test_the_page_hands_back_what_cannot_be(section, fellow, head_fellow, post):
    reply = post(head_fellow, "desk-cover-arrange", act="preview", away=fellow.pk, colleagues=[fellow.pk])

    assert reply.status_code == 422
    assert "cannot cover for themself" in words(reply)


def test_a_cover_that_nobody_ended_or_that_nobody_was_asked_for_is_found(give, amara, fellow, thabo, arrange):
    submission = give(amara)
    cover = arrange()
    assert list(covers_that_are_wrong(WEEK_3)) == []
    assert "should be over" in " ".join(covers_that_are_wrong(cover.ends_at + DAY))

    cover.colleagues.clear()
    assert f"{thabo} covers paper {submission.receipt}" in " ".join(covers_that_are_wrong(WEEK_3))
