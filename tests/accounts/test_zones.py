"""The page asks when the computer shows another clock than the profile, and never switches by itself."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.zones import UNINHABITED, _places, clocks_agree, differing_zone, zone_choices
from audit.models import Entry
from core.zones import zone_names
from tests import cast
from tests.cast import WEEK_3

NEW_YORKER = User(zone="America/New_York")


@pytest.fixture
def amara(client, db):
    user = cast.make_user("Amara Rao", zone="Asia/Kolkata")
    client.force_login(user)
    return user


def names_in(choices):
    return [name for _, zones in choices for name, _ in zones]


def test_each_country_can_be_chosen_by_its_usual_place_for_each_of_its_clocks():
    names = names_in(zone_choices(at=WEEK_3))

    assert 250 < len(names) < 350
    assert len(names) == len(set(names))
    assert set(names) <= zone_names()
    usual = {
        "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
        "America/Sao_Paulo", "America/Manaus", "America/Mexico_City", "America/Tijuana", "Europe/Belgrade",
        "Asia/Kolkata", "Australia/Sydney", "Australia/Brisbane", "Australia/Perth", "Africa/Lagos",
    }  # fmt: skip
    assert usual <= set(names)
    rare = {"America/North_Dakota/Beulah", "America/Indiana/Tell_City", "Antarctica/Troll", "Pacific/Wake"}
    assert not rare & set(names)


def test_no_clock_of_a_country_is_missing():
    """Whoever lives in a place that is left out finds one of the same country whose clock agrees."""
    offered = set(names_in(zone_choices(at=WEEK_3)))
    left_out = [place for place in _places() if place.zone not in offered and place.region != "Antarctica"]

    assert left_out
    for place in left_out:
        same = [one.zone for one in _places() if one.code == place.code and one.zone in offered]
        is_uninhabited = place.zone in UNINHABITED
        assert is_uninhabited or any(clocks_agree(place.zone, zone, 2027, 1) for zone in same), place


def test_a_rare_place_that_a_profile_or_browser_names_stands_in_its_region():
    regions = dict(zone_choices(at=WEEK_3, also="America/North_Dakota/Beulah"))

    assert "America/North_Dakota/Beulah" in dict(regions["North America"])
    assert dict(zone_choices(at=WEEK_3, also="Antarctica/Troll"))["Antarctica"]


def test_places_are_written_as_people_write_them_and_sorted_among_their_neighbours():
    south = [words.partition(" · ")[0] for _, words in dict(zone_choices(at=WEEK_3))["South America"]]

    assert "São Paulo, Brazil" in south
    assert south.index("Santiago, Chile") < south.index("São Paulo, Brazil")
    assert "Bogotá, Colombia" in south


def test_a_zone_is_called_by_city_country_and_its_time_now():
    words = dict(pair for _, zones in zone_choices(at=WEEK_3) for pair in zones)

    assert words["Asia/Kolkata"] == "Kolkata, India · now 22:30"
    assert words["America/New_York"] == "New York · now 12:00"
    assert words["Asia/Singapore"] == "Singapore · now 01:00"


def test_zones_stand_by_region_and_alphabet():
    regions = dict(zone_choices(at=WEEK_3))

    assert list(regions)[:2] == ["Africa", "Asia"]
    assert {"North America", "South America", "Central America and the Caribbean"} < set(regions)
    assert "Pacific Ocean" in regions
    europe = [words for _, words in regions["Europe"]]
    assert europe == sorted(europe)


def test_an_old_name_that_a_profile_holds_is_still_offered():
    assert "Asia/Calcutta" not in names_in(zone_choices(at=WEEK_3))
    assert "Asia/Calcutta" in names_in(zone_choices(at=WEEK_3, also="Asia/Calcutta"))
    assert names_in(zone_choices(at=WEEK_3, also="UTC")).count("UTC") == 1


def test_another_clock_is_noticed():
    assert differing_zone(NEW_YORKER, "Europe/Lisbon", at=WEEK_3) == "Europe/Lisbon"


@pytest.mark.parametrize("from_browser", [None, "", "Mars/Olympus", "../../etc/passwd", "America/New_York"])
def test_what_says_nothing_new_is_not_asked_about(from_browser):
    assert differing_zone(NEW_YORKER, from_browser, at=WEEK_3) == ""


@pytest.mark.parametrize(
    ("of_profile", "from_browser"),
    [("Asia/Kolkata", "Asia/Calcutta"), ("Europe/Kyiv", "Europe/Kiev"), ("Europe/Berlin", "Europe/Belgrade")],
)
def test_zones_whose_clocks_agree_are_not_asked_about(of_profile, from_browser):
    assert differing_zone(User(zone=of_profile), from_browser, at=WEEK_3) == ""


@pytest.mark.parametrize(
    ("of_profile", "from_browser"),
    [
        ("America/New_York", "America/Bogota"),  # the same only in winter
        ("America/Phoenix", "America/Denver"),  # the same only in winter
        ("Australia/Brisbane", "Australia/Sydney"),  # the same only in the northern summer
        ("Europe/London", "Africa/Abidjan"),  # the same only in winter
    ],
)
def test_zones_that_agree_only_half_the_year_are_asked_about(of_profile, from_browser):
    for month in (1, 7):
        at = datetime(2027, month, 15, tzinfo=UTC)
        assert differing_zone(User(zone=of_profile), from_browser, at=at) == from_browser


def test_a_zone_that_was_kept_is_not_asked_about_again_but_the_next_one_is():
    keeper = User(zone="America/New_York", zone_kept_for="Europe/Lisbon")

    assert differing_zone(keeper, "Europe/Lisbon", at=WEEK_3) == ""
    assert differing_zone(keeper, "Asia/Tokyo", at=WEEK_3) == "Asia/Tokyo"


def test_nobody_is_asked_before_having_said_a_zone():
    assert differing_zone(User(zone=""), "Europe/Lisbon", at=WEEK_3) == ""


def test_the_page_asks_and_changes_nothing(client, amara):
    client.cookies["zone"] = "Europe/Lisbon"

    page = client.get(reverse("dashboards:profile-edit"))

    assert "Your computer is on Lisbon time; your profile says Kolkata." in page.text
    amara.refresh_from_db()
    assert amara.zone == "Asia/Kolkata"


def answer(client, **said):
    return client.post(reverse("dashboards:zone-answer"), {"zone": "Europe/Lisbon", "next": "/profile/", **said})


def test_change_changes_the_profile_and_leads_back(client, amara):
    response = answer(client, answer="change")

    assert response.url == "/profile/"
    amara.refresh_from_db()
    assert amara.zone == "Europe/Lisbon"
    assert Entry.objects.get().changes == [("zone", "Asia/Kolkata", "Europe/Lisbon")]


def test_keep_keeps_the_profile_and_is_remembered(client, amara):
    client.cookies["zone"] = "Europe/Lisbon"
    answer(client, answer="keep")

    assert "Your computer is on" not in client.get(reverse("dashboards:profile-edit")).text
    amara.refresh_from_db()
    assert amara.zone == "Asia/Kolkata"


def test_a_new_zone_ends_an_earlier_keep(client, amara):
    answer(client, answer="keep")
    answer(client, answer="change", zone="Asia/Tokyo")

    amara.refresh_from_db()
    assert (amara.zone, amara.zone_kept_for) == ("Asia/Tokyo", "")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_the_answer_leads_nowhere_outside(client, amara, elsewhere):
    assert answer(client, answer="keep", next=elsewhere).url == "/"


def test_an_invented_zone_is_refused_with_what_to_do(client, amara):
    response = answer(client, answer="change", zone="Mars/Olympus")

    assert response.url == reverse("dashboards:profile-edit")
    assert "Choose yours from the list." in client.get(response.url).text
    amara.refresh_from_db()
    assert amara.zone == "Asia/Kolkata"
