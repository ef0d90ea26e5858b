"""Who sees which assignment, paper and answer; each refusal has a row that could leak."""

from datetime import timedelta

import pytest

from accounts.roles import Perm, Role
from assignments.models import Assignment, Feedback, Reader, Submission
from assignments.services import MayNotOpen, open_paper
from audit.models import Entry
from cohorts.access import NOT_STAFF, membership_of
from cohorts.models import Enrollment
from programs.models import Session
from tests import cast
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(hours=1)


def sees(user, row, at=LATER):
    return type(row).objects.visible_to(user, at).filter(pk=row.pk).exists()


def sees_alike(user, session, at):
    """What the pages of one session show is what `visible_to` says."""
    membership = membership_of(user, session, at)
    within = set(Assignment.objects.visible_within(session, membership, at))
    assert within == set(Assignment.objects.visible_to(user, at).filter(session=session))
    return within


@pytest.fixture
def submission(give, amara):
    return give(amara)


@pytest.fixture
def next_paper(loa):
    return cast.make_assignment(cast.make_module(loa, number=4))


def test_a_participant_sees_assignments_of_open_modules_only(paper, next_paper, amara, outsider):
    assert sees(amara.user, paper)
    assert not sees(amara.user, next_paper)
    assert not sees(outsider.user, paper)


def test_staff_see_the_assignments_of_their_session_before_they_open(next_paper, fellow, section, director, chair):
    for user in (fellow, director, chair):
        assert sees(user, next_paper)


def test_a_withdrawn_participant_sees_what_they_handed_in_and_nothing_else(submission, paper, module, amara, loa):
    other = cast.make_assignment(module, title="Never handed in")
    Enrollment.objects.filter(pk=amara.pk).update(status=Enrollment.Status.WITHDRAWN)

    assert sees(amara.user, paper)
    assert sees(amara.user, submission)
    assert not sees(amara.user, other)
    assert not sees(amara.user, paper, at=loa.access_ends_at)
    assert not sees(amara.user, submission, at=loa.access_ends_at)


@pytest.mark.parametrize("order", ["calendar", "strict"])
@pytest.mark.parametrize("kind", Enrollment.Kind)
@pytest.mark.parametrize("status", Enrollment.Status)
def test_within_a_session_participants_see_what_they_see_anywhere(loa, paper, give, amara, status, kind, order):
    later = cast.make_assignment(cast.make_module(loa, number=4))
    closed = cast.make_assignment(cast.make_module(loa, number=2, is_ready=False))
    give(amara)
    Session.objects.filter(pk=loa.pk).update(order=order)
    Enrollment.objects.filter(pk=amara.pk).update(status=status, kind=kind, section=None)

    for at in (LATER, later.due_at, loa.access_ends_at - timedelta(seconds=1), loa.access_ends_at):
        loa.refresh_from_db()
        seen = sees_alike(amara.user, loa, at)
        assert closed not in seen
        assert (paper in seen) == (status in Enrollment.OWN_WORK_READABLE and at < loa.access_ends_at)


@pytest.mark.parametrize("role", sorted(set(Role) - NOT_STAFF))
def test_within_a_session_staff_see_what_they_see_anywhere(loa, paper, next_paper, role):
    user = cast.make_user("Somebody")
    cast.appoint(user, role, session=loa)

    seen = sees_alike(user, loa, LATER)

    assert seen == {paper, next_paper}


def test_within_a_session_the_operator_and_who_is_nobody_there_see_nothing(loa, paper, operator, outsider):
    assert sees_alike(operator, loa, LATER) == set()
    assert sees_alike(outsider.user, loa, LATER) == set()


@pytest.mark.parametrize("status", ["invited", "deferred", "removed"])
def test_who_has_no_place_sees_not_even_their_own(submission, paper, amara, status):
    Enrollment.objects.filter(pk=amara.pk).update(status=status)

    assert not sees(amara.user, paper)
    assert not sees(amara.user, submission)


def test_a_paper_is_read_by_its_writer_its_reader_the_head_fellow_and_the_chair(
    submission, amara, fellow, head_fellow, chair
):
    for user in (amara.user, fellow, head_fellow, chair):
        assert sees(user, submission)


def test_a_paper_is_read_by_nobody_else(submission, jack, loa, director, coordinator, operator, outsider):
    other_fellow = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, other_fellow, name="Section B")
    assistant = cast.make_user("Ida Berg")
    cast.appoint(assistant, Role.CHAIR_ASSISTANT, session=loa)

    for user in (jack.user, director, coordinator, operator, outsider.user, other_fellow, assistant):
        assert not sees(user, submission), user


def test_the_head_fellow_of_another_session_reads_nothing_here(submission, program):
    elsewhere = cast.make_user("Ola Nord")
    cast.appoint(elsewhere, Role.HEAD_TEACHING_FELLOW, session=cast.make_session(program, label="2028"))

    assert not sees(elsewhere, submission)


def test_a_reader_who_was_taken_off_reads_no_longer(submission, fellow):
    Reader.objects.update(ended_at=LATER)

    assert not sees(fellow, submission)


def test_a_director_reads_for_a_day_after_writing_why(submission, director):
    opening = open_paper(submission=submission, reason=" A complaint about plagiarism ", actor=director, now=LATER)

    assert sees(director, submission)
    assert sees(director, submission, at=LATER + timedelta(hours=23))
    assert not sees(director, submission, at=LATER + timedelta(hours=24))
    assert Entry.objects.about(submission).first().reason == opening.reason == "A complaint about plagiarism"


def test_a_reason_opens_one_paper_and_for_one_person(submission, give, jack, director, program):
    colleague = cast.make_user("Eve Moss")
    cast.appoint(colleague, Role.DIRECTOR, program=program)
    other = give(jack)
    open_paper(submission=submission, reason="A complaint", actor=director, now=LATER)

    assert not sees(director, other)
    assert not sees(colleague, submission)


def test_whoever_lost_the_role_reads_no_longer_for_the_old_reason(submission, director):
    open_paper(submission=submission, reason="A complaint", actor=director, now=LATER)
    director.appointments.all().delete()

    assert not sees(director, submission)


def test_others_open_nothing_by_a_reason(submission, coordinator, operator, jack):
    for user in (coordinator, operator, jack.user):
        with pytest.raises(MayNotOpen):
            open_paper(submission=submission, reason="Curious", actor=user, now=LATER)


def test_feedback_is_its_participants_once_it_is_released(submission, amara, fellow, head_fellow, chair, jack):
    feedback = cast.make_feedback(submission, fellow, status="held")
    assert {user for user in (amara.user, fellow, head_fellow, chair, jack.user) if sees(user, feedback)} == {
        fellow,
        head_fellow,
    }

    Feedback.objects.update(status="released", released_at=WEEK_3, released_by=fellow)

    assert {user for user in (amara.user, fellow, head_fellow, chair, jack.user) if sees(user, feedback)} == {
        amara.user,
        fellow,
        head_fellow,
        chair,
    }


def test_a_draft_session_shows_its_papers_to_staff_only(submission, paper, amara, fellow, loa):
    Session.objects.filter(pk=loa.pk).update(status=Session.Status.DRAFT)

    assert not sees(amara.user, submission)
    assert not sees(amara.user, paper)
    assert sees(fellow, submission)


def test_a_paper_stands_in_lists_of_those_who_allot_readers_without_opening(submission, director, fellow, outsider):
    listed = Submission.objects.in_sessions_granting
    assert submission in listed(director, Perm.ALLOT_READERS)
    assert submission not in listed(fellow, Perm.ALLOT_READERS)
    assert submission not in listed(outsider.user, Perm.ALLOT_READERS)
