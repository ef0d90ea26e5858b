import re
from datetime import date

import pytest
import time_machine

from cohorts.models import Enrollment, Meeting
from cohorts.notices import invitation
from notifications import outbox
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3


@pytest.fixture(autouse=True)
def in_week_3():
    with time_machine.travel(WEEK_3, tick=False):
        yield


def get(client, user, path):
    client.force_login(user)
    return client.get(path)


def page(client, user, path):
    return get(client, user, path).content.decode()


def test_the_office_sees_how_far_everybody_is(client, loa, participant_in_kolkata, coordinator):
    cast.enroll(cast.make_user("Ana Silva", first_steps_at=None), loa, status=Enrollment.Status.INVITED)

    text = page(client, coordinator, f"/s/{loa.slug}/people/")

    assert "Ana Silva" in text
    assert "Amara Rao" in text
    assert "Load a roster" in text


def test_a_fellow_sees_the_own_section_only(client, loa, participant_in_kolkata, fellow):
    cast.enroll(cast.make_user("Ana Silva"), loa)

    text = page(client, fellow, f"/s/{loa.slug}/people/")

    assert "Amara Rao" in text
    assert "Ana Silva" not in text
    assert "Load a roster" not in text


def test_a_participant_sees_the_section_and_only_what_each_one_shows(
    client, loa, participant_in_kolkata, participant_in_sydney
):
    shy, open_hearted = participant_in_sydney.user, participant_in_kolkata.user
    shy.shows_zone = False
    shy.save()
    open_hearted.shows_email = True
    open_hearted.save()
    cast.enroll(cast.make_user("Ana Silva"), loa)

    text = page(client, open_hearted, f"/s/{loa.slug}/people/")

    assert "Jack Nguyen" in text
    assert "Sydney" not in text
    assert shy.email not in text
    assert open_hearted.email in text
    assert "Ana Silva" not in text


@pytest.mark.parametrize("path", ["people/", "meetings/", "people/roster/", "meetings/new/"])
def test_somebody_of_another_program_finds_nothing(client, loa, outsider, path):
    assert get(client, outsider.user, f"/s/{loa.slug}/{path}").status_code == 404


def test_a_participant_may_not_load_a_roster_or_invite(client, loa, participant_in_kolkata):
    client.force_login(participant_in_kolkata.user)

    assert client.get(f"/s/{loa.slug}/people/roster/").status_code == 403
    assert client.post(f"/s/{loa.slug}/people/invitations/", {"enrollment": "1"}).status_code == 403


def test_people_of_another_session_are_not_invited_by_a_hand_made_form(client, loa, coordinator, outsider):
    waiting = cast.enroll(cast.make_user("Ana Silva"), outsider.session, status=Enrollment.Status.INVITED)
    client.force_login(coordinator)

    client.post(f"/s/{loa.slug}/people/invitations/", {"enrollment": str(waiting.pk)})

    assert not Notice.objects.exists()


def test_the_list_says_of_each_what_became_of_the_invitation(client, loa, coordinator):
    joined = cast.enroll(cast.make_user("Ana Silva"), loa, invited_at=WEEK_3, accepted_at=WEEK_3)
    cast.enroll(cast.make_user("Bo Lind"), loa, status=Enrollment.Status.INVITED)
    waiting = cast.enroll(cast.make_user("Cy Roy"), loa, status=Enrollment.Status.INVITED, invited_at=WEEK_3)
    stopped = cast.enroll(cast.make_user("Dora Vas"), loa, status=Enrollment.Status.INVITED, invited_at=WEEK_3)
    for place, status in ((joined, "cancelled"), (waiting, "waiting"), (stopped, "cancelled")):
        outbox.enqueue(invitation(place), now=WEEK_3)
        Notice.objects.filter(object_id=place.pk).update(status=status)

    text = page(client, coordinator, f"/s/{loa.slug}/people/")

    assert "Ana Silva" in text
    said = re.findall(r'data-label="Invitation">\s*(?:<span class="quiet">)?([\w —]+?)\s*<', text)
    assert said == ["place taken", "not yet", "on its way", "not sent"]


def test_names_lead_those_who_may_open_it_to_the_page_of_the_person(client, loa, coordinator, head_fellow):
    place = cast.enroll(cast.make_user("Ana Silva"), loa)

    assert f'href="/office/cohorts/enrollment/{place.pk}/change/"' in page(
        client, coordinator, f"/s/{loa.slug}/people/"
    )
    assert "/office/cohorts" not in page(client, head_fellow, f"/s/{loa.slug}/people/")


def test_the_second_click_on_an_invitation_is_told_that_it_went_out(client, loa, coordinator):
    waiting = cast.enroll(cast.make_user("Ana Silva"), loa, status=Enrollment.Status.INVITED)
    client.force_login(coordinator)
    for _ in range(2):
        client.post(f"/s/{loa.slug}/people/invitations/", {"enrollment": str(waiting.pk)})

    assert "was not sent a second time" in client.get(f"/s/{loa.slug}/people/").content.decode()
    assert Notice.objects.count() == 1


def test_the_list_of_people_costs_the_same_for_one_and_for_many(client, loa, coordinator, django_assert_num_queries):
    client.force_login(coordinator)
    cast.enroll(cast.make_user("Ana Silva"), loa)
    with django_assert_num_queries(4):
        client.get(f"/s/{loa.slug}/people/")

    for number in range(3):
        cast.enroll(cast.make_user(f"Person {number}"), loa)
    with django_assert_num_queries(4):
        client.get(f"/s/{loa.slug}/people/")


def test_a_roster_is_looked_at_before_it_is_written(client, loa, section, coordinator):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(coordinator)
    file = SimpleUploadedFile("roster.csv", b"email,name,section\ntomoko@example.org,Tomoko Ito,Section A\n")

    looked = client.post(f"/s/{loa.slug}/people/roster/", {"file": file})
    assert "Tomoko Ito" in looked.content.decode()
    assert not Enrollment.objects.filter(user__email="tomoko@example.org").exists()

    client.post(f"/s/{loa.slug}/people/roster/", {"write": "1"})
    assert Enrollment.objects.get(user__email="tomoko@example.org").section == section


def test_a_roster_with_a_wrong_line_offers_no_button_to_write_it(client, loa, coordinator):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(coordinator)
    file = SimpleUploadedFile("roster.csv", b"email,name\nnobody,No Body\n")

    looked = client.post(f"/s/{loa.slug}/people/roster/", {"file": file})

    assert looked.status_code == 422
    assert "not an e-mail address" in looked.content.decode()
    assert 'name="write"' not in looked.content.decode()


def test_a_fellow_sets_up_meetings_of_the_own_section_only(client, loa, section, fellow):
    other = cast.make_section(loa, name="Section B")
    client.force_login(fellow)
    form = {
        "title": "Section meeting",
        "on_date": "2027-02-20",
        "at_time": "19:00",
        "minutes": 60,
        "times": 1,
        "link": "",
    }

    refused = client.post(f"/s/{loa.slug}/meetings/new/", form | {"section": other.pk})
    whole = client.post(f"/s/{loa.slug}/meetings/new/", form | {"section": ""})
    made = client.post(f"/s/{loa.slug}/meetings/new/", form | {"section": section.pk})

    assert (refused.status_code, whole.status_code, made.status_code) == (422, 422, 302)
    assert Meeting.objects.get().section == section


def test_a_fellow_may_not_move_another_sections_meeting(client, loa, section, fellow):
    theirs = cast.make_meeting(loa, section=cast.make_section(loa, name="Section B"))
    of_all = cast.make_meeting(loa)
    client.force_login(fellow)

    assert client.get(f"/s/{loa.slug}/meetings/{theirs.pk}/").status_code == 404
    assert client.get(f"/s/{loa.slug}/meetings/{of_all.pk}/").status_code == 403


def test_a_time_that_the_clocks_skip_is_refused_with_the_next_one_and_keeps_what_was_typed(client, loa, coordinator):
    client.force_login(coordinator)
    form = {
        "title": "Night talk",
        "on_date": "2027-03-14",
        "at_time": "02:30",
        "minutes": 60,
        "times": 1,
        "section": "",
    }

    answer = client.post(f"/s/{loa.slug}/meetings/new/", form)

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "skip 02:30" in text
    assert "03:00" in text
    assert "Night talk" in text
    assert not Meeting.objects.exists()


def test_join_is_the_main_action_only_when_it_begins(client, loa, section, participant_in_kolkata):
    meeting = cast.make_meeting(loa, section=section, on=date(2027, 2, 18))
    path = f"/s/{loa.slug}/meetings/"

    assert ">Join<" not in page(client, participant_in_kolkata.user, path)
    with time_machine.travel(meeting.starts_at, tick=False):
        client.logout()
        assert ">Join<" in page(client, participant_in_kolkata.user, path)
