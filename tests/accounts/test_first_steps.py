"""Name, zone and what others may see are settled once, before the first page."""

import pytest
from django.urls import reverse

from audit.models import Entry
from operations.profiles import confirm_first_steps
from tests import cast
from tests.cast import WEEK_3, WEEK_6

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(client):
    user = cast.make_user("Nina Okoye", zone="", first_steps_at=None)
    client.force_login(user)
    return user


def test_signing_in_leads_there_the_first_time(client, newcomer):
    assert client.get(reverse("account_login")).url == reverse("dashboards:first-steps")
    assert client.get(reverse("dashboards:first-steps")).status_code == 200


def test_the_zone_of_the_computer_is_proposed_and_not_taken(client, newcomer):
    client.cookies["zone"] = "Africa/Lagos"

    page = client.get(reverse("dashboards:first-steps"))

    assert page.context["form"]["zone"].value() == "Africa/Lagos"
    newcomer.refresh_from_db()
    assert newcomer.zone == ""


def test_an_invented_zone_of_the_computer_is_not_proposed(client, newcomer):
    client.cookies["zone"] = "Mars/Olympus"

    page = client.get(reverse("dashboards:first-steps"))

    assert not page.context["form"]["zone"].value()
    assert "Olympus" not in page.text


def test_they_are_done_with_one_answer_and_recorded(client, newcomer):
    response = client.post(
        reverse("dashboards:first-steps"), {"name": "Nina Okoye", "zone": "Africa/Lagos", "shows_email": "on"}
    )

    assert response.url == reverse("dashboards:home")
    newcomer.refresh_from_db()
    assert newcomer.has_done_first_steps(Entry.objects.get().at)
    assert (newcomer.zone, newcomer.shows_email, newcomer.shows_zone) == ("Africa/Lagos", True, False)
    assert Entry.objects.get().verb == "first steps done"


def test_a_zone_must_be_chosen(client, newcomer):
    response = client.post(reverse("dashboards:first-steps"), {"name": "Nina Okoye", "zone": ""})

    assert response.context["form"].errors["zone"] == ["Choose the zone whose clock you live by."]
    newcomer.refresh_from_db()
    assert newcomer.first_steps_at is None


def test_whoever_has_done_them_goes_straight_on(client):
    client.force_login(cast.make_user())

    assert client.get(reverse("dashboards:first-steps")).url == reverse("dashboards:home")


def test_the_moment_of_the_first_time_stays(newcomer):
    confirm_first_steps(user=newcomer, changes={"zone": "Africa/Lagos"}, now=WEEK_3)
    confirm_first_steps(user=newcomer, changes={"zone": "Europe/Lisbon"}, now=WEEK_6)

    newcomer.refresh_from_db()
    assert newcomer.first_steps_at == WEEK_3
