import pytest

from accounts.roles import Perm, Role
from cohorts.access import membership_of, perms_anywhere, roles_of
from cohorts.models import Enrollment
from programs.models import Session
from tests import cast
from tests.cast import WEEK_3

READS = {"active", "on_leave", "completed", "not_completed"}


@pytest.mark.parametrize("status", Enrollment.Status.values)
def test_each_status_opens_what_the_table_says(loa, status):
    enrollment = cast.enroll(cast.make_user("Ana Silva"), loa, status=status)

    membership = membership_of(enrollment.user, loa, WEEK_3)

    assert bool(membership) == (status in READS or status == "withdrawn")
    assert membership.reads_own_work_only == (status == "withdrawn")
    assert membership.may(Perm.VIEW_SESSION) == (status in READS)
    assert membership.may(Perm.READ_OWN_WORK) == (status in READS or status == "withdrawn")
    assert membership.is_invited == (status == "invited")
    assert Enrollment.objects.reading(WEEK_3).filter(pk=enrollment.pk).exists() == (status in READS)
    assert Enrollment.objects.working().filter(pk=enrollment.pk).exists() == (status in {"active", "on_leave"})
    assert Enrollment.objects.notified().filter(pk=enrollment.pk).exists() == (status == "active")


def test_an_observer_reads_and_does_not_work(loa):
    enrollment = cast.enroll(cast.make_user("Ana Silva"), loa, kind=Enrollment.Kind.OBSERVER)

    membership = membership_of(enrollment.user, loa, WEEK_3)

    assert membership.roles == {Role.OBSERVER}
    assert not membership.may(Perm.DO_WORK)
    assert not Enrollment.objects.working().filter(pk=enrollment.pk).exists()


def test_access_ends_for_participants_and_not_for_staff(loa, participant_in_kolkata, director):
    assert roles_of(participant_in_kolkata.user, loa, loa.access_ends_at) == frozenset()
    assert roles_of(director, loa, loa.access_ends_at) == {Role.DIRECTOR}


def test_a_draft_session_exists_for_its_staff_only(loa, participant_in_kolkata, director):
    loa.status = Session.Status.DRAFT

    assert roles_of(participant_in_kolkata.user, loa, WEEK_3) == frozenset()
    assert roles_of(director, loa, WEEK_3) == {Role.DIRECTOR}


def test_a_director_of_one_program_is_nobody_in_another(director, outsider):
    assert roles_of(director, outsider.session, WEEK_3) == frozenset()


def test_an_inactive_account_holds_no_role(loa, participant_in_kolkata, director):
    for user in (participant_in_kolkata.user, director):
        user.is_active = False
        assert roles_of(user, loa, WEEK_3) == frozenset()


def test_the_operator_opens_no_paper(operator, loa):
    perms = membership_of(operator, loa, WEEK_3).perms

    assert not perms & {Perm.READ_PAPERS, Perm.READ_ALL_PAPERS, Perm.OPEN_PAPER_WITH_REASON}


def test_all_roles_are_read_in_one_query(django_assert_num_queries, loa, fellow, section, program):
    cast.appoint(fellow, Role.HEAD_TEACHING_FELLOW, session=loa)
    cast.appoint(fellow, Role.COORDINATOR, program=program)

    with django_assert_num_queries(1):
        roles = roles_of(fellow, loa, WEEK_3)

    assert roles == {Role.TEACHING_FELLOW, Role.HEAD_TEACHING_FELLOW, Role.COORDINATOR}


def test_what_a_participant_may_is_asked_of_one_session_never_of_any(participant_in_kolkata, fellow, section):
    assert perms_anywhere(participant_in_kolkata.user) == frozenset()
    assert Perm.READ_PAPERS in perms_anywhere(fellow)
