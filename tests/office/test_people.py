"""One page of a person: what the office needs to help, and what it may do for somebody's place and account."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session as CookieSession
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from assignments.models import Reader
from audit.models import Entry
from cohorts.models import Enrollment, SectionFellow
from notifications import sender
from notifications.models import Notice
from operations.persons import NotOurs, change_unverified_address, close_account, reset_second_step
from operations.placing import let_lead
from operations.profiles import update_profile
from tests import cast
from tests.cast import ENROLLED, WEEK_3
from tests.office.forms import errors_of, text_of


@pytest.fixture
def office(enter, director, time_machine):
    time_machine.move_to(WEEK_3, tick=False)
    return enter(director)


@pytest.fixture
def invited(loa):
    """Ana, whose address was typed wrong."""
    user = cast.make_user("Ana Silva", email="anna@example.org", zone="", first_steps_at=None)
    return cast.enroll(user, loa, status=Enrollment.Status.INVITED)


def page_of(enrollment, part="change/"):
    return f"/office/cohorts/enrollment/{enrollment.pk}/{part}"


def verify(user):
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def add_second_step(user):
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "quetzal"})


def test_the_page_says_what_the_office_asks_first(office, participant_in_kolkata):
    user = participant_in_kolkata.user
    User.objects.filter(pk=user.pk).update(last_login=WEEK_3 - timedelta(days=2))
    verify(user)
    add_second_step(user)

    text = text_of(office.get(page_of(participant_in_kolkata)))

    assert "Status Active" in text
    assert "Section Section A" in text
    assert f"{user.email} (verified)" in text
    assert "Last sign-in Monday 15 February, 12:00 New York" in text
    assert "Second step of sign-in Set up" in text
    assert "Time zone Asia/Kolkata" in text
    assert "quetzal" not in text


def test_earlier_names_are_seen_by_the_office(office, participant_in_kolkata):
    user = participant_in_kolkata.user
    for name in ("Amara Sen", "Amara Iyer"):
        update_profile(user=user, changes={"name": name}, actor=user, now=WEEK_3)

    assert "Earlier names Amara Sen, Amara Rao" in text_of(office.get(page_of(participant_in_kolkata)))


def test_what_was_sent_is_listed_with_what_became_of_it(office, invited):
    office.post(page_of(invited, "act/invite/"))
    assert "Invitations Its time has come, and it goes next." in text_of(office.get(page_of(invited)))

    sender.send_due(now=WEEK_3)

    text = text_of(office.get(page_of(invited)))
    assert "Wed 17 Feb, 12:00 New York Invitations Sent" in text


def test_places_in_other_programs_are_not_named(office, participant_in_kolkata, outsider, program):
    cast.enroll(participant_in_kolkata.user, outsider.session)
    again = cast.enroll(participant_in_kolkata.user, cast.make_session(program, label="2028"))

    text = text_of(office.get(page_of(participant_in_kolkata)))

    assert str(again.session) in text
    assert "Creating Public Value" not in text
    assert "takes part in another program as well" in text


def test_an_unverified_address_is_corrected_and_the_invitation_sent_anew(office, director, invited):
    office.post(page_of(invited, "act/address/"), {"email": "ana@example.org"})
    office.post(page_of(invited, "act/invite/"))

    invited.user.refresh_from_db()
    assert invited.user.email == "ana@example.org"
    assert Notice.objects.get().mail_address == "ana@example.org"
    entry = Entry.objects.get(verb="changed the unverified address")
    assert (entry.actor, entry.before, entry.after) == (
        director,
        {"email": "anna@example.org"},
        {"email": "ana@example.org"},
    )


def test_a_verified_address_is_its_owners_alone(office, invited):
    verify(invited.user)

    answer = office.post(page_of(invited, "act/address/"), {"email": "ana@example.org"})

    assert "is verified" in errors_of(answer)
    assert 'value="ana@example.org"' in answer.content.decode()
    assert "Correct the address" not in text_of(office.get(page_of(invited)))
    assert User.objects.filter(email="anna@example.org").exists()


def test_an_address_that_somebody_has_is_refused(office, invited, participant_in_kolkata):
    answer = office.post(page_of(invited, "act/address/"), {"email": participant_in_kolkata.user.email.upper()})

    assert "Another account already has" in errors_of(answer)


def test_a_second_step_is_reset_recorded_and_told(office, director, participant_in_kolkata, mailoutbox):
    user = participant_in_kolkata.user
    add_second_step(user)
    unexplained = office.post(page_of(participant_in_kolkata, "act/second-step/"), {"reason": ""})
    assert (unexplained.status_code, Authenticator.objects.count()) == (200, 1)

    office.post(page_of(participant_in_kolkata, "act/second-step/"), {"reason": "Lost the telephone"})

    assert not Authenticator.objects.exists()
    entry = Entry.objects.get(verb="reset the second step")
    assert (entry.actor, entry.reason, entry.before) == (director, "Lost the telephone", {"second steps": ["totp"]})
    sender.send_due(now=WEEK_3)
    [mail] = mailoutbox
    assert user.email in mail.to[0]
    assert "Dana Whitfield of the program office has reset the second step" in " ".join(mail.body.split())


def test_a_closed_account_is_signed_out_everywhere_and_opened_again(office, participant_in_kolkata):
    user = participant_in_kolkata.user
    theirs = Client()
    theirs.force_login(user)
    assert theirs.get("/profile/").status_code == 200

    office.post(page_of(participant_in_kolkata, "act/close-account/"), {"reason": "Asked for it"})

    user.refresh_from_db()
    assert not user.is_active
    assert theirs.get("/profile/").status_code == 302
    assert "Closed: cannot sign in" in text_of(office.get(page_of(participant_in_kolkata)))
    assert CookieSession.objects.count() >= 1

    office.post(page_of(participant_in_kolkata, "act/reopen-account/"), {"reason": "Came back"})

    user.refresh_from_db()
    assert user.is_active


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.TEACHING_FELLOW])
def test_accounts_of_staff_are_the_operators_business(loa, director, operator, participant_in_kolkata, role):
    user = participant_in_kolkata.user
    cast.appoint(user, role, session=loa)
    add_second_step(user)

    with pytest.raises(NotOurs, match="is a member of staff"):
        reset_second_step(user=user, reason="x", actor=director, now=WEEK_3)
    assert Authenticator.objects.exists()

    reset_second_step(user=user, reason="x", actor=operator, now=WEEK_3)
    assert not Authenticator.objects.exists()


def test_nobody_takes_over_an_account_by_enrolling_it(director, outsider, loa):
    """Else whoever is invited elsewhere could be enrolled here too, and the address made one's own."""
    cast.enroll(outsider.user, loa, status=Enrollment.Status.INVITED)

    with pytest.raises(NotOurs, match="another program"):
        change_unverified_address(user=outsider.user, email="mine@example.org", actor=director, now=WEEK_3)
    with pytest.raises(NotOurs):
        close_account(user=outsider.user, reason="x", actor=director, now=WEEK_3)


def test_the_page_says_beforehand_what_only_the_operator_can_do(office, loa, participant_in_kolkata):
    cast.appoint(participant_in_kolkata.user, Role.TEACHING_FELLOW, session=loa)

    answer = office.post(page_of(participant_in_kolkata, "act/close-account/"), {"reason": "x"})

    assert "only the operator can do this" in errors_of(answer)
    assert "is a member of staff" in text_of(office.get(page_of(participant_in_kolkata)))


def test_a_status_changes_with_its_reason_to_where_it_may_go(office, participant_in_kolkata):
    page = page_of(participant_in_kolkata, "act/status/")
    offered = {value for value, _ in office.get(page).context["form"].fields["status"].choices}
    assert offered == {"", "on_leave", "deferred", "withdrawn", "removed"}

    unexplained = office.post(page, {"status": "withdrawn", "reason": ""})
    impossible = office.post(page, {"status": "invited", "reason": "x"})
    assert (unexplained.status_code, impossible.status_code) == (200, 200)
    office.post(page, {"status": "withdrawn", "reason": "A new job"})

    participant_in_kolkata.refresh_from_db()
    assert participant_in_kolkata.status == "withdrawn"
    assert Entry.objects.get(verb="changed the enrollment").reason == "A new job"


def test_whether_somebody_completed_is_not_the_coordinators_word(enter, coordinator, participant_in_kolkata):
    office = enter(coordinator)

    refused = office.post(page_of(participant_in_kolkata, "act/completion/"), {"status": "completed", "reason": "x"})
    sly = office.post(page_of(participant_in_kolkata, "act/status/"), {"status": "completed", "reason": "x"})

    participant_in_kolkata.refresh_from_db()
    assert (refused.status_code, sly.status_code) == (403, 200)
    assert participant_in_kolkata.status == "active"


def test_a_coordinator_enrols_by_address(enter, coordinator, loa, section):
    answer = enter(coordinator).post(
        "/office/cohorts/enrollment/add/",
        {
            "session": loa.pk,
            "email": "new@example.org",
            "name": "Nia Bello",
            "kind": "participant",
            "section": section.pk,
        },
    )

    made = Enrollment.objects.get(user__email="new@example.org")
    assert answer.status_code == 302
    assert (made.status, made.section) == ("invited", section)


def test_somebody_who_is_enrolled_already_is_not_enrolled_twice(enter, coordinator, loa, participant_in_kolkata):
    answer = enter(coordinator).post(
        "/office/cohorts/enrollment/add/",
        {"session": loa.pk, "email": participant_in_kolkata.user.email, "kind": "participant"},
    )

    assert "is enrolled in" in errors_of(answer)
    assert Enrollment.objects.count() == 1


def test_a_section_of_another_session_is_refused(office, loa, program):
    other = cast.make_section(cast.make_session(program, label="2028"), name="Section Z")

    answer = office.post(
        "/office/cohorts/enrollment/add/",
        {"session": loa.pk, "email": "n@example.org", "name": "N", "kind": "participant", "section": other.pk},
    )

    assert "belongs to another session" in errors_of(answer)


def test_papers_follow_whoever_changes_section(office, loa, paper, participant_in_kolkata):
    submission = cast.make_submission(paper, participant_in_kolkata)
    luis = cast.make_user("Luis Ortega", zone="America/Bogota")
    other = cast.make_section(loa, luis, name="Section B")

    office.post(page_of(participant_in_kolkata, "act/section/"), {"section": other.pk})

    assert Reader.objects.current().get(submission=submission).user == luis


def test_papers_follow_when_a_section_changes_hands(
    office, director, loa, paper, section, participant_in_kolkata, fellow
):
    submission = cast.make_submission(paper, participant_in_kolkata)
    let_lead(section=section, fellows=[fellow], actor=director, now=WEEK_3)
    luis = cast.make_user("Luis Ortega", zone="America/Bogota")
    cast.appoint(luis, Role.TEACHING_FELLOW, session=loa)

    answer = office.post(
        f"/office/cohorts/section/{section.pk}/change/",
        {"name": section.name, "position": 0, "capacity": 12, "fellows": [luis.pk]},
    )

    assert answer.status_code == 302, errors_of(answer)
    assert SectionFellow.objects.get().user == luis
    assert Reader.objects.current().get(submission=submission).user == luis


def test_a_stranger_is_not_made_a_fellow_by_hand(office, section, fellow, outsider):
    answer = office.post(
        f"/office/cohorts/section/{section.pk}/change/",
        {"name": section.name, "position": 0, "capacity": 12, "fellows": [outsider.user.pk]},
    )

    assert answer.status_code == 200
    assert [row.user for row in section.fellows.all()] == [fellow]


def test_a_section_with_people_stays_and_says_what_to_do(office, section, participant_in_kolkata):
    text = text_of(office.get(f"/office/cohorts/section/{section.pk}/delete/"))

    assert "1 person is in Section A. Place them in another section first" in text


def test_a_full_section_takes_nobody_and_the_others_are_placed(
    office, loa, participant_in_kolkata, participant_in_sydney
):
    small = cast.make_section(loa, name="Small", capacity=1)

    office.post(
        "/office/cohorts/enrollment/",
        {
            "action": "section",
            "index": 0,
            "_selected_action": [participant_in_kolkata.pk, participant_in_sydney.pk],
            "answered": 1,
            "section": small.pk,
        },
    )

    assert small.enrollments.count() == 1
    page = office.get("/office/cohorts/enrollment/").content.decode()
    assert "has 1 places and all are taken" in page
    assert "done for 1 of 2" in page


def test_nothing_is_deleted_in_bulk(office, participant_in_kolkata):
    from django.contrib import admin

    for model, model_admin in admin.site._registry.items():
        assert "delete_selected" not in model_admin.get_actions(office.get("/office/").wsgi_request), model


def test_a_meeting_is_moved_with_a_word_to_its_members_and_cancelled_once(office, loa, participant_in_kolkata):
    meeting = cast.make_meeting(loa)
    page = f"/office/cohorts/meeting/{meeting.pk}"

    office.post(f"{page}/act/move/", {"on_date": "2027-02-19", "at_time": "18:00", "reason": ""})
    meeting.refresh_from_db()
    assert meeting.starts_at.isoformat() == "2027-02-19T23:00:00+00:00"
    office.post(f"{page}/act/cancel/", {"reason": ""})
    again = office.post(f"{page}/act/cancel/", {"reason": ""})

    assert "cannot become" in errors_of(again)
    told = set(Notice.objects.values_list("kind", flat=True))
    assert told == {"cohorts.meeting_cancelled", "cohorts.meeting_moved"}


def test_a_time_that_the_clocks_skip_is_refused_with_the_next_that_exists(office, loa):
    answer = office.post(
        "/office/cohorts/meeting/add/",
        {"session": loa.pk, "title": "Night", "on_date": "2027-03-14", "at_time": "02:30", "minutes": 60, "times": 1},
    )

    assert "skip 02:30 on that day; the next time that exists is 03:00" in errors_of(answer)


def test_an_extension_by_days_is_granted_and_revoked(office, paper, participant_in_kolkata):
    typed = {"assignment": paper.pk, "enrollment": participant_in_kolkata.pk, "days": 2, "until_at": "23:59"}

    unexplained = office.post("/office/assignments/extension/add/", typed | {"reason": ""})
    assert unexplained.status_code == 200
    office.post("/office/assignments/extension/add/", typed | {"reason": "Ill"})

    extension = participant_in_kolkata.extensions.get()
    assert (extension.later_days, extension.reason) == (2, "Ill")
    office.post(f"/office/assignments/extension/{extension.pk}/act/revoke/", {"reason": ""})
    extension.refresh_from_db()
    assert extension.revoked_at == WEEK_3


def test_an_extension_ends_after_the_deadline_and_for_its_own_session(office, paper, participant_in_kolkata, program):
    elsewhere = cast.enroll(cast.make_user("Ines Duarte"), cast.make_session(program, label="2028"))
    typed = {"assignment": paper.pk, "until_at": "23:59", "reason": "Ill"}

    early = office.post(
        "/office/assignments/extension/add/",
        typed | {"enrollment": participant_in_kolkata.pk, "until_on": "2027-02-20"},
    )
    foreign = office.post("/office/assignments/extension/add/", typed | {"enrollment": elsewhere.pk, "days": 2})
    both = office.post(
        "/office/assignments/extension/add/",
        typed | {"enrollment": participant_in_kolkata.pk, "days": 2, "until_on": "2027-03-20"},
    )

    assert "end after the deadline" in errors_of(early)
    assert "another session" in errors_of(foreign)
    assert "either days or a fixed day" in errors_of(both)
    assert not participant_in_kolkata.extensions.exists()


def test_the_operator_finds_accounts_and_no_places(enter, operator, participant_in_kolkata):
    office = enter(operator)

    assert "Amara Rao" in text_of(office.get("/office/accounts/user/"))
    assert office.get("/office/cohorts/enrollment/").status_code == 403


def test_no_password_or_right_is_typed_in_the_office(enter, operator, participant_in_kolkata):
    answer = enter(operator).post(
        f"/office/accounts/user/{participant_in_kolkata.user.pk}/change/",
        {"password": "x", "is_superuser": "on", "email": "mine@example.org"},
    )

    user = User.objects.get(pk=participant_in_kolkata.user.pk)
    assert answer.status_code == 403
    assert (user.is_superuser, user.joined_at) == (False, ENROLLED)


def test_people_of_two_sessions_are_not_put_out_of_their_sections_together(enter, director, program, loa, section):
    other = cast.make_session(program, label="2028")
    here = cast.enroll(cast.make_user("Ana Silva"), loa, section=section)
    there = cast.enroll(cast.make_user("Ben Cole"), other, section=cast.make_section(other))

    answer = enter(director).post(
        "/office/cohorts/enrollment/",
        {"action": "section", "index": 0, "_selected_action": [here.pk, there.pk], "answered": "1", "section": ""},
    )

    assert "Choose people of one session" in errors_of(answer)
    here.refresh_from_db()
    assert here.section == section


def test_an_observer_among_those_to_be_placed_is_passed_over_with_the_reason(
    enter, director, loa, section, participant_in_kolkata
):
    observer = cast.enroll(cast.make_user("Ana Silva"), loa, kind=Enrollment.Kind.OBSERVER)
    other = cast.make_section(loa, name="Section B")

    answer = enter(director).post(
        "/office/cohorts/enrollment/",
        {
            "action": "section",
            "index": 0,
            "_selected_action": [observer.pk, participant_in_kolkata.pk],
            "answered": "1",
            "section": other.pk,
        },
        follow=True,
    )

    participant_in_kolkata.refresh_from_db()
    assert participant_in_kolkata.section == other
    assert "An observer belongs to no section" in answer.content.decode()
