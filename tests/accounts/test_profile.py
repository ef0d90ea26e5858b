"""What a person says about themselves is saved with its record, and shows everywhere at once."""

import pytest
from django.urls import reverse

from accounts.models import User
from audit.models import Entry
from operations.profiles import update_profile
from tests import cast
from tests.cast import WEEK_3

pytestmark = pytest.mark.django_db


@pytest.fixture
def amara(db):
    return cast.make_user("Amara Rao", zone="Asia/Kolkata")


@pytest.fixture
def said(amara):
    """What the form holds when nothing is changed."""
    return {"name": "Amara Rao", "zone": "Asia/Kolkata", "shows_zone": "on"}


def save(client, user, said):
    client.force_login(user)
    return client.post(reverse("dashboards:profile-edit"), said)


def test_a_new_name_shows_in_the_header_of_the_next_page(client, amara, said):
    response = save(client, amara, said | {"name": "Amara Rao-Iyer", "addressed_as": "Dr. Rao"})

    assert response.status_code == 302
    page = client.get(response.url)
    assert "Dr. Rao" in page.text
    assert "Amara Rao-Iyer" in page.text


def test_the_earlier_name_stays_in_the_record(client, amara, said):
    save(client, amara, said | {"name": "Amara Iyer"})

    entry = Entry.objects.get()
    assert (entry.verb, entry.actor) == ("profile changed", amara)
    assert entry.changes == [("name", "Amara Rao", "Amara Iyer")]


def test_saving_without_a_change_records_nothing(client, amara, said):
    save(client, amara, said)

    assert not Entry.objects.exists()


def test_a_name_cannot_be_left_out(client, amara, said):
    response = save(client, amara, said | {"name": "   "})

    assert response.status_code == 200
    assert response.context["form"].errors["name"]
    amara.refresh_from_db()
    assert amara.name == "Amara Rao"


def test_a_refused_name_does_not_stand_in_the_header(client, amara, said):
    response = save(client, amara, said | {"name": "Somebody Else", "zone": "Mars/Olympus"})

    assert response.context["form"].errors["zone"]
    assert response.context["user"].name == "Amara Rao"


def test_stray_spaces_go(client, amara, said):
    save(client, amara, said | {"name": "  Amara   Iyer ", "pronouns": " she / her "})

    amara.refresh_from_db()
    assert (amara.name, amara.pronouns) == ("Amara Iyer", "she / her")


def test_only_what_belongs_to_a_profile_can_be_changed_by_it(client, amara, said):
    save(client, amara, said | {"email": "other@example.org", "is_staff": "on", "is_superuser": "on"})

    amara.refresh_from_db()
    assert not amara.is_staff
    assert not amara.is_superuser
    assert amara.email != "other@example.org"
    with pytest.raises(ValueError, match="is_staff"):
        update_profile(user=amara, changes={"is_staff": True}, actor=amara, now=WEEK_3)


def test_a_change_and_its_record_stand_or_fall_together(amara, monkeypatch):
    def full_disk(**_):
        raise OSError("No space left on device")

    monkeypatch.setattr("operations.profiles.record", full_disk)
    with pytest.raises(OSError, match="No space"):
        update_profile(user=amara, changes={"name": "Amara Iyer"}, actor=amara, now=WEEK_3)

    assert User.objects.get(pk=amara.pk).name == "Amara Rao"


def test_names_stand_in_lists_by_their_key_and_without_regard_to_accents(db):
    for name, key in [("Zoë Adams", ""), ("Élodie Brun", ""), ("Elena Costa", ""), ("Amara Rao", "Rao, Amara")]:
        cast.make_user(name, sort_key=key)

    assert [str(user) for user in User.objects.all()] == ["Elena Costa", "Élodie Brun", "Amara Rao", "Zoë Adams"]


def test_nobody_sees_a_profile_without_signing_in(client, db):
    for name in ("profile-edit", "first-steps", "zone-question"):
        assert client.get(reverse(f"dashboards:{name}")).url.startswith(reverse("account_login"))
    assert client.post(reverse("dashboards:zone-answer")).url.startswith(reverse("account_login"))


def test_the_people_of_a_session_stand_in_the_same_order(loa):
    for name in ("Zoë Adams", "Élodie Brun", "Elena Costa"):
        cast.enroll(cast.make_user(name), loa)

    assert [str(place.user) for place in loa.enrollments.select_related("user")] == [
        "Elena Costa",
        "Élodie Brun",
        "Zoë Adams",
    ]
