import pytest

from accounts.roles import Perm, Role
from cohorts.access import membership_of
from cohorts.models import Enrollment
from tests.cast import WEEK_3, appoint, enroll, make_user

Status = Enrollment.Status


def test_a_membership_brings_the_place_without_another_query(
    participant_in_kolkata, loa, section, django_assert_num_queries
):
    user = participant_in_kolkata.user

    with django_assert_num_queries(1):
        place = membership_of(user, loa, WEEK_3).enrollment
        known = (place.pk, place.session, place.user, place.status, place.kind, place.section_id)

    assert known == (participant_in_kolkata.pk, loa, user, Status.ACTIVE, Enrollment.Kind.PARTICIPANT, section.pk)


def test_a_place_found_in_a_membership_can_be_saved_and_read_like_any_other(participant_in_kolkata, loa):
    place = membership_of(participant_in_kolkata.user, loa, WEEK_3).enrollment

    place.status = Status.ON_LEAVE
    place.save()

    participant_in_kolkata.refresh_from_db()
    assert participant_in_kolkata.status == Status.ON_LEAVE
    assert place.enrolled_at == participant_in_kolkata.enrolled_at


def test_a_fellow_who_also_learns_in_the_session_is_both(fellow, section, loa):
    enroll(fellow, loa)

    membership = membership_of(fellow, loa, WEEK_3)

    assert membership.roles == {Role.TEACHING_FELLOW, Role.PARTICIPANT}
    assert membership.enrollment.user == fellow


@pytest.mark.parametrize("status", [Status.INVITED, Status.DEFERRED, Status.REMOVED])
def test_a_place_that_opens_nothing_is_not_brought(loa, status):
    user = make_user()
    enroll(user, loa, status=status)

    membership = membership_of(user, loa, WEEK_3)

    assert membership.enrollment is None
    assert not membership.may(Perm.VIEW_SESSION)
    assert membership.is_invited == (status == Status.INVITED)


def test_staff_have_no_place(director, loa):
    assert membership_of(director, loa, WEEK_3).enrollment is None


def test_an_appointment_to_another_program_counts_nothing_here(loa, outsider):
    user = make_user("Elif Kaya")
    appoint(user, Role.DIRECTOR, program=outsider.session.program)

    assert not membership_of(user, loa, WEEK_3)
