import pytest

from accounts.models import User
from accounts.roles import Role
from audit.models import Entry
from programs.models import Appointment
from programs.services import AlreadyAppointed, MayNotAppoint, appoint, dismiss
from tests import cast
from tests.cast import WEEK_3


def is_staff(user):
    return User.objects.get(pk=user.pk).is_staff


def test_the_operator_appoints_a_director_and_the_office_opens(program, operator):
    ada = cast.make_user("Ada Osei")

    appoint(user=ada, role=Role.DIRECTOR, program=program, actor=operator, now=WEEK_3)

    assert is_staff(ada)
    entry = Entry.objects.get(verb="appointed")
    assert (entry.actor, entry.scope) == (operator, program.scope)
    assert entry.after == {"person": ada.email, "role": "program director", "of": program.title}


def test_a_director_appoints_a_coordinator_and_no_director(loa, director):
    ada = cast.make_user("Ada Osei")

    appoint(user=ada, role=Role.COORDINATOR, session=loa, actor=director, now=WEEK_3)
    with pytest.raises(MayNotAppoint, match="Only the operator"):
        appoint(user=ada, role=Role.DIRECTOR, session=loa, actor=director, now=WEEK_3)

    assert is_staff(ada)


def test_a_director_appoints_nobody_elsewhere(outsider, director):
    with pytest.raises(MayNotAppoint):
        appoint(user=director, role=Role.COORDINATOR, session=outsider.session, actor=director, now=WEEK_3)

    assert not Appointment.objects.filter(session=outsider.session).exists()


def test_the_director_of_one_session_appoints_nobody_for_the_whole_program(loa, program):
    ada = cast.make_user("Ada Osei")
    cast.appoint(ada, Role.DIRECTOR, session=loa)

    with pytest.raises(MayNotAppoint):
        appoint(user=ada, role=Role.COORDINATOR, program=program, actor=ada, now=WEEK_3)


def test_a_coordinator_and_an_operator_appoint_no_fellow(loa, coordinator, operator):
    for actor in (coordinator, operator):
        with pytest.raises(MayNotAppoint):
            appoint(user=cast.make_user(), role=Role.TEACHING_FELLOW, session=loa, actor=actor, now=WEEK_3)


def test_a_teaching_fellow_gets_no_key_to_the_office(loa, director):
    ada = cast.make_user("Ada Osei")

    appoint(user=ada, role=Role.TEACHING_FELLOW, session=loa, actor=director, now=WEEK_3)

    assert not is_staff(ada)


def test_the_office_closes_with_the_last_appointment_that_works_there(loa, director):
    ada = cast.make_user("Ada Osei")
    coordinates = appoint(user=ada, role=Role.COORDINATOR, session=loa, actor=director, now=WEEK_3)
    appoint(user=ada, role=Role.TEACHING_FELLOW, session=loa, actor=director, now=WEEK_3)

    dismiss(appointment=coordinates, actor=director, reason="End of term", now=WEEK_3)

    assert not is_staff(ada)
    entry = Entry.objects.get(verb="dismissed")
    assert (entry.reason, entry.before["role"]) == ("End of term", "program coordinator")


def test_an_operator_stays_in_the_office_without_any_appointment(program, operator):
    made = appoint(user=operator, role=Role.DIRECTOR, program=program, actor=operator, now=WEEK_3)

    dismiss(appointment=made, actor=operator, now=WEEK_3)

    assert is_staff(operator)


def test_a_director_does_not_dismiss_a_director(program, director):
    with pytest.raises(MayNotAppoint):
        dismiss(appointment=Appointment.objects.get(user=director), actor=director, now=WEEK_3)


def test_the_same_appointment_twice_says_so(loa, director):
    ada = cast.make_user("Ada Osei")
    appoint(user=ada, role=Role.COORDINATOR, session=loa, actor=director, now=WEEK_3)

    with pytest.raises(AlreadyAppointed, match="Ada Osei, program coordinator of"):
        appoint(user=ada, role=Role.COORDINATOR, session=loa, actor=director, now=WEEK_3)


def test_a_director_appoints_by_address_in_the_office(enter, director, loa):
    office = enter(director)

    answer = office.post(
        "/office/programs/appointment/add/",
        {"email": "tova@example.org", "name": "Tova Levin", "role": Role.COORDINATOR, "session": loa.pk},
    )

    assert answer.url == "/office/programs/appointment/"
    made = Appointment.objects.get(user__email="tova@example.org")
    assert (made.user.name, made.session, made.user.is_staff) == ("Tova Levin", loa, True)


def test_an_unknown_address_asks_for_the_name_and_keeps_what_was_typed(enter, director, loa):
    answer = enter(director).post(
        "/office/programs/appointment/add/",
        {"email": "tova@example.org", "role": Role.COORDINATOR, "session": loa.pk},
    )

    page = answer.content.decode()
    assert "write the name as well" in page
    assert 'value="tova@example.org"' in page
    assert not User.objects.filter(email="tova@example.org").exists()


def test_a_refusal_of_the_service_is_shown_and_leaves_nothing(enter, director, loa, head_fellow):
    answer = enter(director).post(
        "/office/programs/appointment/add/",
        {"email": head_fellow.email, "role": Role.HEAD_TEACHING_FELLOW, "session": loa.pk},
    )

    page = answer.content.decode()
    assert "Ruth Adeyemi, head teaching fellow of" in page
    assert f'value="{head_fellow.email}"' in page
    assert Appointment.objects.filter(user=head_fellow).count() == 1


def test_the_role_of_a_director_is_not_offered_to_directors_nor_taken_from_them(enter, director, loa):
    office = enter(director)

    assert 'value="program director"' not in office.get("/office/programs/appointment/add/").content.decode()
    answer = office.post(
        "/office/programs/appointment/add/",
        {"email": "t@example.org", "name": "T", "role": Role.DIRECTOR, "session": loa.pk},
    )

    assert answer.status_code == 200
    assert not Appointment.objects.filter(user__email="t@example.org").exists()


def test_an_appointment_ends_with_a_reason_from_its_own_page(enter, director, coordinator):
    office = enter(director)
    row = Appointment.objects.get(user=coordinator)
    address = f"/office/programs/appointment/{row.pk}/act/dismiss/"

    assert f'href="{address}"' in office.get(f"/office/programs/appointment/{row.pk}/change/").content.decode()
    refused = office.post(address, {"reason": ""})
    ended = office.post(address, {"reason": "Moved on"})

    assert refused.status_code == 200
    assert ended.url == "/office/programs/appointment/"
    assert not Appointment.objects.filter(pk=row.pk).exists()


def test_the_operator_sees_the_appointments_of_directors_only(enter, operator, director, coordinator):
    page = enter(operator).get("/office/programs/appointment/").content.decode()

    assert director.name in page
    assert coordinator.name not in page


def test_a_coordinator_neither_appoints_nor_dismisses_in_the_office(enter, coordinator, head_fellow, loa):
    office = enter(coordinator)
    row = Appointment.objects.get(user=head_fellow)

    made = office.post(
        "/office/programs/appointment/add/",
        {"email": "t@example.org", "name": "T", "role": Role.TEACHING_FELLOW, "session": loa.pk},
    )
    ended = office.post(f"/office/programs/appointment/{row.pk}/act/dismiss/", {"reason": "x"})

    assert (made.status_code, ended.status_code) == (403, 403)
    assert set(Appointment.objects.values_list("user", flat=True)) == {coordinator.pk, head_fellow.pk}
