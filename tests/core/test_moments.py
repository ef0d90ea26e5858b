"""How a time is said: on the reader's clock, with the program's beside it where that differs."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.template import Context, Template

from core.moments import say_day, say_moment
from core.rules import Side, TermCalendar, parse_rule, resolve
from core.zones import say_zone, zone_names

NEW_YORK, KOLKATA = "America/New_York", "Asia/Kolkata"
LOA = TermCalendar(date(2027, 2, 1), NEW_YORK)
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DUE = datetime(2027, 3, 8, 4, 59, tzinfo=UTC)

# A weekly deadline on Sunday 23:59 in New York, across the clock changes of three continents.
CLOCK_CHANGES = {
    "week 5, Sunday, 23:59": ("7 March", "8 March", "10:29", "10:44", "05:59", "15:59"),
    "week 6, Sunday, 23:59": ("14 March", "15 March", "09:29", "09:44", "04:59", "14:59"),
    "week 8, Sunday, 23:59": ("28 March", "29 March", "09:29", "09:44", "05:59", "14:59"),
    "week 9, Sunday, 23:59": ("4 April", "5 April", "09:29", "09:44", "05:59", "13:59"),
}
READERS = (KOLKATA, "Asia/Kathmandu", "Europe/Belgrade", "Australia/Sydney")
PLACES = ("Kolkata", "Kathmandu", "Belgrade", "Sydney")


def rendered(template, request=None, **context):
    return Template("{% load moments %}" + template).render(Context({"request": request, **context}))


def request_of(zone="", cookie=None, now=NOW, is_authenticated=True):
    user = SimpleNamespace(is_authenticated=is_authenticated, zone=zone, tz=ZoneInfo(zone or "UTC"))
    return SimpleNamespace(user=user, now=now, COOKIES={} if cookie is None else {"zone": cookie})


def text_of(html):
    return BeautifulSoup(html, "html.parser").get_text()


@pytest.mark.parametrize("rule", CLOCK_CHANGES)
def test_the_table_of_clock_changes_holds_in_the_data_on_the_page_and_in_the_mail(rule):
    sunday, monday, *clocks = CLOCK_CHANGES[rule]
    due_at = resolve(parse_rule(rule), LOA, Side.DEADLINE)

    assert say_moment(due_at, NEW_YORK, NEW_YORK, now=NOW) == f"Sunday {sunday}, 23:59 New York"
    for zone, place, clock in zip(READERS, PLACES, clocks, strict=True):
        said = f"Monday {monday}, {clock} {place}, that is Sunday {sunday}, 23:59 New York"
        assert due_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") == clock
        assert say_moment(due_at, zone, NEW_YORK, now=NOW) == said
        page = rendered("{% moment due_at %}", request_of(zone), due_at=due_at, program_zone=NEW_YORK)
        assert text_of(page) == said


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("long", "Monday 8 March, 10:29 Kolkata, that is Sunday 7 March, 23:59 New York"),
        ("short", "Mon 8 Mar, 10:29 Kolkata (Sun 23:59 New York)"),
        ("time", "10:29 Kolkata (Sun 23:59 New York)"),
    ],
)
def test_a_time_has_three_lengths_and_each_names_both_clocks(form, said):
    assert say_moment(DUE, KOLKATA, NEW_YORK, now=NOW, form=form) == said
    assert (
        text_of(rendered(f'{{% moment due form="{form}" program_zone="{NEW_YORK}" %}}', request_of(KOLKATA), due=DUE))
        == said
    )


def test_a_day_that_is_the_same_on_both_clocks_is_said_once():
    noon = datetime(2027, 3, 7, 17, tzinfo=UTC)

    assert (
        say_moment(noon, "Europe/Belgrade", NEW_YORK, now=NOW)
        == "Sunday 7 March, 18:00 Belgrade, that is 12:00 New York"
    )
    assert (
        say_moment(noon, "Europe/Belgrade", NEW_YORK, now=NOW, form="short")
        == "Sun 7 Mar, 18:00 Belgrade (12:00 New York)"
    )


def test_clocks_that_agree_are_said_once_and_only_while_they_agree():
    summer, between = datetime(2027, 7, 1, 12, tzinfo=UTC), datetime(2027, 3, 20, 12, tzinfo=UTC)

    assert say_moment(summer, "America/Toronto", NEW_YORK, now=NOW) == "Thursday 1 July, 08:00 Toronto"
    assert say_moment(summer, "Europe/Belgrade", "Europe/Paris", now=NOW) == "Thursday 1 July, 14:00 Belgrade"
    assert say_moment(between, "Europe/London", "UTC", now=NOW) == "Saturday 20 March, 12:00 London"
    assert say_moment(summer, "Europe/London", "UTC", now=NOW) == "Thursday 1 July, 13:00 London, that is 12:00 UTC"


def test_the_year_stands_only_when_it_is_another_than_the_readers():
    new_year = datetime(2027, 1, 1, 4, 59, tzinfo=UTC)
    said_before = say_moment(new_year, KOLKATA, NEW_YORK, now=datetime(2026, 12, 1, tzinfo=UTC))
    said_after = say_moment(new_year, KOLKATA, NEW_YORK, now=datetime(2026, 12, 31, 20, tzinfo=UTC))

    assert said_before == "Friday 1 January 2027, 10:29 Kolkata, that is Thursday 31 December, 23:59 New York"
    assert said_after == "Friday 1 January, 10:29 Kolkata, that is Thursday 31 December 2026, 23:59 New York"


def test_nothing_is_said_of_no_time():
    assert say_moment(None, KOLKATA, NEW_YORK, now=NOW) == ""
    assert say_day(None, now=NOW) == ""
    assert rendered("{% moment due %}{% day due %}", request_of(KOLKATA), due=None) == ""


def test_an_unknown_form_is_refused():
    with pytest.raises(ValueError, match="there are long, short, time"):
        say_moment(DUE, KOLKATA, now=NOW, form="brief")


def test_a_date_belongs_to_no_clock():
    assert say_day(date(2027, 2, 1), now=NOW) == "Monday 1 February"
    assert say_day(date(2028, 2, 7), now=NOW) == "Monday 7 February 2028"
    assert (
        rendered("{% day it %}", request_of(KOLKATA), it=date(2027, 2, 1))
        == '<time datetime="2027-02-01">Monday 1 February</time>'
    )


def test_the_page_marks_the_instant_for_machines():
    page = rendered("{% moment due %}", request_of(KOLKATA), due=DUE, program_zone=NEW_YORK)

    assert page == (
        '<time datetime="2027-03-08T04:59:00Z">Monday 8 March, 10:29 Kolkata</time>'
        '<span class="program-time">, that is Sunday 7 March, 23:59 New York</span>'
    )


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        (request_of(KOLKATA, cookie="Europe/Belgrade"), "10:29 Kolkata"),
        (request_of("", cookie="Europe/Belgrade"), "05:59 Belgrade"),
        (request_of("", cookie="Europe/Belgrade", is_authenticated=False), "05:59 Belgrade"),
        (request_of("", cookie="<script>alert(1)</script>", is_authenticated=False), "23:59 New York"),
        (request_of("", cookie="../../etc/passwd", is_authenticated=False), "23:59 New York"),
        (request_of(""), "23:59 New York"),
    ],
)
def test_the_clock_is_the_profiles_then_the_browsers_then_the_programs(request_, place):
    page = text_of(rendered("{% moment due %}", request_, due=DUE, program_zone=NEW_YORK))

    assert page.partition(", that is")[0].endswith(place)


def test_a_mail_says_whose_clock_it_means():
    body = rendered("{% moment due %}", reader_zone=KOLKATA, now=NOW, due=DUE, program_zone=NEW_YORK)

    assert text_of(body) == say_moment(DUE, KOLKATA, NEW_YORK, now=NOW)


def test_without_any_zone_it_is_utc_and_says_so():
    assert text_of(rendered("{% moment due %}", now=NOW, due=DUE)) == "Monday 8 March, 04:59 UTC"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("America/New_York", "New York"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("America/Port-au-Prince", "Port-au-Prince"),
        ("Asia/Calcutta", "Kolkata"),
        ("Asia/Katmandu", "Kathmandu"),
        ("Etc/UTC", "UTC"),
        ("GMT", "UTC"),
        ("UTC", "UTC"),
        ("Etc/GMT+5", "UTC−5"),
        ("Etc/GMT-14", "UTC+14"),
        ("Etc/GMT-0", "UTC"),
        ("EST5EDT", "EST5EDT"),
    ],
)
def test_zones_are_called_by_what_people_call_them(name, said):
    assert say_zone(name) == say_zone(ZoneInfo(name)) == said


def test_every_zone_has_a_name_to_say():
    assert all(say_zone(name).strip() and "_" not in say_zone(name) for name in zone_names())
