from datetime import timedelta

import pytest

from accounts.roles import Role
from assignments.models import Assignment, Reader, Submission
from assignments.services import (
    MayNotRead,
    assign_reader,
    reallot_enrollment,
    reallot_section,
    reallot_session,
)
from audit.models import Entry
from cohorts.models import Enrollment, Section, SectionFellow
from notifications.models import Notice
from operations.placing import change_place
from tests import cast
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(hours=1)


def reader_of(submission):
    reader = Reader.objects.current().primary().filter(submission=submission).first()
    return reader and reader.user


def queue_of(user):
    return set(Submission.objects.in_queue_of(user))


@pytest.fixture
def second_fellow(section):
    user = cast.make_user("Thabo Nkosi", zone="Africa/Johannesburg")
    SectionFellow.objects.create(section=section, user=user)
    return user


@pytest.fixture
def open_session(program):
    """A session without sections, two teaching fellows appointed to it and one to the program."""
    session = cast.make_session(program, label="open")
    for name, place in (
        ("Ana Lima", {"session": session}),
        ("Ben Katz", {"session": session}),
        ("Cy Roy", {"program": program}),
    ):
        cast.appoint(cast.make_user(name), Role.TEACHING_FELLOW, **place)
    return session


def members(session, count, **fields):
    return [cast.enroll(cast.make_user(f"Person {number}"), session, **fields) for number in range(count)]


def test_a_paper_goes_to_the_fellow_of_its_section(give, amara, fellow):
    submission = give(amara)

    assert reader_of(submission) == fellow
    assert queue_of(fellow) == {submission}
    assert not Submission.objects.without_reader().exists()


def test_two_fellows_of_a_section_share_its_papers_evenly(give, loa, section, fellow, second_fellow):
    for person in members(loa, 6, section=section):
        give(person)

    assert len(queue_of(fellow)) == len(queue_of(second_fellow)) == 3


def test_a_later_attempt_goes_to_the_same_reader(give, amara, jack, fellow, second_fellow):
    first = give(amara)
    give(jack)

    second = give(amara, "Once more.")

    assert reader_of(second) == reader_of(first)
    assert second in queue_of(reader_of(first))
    assert first not in queue_of(reader_of(first))


def test_a_session_without_sections_allots_to_its_fellows_evenly(give, open_session):
    paper = cast.make_assignment(cast.make_module(open_session, number=3))
    papers = [give(person, assignment=paper) for person in members(open_session, 7)]

    counts = sorted(len([paper for paper in papers if reader_of(paper) == user]) for user in map(reader_of, papers))
    assert {reader_of(paper).name for paper in papers} == {"Ana Lima", "Ben Katz", "Cy Roy"}
    assert counts[-1] == 3


def test_who_reads_less_of_other_work_is_chosen_first(give, open_session):
    module = cast.make_module(open_session, number=3)
    people = members(open_session, 2)
    first, second = (cast.make_assignment(module, title=title) for title in ("One", "Two"))

    readers = {reader_of(give(person, assignment=paper)) for person, paper in zip(people, (first, second), strict=True)}

    assert len(readers) == 2


def test_without_a_section_in_a_session_of_sections_there_is_no_reader_yet(give, loa, section):
    submission = give(members(loa, 1)[0])

    assert reader_of(submission) is None
    assert list(Submission.objects.without_reader()) == [submission]


def test_a_section_without_a_fellow_has_no_reader_yet_until_one_comes(give, amara, section, fellow):
    SectionFellow.objects.all().delete()
    submission = give(amara)
    assert list(Submission.objects.without_reader()) == [submission]

    SectionFellow.objects.create(section=section, user=fellow)
    assert reallot_section(section=section, actor=None, now=LATER) == 1

    assert queue_of(fellow) == {submission}


def test_papers_follow_to_the_new_fellow_of_a_section(give, amara, jack, section, fellow):
    first, second, other = give(amara), give(amara, "Again."), give(jack)
    newcomer = cast.make_user("Thabo Nkosi")
    SectionFellow.objects.filter(user=fellow).update(user=newcomer)

    assert reallot_section(section=section, actor=None, now=LATER) == 2

    assert queue_of(newcomer) == {second, other}
    assert not queue_of(fellow)
    assert reader_of(first) == newcomer
    assert not Submission.objects.visible_to(fellow, LATER).exists()
    assert Entry.objects.about(second).filter(verb="gave the paper to a reader").exists()


def test_a_section_that_loses_its_fellow_leaves_its_papers_under_no_reader_yet(give, amara, section, fellow):
    submission = give(amara)
    SectionFellow.objects.all().delete()

    reallot_section(section=section, actor=None, now=LATER)

    assert list(Submission.objects.without_reader()) == [submission]


def test_who_moves_to_another_section_takes_the_papers_along(give, amara, loa, fellow):
    other_fellow = cast.make_user("Thabo Nkosi")
    other = cast.make_section(loa, other_fellow, name="Section B")
    submission = give(amara)
    Enrollment.objects.filter(pk=amara.pk).update(section=other)

    reallot_enrollment(enrollment=amara, actor=None, now=LATER)

    assert reader_of(submission) == other_fellow


def test_forming_the_first_section_moves_the_papers_of_the_whole_session(give, open_session):
    paper = cast.make_assignment(cast.make_module(open_session, number=3))
    person, homeless = members(open_session, 2)
    mine, theirs = give(person, assignment=paper), give(homeless, assignment=paper)
    led = cast.make_user("Dora Vas")
    Enrollment.objects.filter(pk=person.pk).update(section=cast.make_section(open_session, led))

    assert reallot_session(session=open_session, actor=None, now=LATER) == 2

    assert reader_of(mine) == led
    assert list(Submission.objects.without_reader()) == [theirs]


def test_reallotting_again_changes_nothing(give, amara, jack, section, fellow, second_fellow):
    papers = [give(amara), give(jack)]
    before = [reader_of(paper) for paper in papers]

    assert reallot_section(section=section, actor=None, now=LATER) == 0

    assert [reader_of(paper) for paper in papers] == before


def test_the_head_fellow_gives_a_paper_to_another_and_all_attempts_follow(give, amara, fellow, head_fellow):
    first, second = give(amara), give(amara, "Again.")

    assign_reader(submission=second, user=head_fellow, reason="Away this week", actor=head_fellow, now=LATER)
    third = give(amara, "A third time.", at=LATER)

    assert [reader_of(paper) for paper in (first, second, third)] == [head_fellow] * 3
    entry = Entry.objects.about(second).first()
    assert (entry.before["reader"], entry.after["reader"]) == (fellow.email, head_fellow.email)
    assert entry.reason == "Away this week"


def test_who_was_chosen_by_hand_stays_when_the_section_changes(give, amara, section, fellow, head_fellow):
    submission = give(amara)
    assign_reader(submission=submission, user=head_fellow, actor=head_fellow, now=LATER)
    SectionFellow.objects.all().delete()

    assert reallot_section(section=section, actor=None, now=LATER) == 0

    assert reader_of(submission) == head_fellow


def test_who_was_chosen_by_hand_and_left_the_staff_reads_no_longer(give, amara, section, fellow, loa):
    submission = give(amara)
    helper = cast.make_user("Hal Quist")
    appointment = cast.appoint(helper, Role.TEACHING_FELLOW, session=loa)
    assign_reader(submission=submission, user=helper, actor=fellow, now=LATER)
    appointment.delete()

    reallot_section(section=section, actor=None, now=LATER)

    assert reader_of(submission) == fellow


def test_choosing_by_hand_whom_the_platform_chose_makes_it_stay(give, amara, fellow, head_fellow):
    submission = give(amara)

    reader = assign_reader(submission=submission, user=fellow, actor=head_fellow, now=LATER)

    assert (reader.user, reader.allotted_by) == (fellow, head_fellow)
    assert Reader.objects.current().filter(submission=submission).count() == 1


def test_a_second_reader_becomes_the_first(give, amara, fellow, head_fellow):
    submission = give(amara)
    Reader.objects.create(submission=submission, user=head_fellow, kind=Reader.Kind.SECOND, since=WEEK_3)

    assign_reader(submission=submission, user=head_fellow, actor=head_fellow, now=LATER)

    assert Reader.objects.current().get(submission=submission).user == head_fellow


def test_only_those_who_read_papers_here_can_be_chosen(give, amara, jack, chair, outsider, director, head_fellow):
    submission = give(amara)
    for user in (amara.user, jack.user, chair, outsider.user, director):
        with pytest.raises(MayNotRead):
            assign_reader(submission=submission, user=user, actor=head_fellow, now=LATER)


def test_what_is_complete_on_handing_in_waits_for_nobody(give, amara, paper):
    Assignment.objects.filter(pk=paper.pk).update(answered_by=Assignment.AnsweredBy.NOBODY)
    paper.refresh_from_db()

    submission = give(amara)

    assert reader_of(submission) is None
    assert not Submission.objects.awaiting_feedback().exists()
    assert not Submission.objects.without_reader().exists()


def test_an_answered_paper_leaves_the_queue_and_a_draft_of_an_answer_does_not(give, amara, fellow):
    submission = give(amara)
    feedback = cast.make_feedback(submission, fellow, status="held")
    assert queue_of(fellow) == {submission}

    feedback.delete()
    cast.make_feedback(submission, fellow)

    assert not queue_of(fellow)
    assert not Submission.objects.without_reader().exists()


@pytest.fixture
def peer_paper(paper):
    Assignment.objects.filter(pk=paper.pk).update(answered_by=Assignment.AnsweredBy.PEERS)
    paper.refresh_from_db()
    return paper


def test_of_peers_the_first_waits_for_the_second_and_then_both_have_a_reader(give, amara, jack, peer_paper):
    first = give(amara)
    assert list(Submission.objects.without_reader()) == [first]

    second = give(jack)

    assert (reader_of(first), reader_of(second)) == (jack.user, amara.user)
    assert not Submission.objects.without_reader().exists()


def test_nobody_reads_more_than_two_papers_of_peers_and_nobody_their_own(give, loa, section, peer_paper):
    papers = [give(person) for person in members(loa, 9, section=section)]

    readers = [reader_of(paper) for paper in papers]
    assert None not in readers
    assert max(readers.count(user) for user in readers) <= 2
    assert all(reader_of(paper) != paper.enrollment.user for paper in papers)


def test_what_a_withdrawn_peer_was_to_read_goes_to_another(give, loa, amara, jack, peer_paper):
    third = members(loa, 1)[0]
    first, second = give(amara), give(jack)
    give(third)
    Enrollment.objects.filter(pk=jack.pk).update(status=Enrollment.Status.WITHDRAWN)

    reallot_enrollment(enrollment=jack, actor=None, now=LATER)

    assert reader_of(first) == third.user
    assert reader_of(second) in (amara.user, third.user)


def test_nobody_on_leave_is_given_the_paper_of_a_peer(give, loa, amara, jack, peer_paper):
    give(jack)
    Enrollment.objects.filter(pk=jack.pk).update(status=Enrollment.Status.ON_LEAVE)

    submission = give(amara)

    assert reader_of(submission) is None
    assert list(Submission.objects.without_reader().filter(enrollment=amara)) == [submission]


def test_who_goes_on_leave_hands_over_what_waits_and_keeps_what_they_answered(
    give, loa, amara, jack, director, peer_paper
):
    third, fourth = members(loa, 2)
    answered, _, _ = give(amara), give(jack), give(third)
    assert reader_of(answered) == jack.user
    cast.make_feedback(answered, jack.user)
    waiting = give(fourth)
    Reader.objects.filter(submission=waiting).update(user=jack.user)

    change_place(enrollment=jack, to=Enrollment.Status.ON_LEAVE, reason="A new child", actor=director, now=LATER)

    assert reader_of(waiting) in (amara.user, third.user)
    assert reader_of(answered) == jack.user
    assert Notice.objects.filter(recipient=reader_of(waiting), kind="assignments.paper_to_answer").exists()


def test_who_comes_back_is_given_what_waited_for_them(give, loa, amara, jack, director, peer_paper):
    give(jack)
    change_place(enrollment=jack, to=Enrollment.Status.ON_LEAVE, reason="Ill", actor=director, now=LATER)
    submission = give(amara)
    assert reader_of(submission) is None

    change_place(enrollment=jack, to=Enrollment.Status.ACTIVE, reason="Well again", actor=director, now=LATER)

    assert reader_of(submission) == jack.user


def test_sections_are_of_this_session_only(give, open_session, section):
    """A section of another session makes this one no session of sections."""
    assert Section.objects.exists()
    paper = cast.make_assignment(cast.make_module(open_session, number=3))

    assert reader_of(give(members(open_session, 1)[0], assignment=paper)) is not None
