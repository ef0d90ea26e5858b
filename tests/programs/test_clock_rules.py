"""The database reckons with zones too, by the rules of its own machine."""

from programs.checks import check_clock_rules
from programs.models import Session


def test_a_session_whose_clocks_go_otherwise_in_the_database_is_named(loa):
    assert check_clock_rules(None, databases=["default"]) == []

    Session.objects.update(zone="Europe/Nowhere")
    assert "Europe/Nowhere" in check_clock_rules(None, databases=["default"])[0].msg

    # To PostgreSQL an abbreviation without summer time, to the zone database what Brussels shows.
    Session.objects.update(zone="CET")

    [found] = check_clock_rules(None, databases=["default"])
    assert "CET" in found.msg
    assert check_clock_rules(None) == []
