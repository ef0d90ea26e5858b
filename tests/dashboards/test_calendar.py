"""The calendar feed: the person's own deadlines and meetings, moved as they are moved, and nothing else.

Seen failing on broken versions: a feed that left the counter of moves out of SEQUENCE; one whose assignments did not
ask whether their module is open; an address without the number of renewals.
"""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

import pytest
import recurring_ical_events
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from accounts.models import User
from assignments.models import Assignment
from assignments.services import grant_extension, move_deadline, revoke_extension
from audit.models import Entry
from coaching.models import Booking, Slot
from coaching.services import cancel_booking
from cohorts.models import Enrollment, Meeting
from cohorts.services import cancel_meeting, move_meeting
from core.moments import say_moment
from core.rules import parse_rule
from core.windows import hours
from dashboards.calendar.address import address_of, token_of
from modules.models import ItemProgress, Module, ModuleOpening
from operations.profiles import renew_calendar_address
from programs.models import Session
from tests import cast
from tests.cast import WEEK_3, WEEK_6

pytestmark = pytest.mark.django_db


@pytest.fixture
def amara(participant_in_kolkata):
    return participant_in_kolkata


def fetch(user, at=WEEK_3, **headers):
    """What a calendar program gets, without any cookie."""
    path = reverse("dashboards:calendar-feed", args=[token_of(user)])
    with time_machine.travel(at, tick=False):
        return Client().get(path, headers=headers)


def entries(user, at=WEEK_3):
    """By the beginning of their UID: "deadline", "module", "meeting", "coaching"."""
    answer = fetch(user, at)
    assert answer.status_code == 200
    found = {}
    for entry in Calendar.from_ical(answer.content).walk("VEVENT"):
        found.setdefault(str(entry["UID"]).partition("-")[0], []).append(entry)
    return found


def start(entry):
    return entry["DTSTART"].dt


# --- what stands in it ------------------------------------------------------------------------------------------


def test_it_holds_the_own_deadline_what_opens_and_meetings(loa, section, paper, amara):
    cast.make_meeting(loa, section=section)
    cast.make_module(loa, number=4)

    found = entries(amara.user)

    [deadline] = found["deadline"]
    assert (str(deadline["SUMMARY"]), start(deadline)) == ("Due: Reflection paper", paper.due_at)
    assert str(deadline["URL"]).endswith(paper.get_absolute_url())
    assert say_moment(paper.due_at, "Asia/Kolkata", loa.zone, now=WEEK_3) in str(deadline["DESCRIPTION"])
    assert [str(entry["SUMMARY"]) for entry in found["module"]] == [
        "Module 3 · The topic of week 3 opens",
        "Module 4 · The topic of week 4 opens",
    ]
    [meeting] = found["meeting"]
    assert start(meeting) == datetime(2027, 2, 19, 0, 0, tzinfo=UTC)
    assert meeting["DTEND"].dt - start(meeting) == timedelta(minutes=90)


def test_every_page_it_leads_to_is_there(loa, section, paper, amara, visit):
    cast.make_meeting(loa, section=section)
    closed = cast.make_module(loa, number=4)
    assert visit(amara.user, closed.get_absolute_url()).status == 404

    listed = [str(entry["URL"]) for kind in entries(amara.user).values() for entry in kind]

    paths = [urlsplit(address).path for address in listed]
    assert len(paths) == 4
    assert [(path, status) for path in paths if (status := visit(amara.user, path).status) != 200] == []


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Kolkata", ["Mon 10:29", "Mon 09:29", "Mon 09:29", "Mon 09:29"]),
        ("Asia/Kathmandu", ["Mon 10:44", "Mon 09:44", "Mon 09:44", "Mon 09:44"]),
        ("Europe/Belgrade", ["Mon 05:59", "Mon 04:59", "Mon 05:59", "Mon 05:59"]),
        ("Australia/Sydney", ["Mon 15:59", "Mon 14:59", "Mon 14:59", "Mon 13:59"]),
    ],
)
def test_the_weekly_deadline_is_at_the_right_time_of_each_clock_through_three_changes(loa, zone, expected):
    place = cast.enroll(cast.make_user(zone=zone), loa)
    module = cast.make_module(loa, number=3)
    for day in (7, 14, 28, 35):
        on = date(2027, 3, 1) + timedelta(days=day - 1)
        cast.make_assignment(module, due=f"{on}, 23:59")

    tz = place.user.tz
    calendar = Calendar.from_ical(fetch(place.user).content)
    seen = recurring_ical_events.of(calendar).between(datetime(2027, 3, 5, tzinfo=tz), datetime(2027, 4, 10, tzinfo=tz))

    due = sorted(start(entry).astimezone(tz) for entry in seen if str(entry["UID"]).startswith("deadline"))
    assert [f"{instant:%a %H:%M}" for instant in due] == expected


def test_nothing_of_a_closed_module_stands_in_it_but_its_title_and_its_instant(loa, amara):
    closed = cast.make_module(loa, number=9, introduction="secret introduction")
    cast.make_assignment(closed, title="secret paper", prompt="secret prompt")

    answer = fetch(amara.user)

    assert "deadline" not in entries(amara.user)
    assert b"secret" not in answer.content
    assert b"Module 9" in answer.content


def test_a_module_that_waits_for_work_or_is_in_preparation_has_no_time(loa, amara):
    Session.objects.filter(pk=loa.pk).update(order="strict")
    cast.make_assignment(cast.make_module(loa, number=2))
    cast.make_module(loa, number=3)
    cast.make_module(loa, number=4, is_ready=False)

    assert [str(entry["SUMMARY"])[:8] for entry in entries(amara.user)["module"]] == ["Module 2"]


def test_what_was_handed_in_says_so(paper, amara):
    cast.make_submission(paper, amara)

    [deadline] = entries(amara.user)["deadline"]

    assert str(deadline["SUMMARY"]) == "Handed in: Reflection paper"


def test_a_meeting_of_another_section_and_people_of_other_programs_stay_out(loa, section, amara, outsider):
    cast.make_meeting(loa, section=cast.make_section(loa, name="Section B"))
    cast.make_meeting(outsider.session)

    assert entries(amara.user) == {}
    assert "meeting" in entries(outsider.user)


def test_no_name_text_or_link_of_anybody_stands_in_it(loa, section, paper, amara, fellow):
    cast.make_meeting(loa, section=section, link="https://meet.example.org/room", note="Bring your story.")
    book(loa, fellow, amara, about="What I am afraid of")
    cast.extend(paper, amara, by=timedelta(hours=48))

    said = fetch(amara.user).content.decode() + fetch(fellow).content.decode()

    for word in ("Milica", "Amara", "Ruth", "meet.example.org", "Bring your story", "afraid", "family matter"):
        assert word not in said


@pytest.mark.parametrize("status", [Enrollment.Status.WITHDRAWN, Enrollment.Status.REMOVED, Enrollment.Status.INVITED])
def test_who_does_not_read_the_session_gets_an_empty_feed(loa, section, paper, amara, status):
    cast.make_meeting(loa, section=section)
    assert len(entries(amara.user)) == 3
    Enrollment.objects.filter(pk=amara.pk).update(status=status)

    assert entries(amara.user) == {}


def test_when_access_has_ended_it_is_empty(loa, section, paper, amara):
    cast.make_meeting(loa, section=section)

    assert entries(amara.user, loa.access_ends_at + timedelta(minutes=2)) == {}


def test_an_observer_has_no_deadlines(loa, paper):
    place = cast.enroll(cast.make_user("Olga Ek"), loa, kind=Enrollment.Kind.OBSERVER)

    assert set(entries(place.user)) == {"module"}


def test_staff_have_the_meetings_they_go_to(loa, section, fellow, director):
    of_section, of_all = cast.make_meeting(loa, section=section), cast.make_meeting(loa)
    cast.make_meeting(loa, section=cast.make_section(loa, name="Section B"))

    def met(user):
        return {str(entry["UID"]).partition("@")[0] for entry in entries(user)["meeting"]}

    assert met(fellow) == {f"meeting-{of_section.pk}", f"meeting-{of_all.pk}"}
    assert met(director) == {f"meeting-{of_all.pk}"}


def test_meetings_of_a_session_in_draft_are_in_nobodys_calendar(loa, section, fellow):
    cast.make_meeting(loa, section=section)
    Session.objects.filter(pk=loa.pk).update(status="draft")

    assert entries(fellow) == {}


def book(session, coach, place, **fields):
    slot = Slot.objects.create(session=session, coach=coach, on_date=date(2027, 2, 22), at_time=time(10, 0))
    return Booking.objects.create(
        slot=slot, enrollment=place, starts_at=slot.starts_at, ends_at=slot.ends_at, booked_at=WEEK_3, **fields
    )


def test_a_coaching_hour_is_in_the_calendars_of_both(loa, fellow, amara):
    booking = book(loa, fellow, amara)

    for user in (amara.user, fellow):
        [entry] = entries(user)["coaching"]
        assert (str(entry["SUMMARY"]), start(entry)) == ("Coaching", booking.starts_at)

    cancel_booking(booking=booking, actor=fellow, now=WEEK_3)
    [entry] = entries(amara.user)["coaching"]
    assert (str(entry["STATUS"]), entry["SEQUENCE"]) == ("CANCELLED", 1)


# --- what is moved ----------------------------------------------------------------------------------------------


def moving_acts(paper, amara, director, fellow):
    """Each changes Amara's deadline; in their order."""
    yield lambda: move_deadline(
        assignment=paper, rule=parse_rule("week 4, Sunday, 23:59"), closes_rule=None, actor=director, now=WEEK_3
    )
    granted = {}
    yield lambda: granted.update(
        one=grant_extension(assignment=paper, enrollment=amara, by=hours(48), reason="Ill", actor=director, now=WEEK_3)
    )
    yield lambda: revoke_extension(extension=granted["one"], actor=director, now=WEEK_3)
    arranged = {}
    yield lambda: arranged.update(one=cast.arrange(amara, days=3))
    yield lambda: type(arranged["one"]).objects.update(revoked_at=WEEK_3, revoked_by=director)
    yield lambda: cast.make_feedback(
        cast.make_submission(paper, amara), fellow, result="please_revise", revise_until=WEEK_6
    )


def test_whatever_moves_a_deadline_moves_the_same_entry_with_a_higher_number(paper, amara, director, fellow):
    [before] = entries(amara.user)["deadline"]
    for act in moving_acts(paper, amara, director, fellow):
        act()
        [after] = entries(amara.user)["deadline"]
        assert start(after) == Assignment.objects.with_due_for(amara).get(pk=paper.pk).own_due_at != start(before)
        assert after["UID"] == before["UID"]
        assert after["SEQUENCE"] > before["SEQUENCE"]
        before = after


def test_no_form_that_was_open_before_sets_the_number_back(paper):
    stale = Assignment.objects.get(pk=paper.pk)
    Assignment.objects.filter(pk=paper.pk).update(due_at=paper.due_at + timedelta(days=1))
    stale.save()

    paper.refresh_from_db()
    assert paper.times_moved == 2


def test_what_does_not_change_the_time_does_not_raise_the_number(paper, module):
    Assignment.objects.update(prompt="Another question.")
    Module.objects.update(title="Another title")

    paper.refresh_from_db()
    module.refresh_from_db()
    assert (paper.times_moved, module.times_moved) == (0, 0)


def test_a_moved_and_a_cancelled_meeting(loa, section, amara, director):
    meeting = cast.make_meeting(loa, section=section)
    [first] = entries(amara.user)["meeting"]
    move_meeting(meeting=meeting, on_date=date(2027, 2, 20), at_time=time(12, 0), actor=director, now=WEEK_3)
    [second] = entries(amara.user)["meeting"]
    cancel_meeting(meeting=Meeting.objects.get(), actor=director, now=WEEK_3)
    [third] = entries(amara.user)["meeting"]

    assert first["UID"] == second["UID"] == third["UID"]
    assert [entry["SEQUENCE"] for entry in (first, second, third)] == [0, 1, 2]
    assert start(second) == datetime(2027, 2, 20, 17, 0, tzinfo=UTC)
    assert [str(entry["STATUS"]) for entry in (first, second, third)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_a_module_opened_earlier_for_one_person(loa, amara, participant_in_sydney, director):
    module = cast.make_module(loa, number=9)
    [before] = entries(amara.user)["module"]
    ModuleOpening.objects.create(
        module=module, enrollment=amara, reason="She travels", opened_by=director, opened_at=WEEK_3
    )
    [after] = entries(amara.user)["module"]

    assert (start(after), after["SEQUENCE"] > before["SEQUENCE"]) == (WEEK_3, True)
    [others] = entries(participant_in_sydney.user)["module"]
    assert start(others) == module.releases_at


def test_in_strict_order_a_module_that_opens_by_handing_in_opens_then(loa, amara):
    Session.objects.filter(pk=loa.pk).update(order="strict")
    work = cast.make_assignment(cast.make_module(loa, number=2))
    cast.make_module(loa, number=3)
    ItemProgress.objects.create(item=work.item, enrollment=amara, done_at=WEEK_3)

    [_, third] = entries(amara.user)["module"]
    assert start(third) == WEEK_3


def test_a_cancelled_session_takes_its_entries_out(loa, section, paper, amara):
    cast.make_meeting(loa, section=section)
    before = entries(amara.user)
    Session.objects.filter(pk=loa.pk).update(status="cancelled")

    for sort, [entry] in entries(amara.user).items():
        assert (sort, str(entry["STATUS"])) == (sort, "CANCELLED")
        assert entry["SEQUENCE"] > before[sort][0]["SEQUENCE"]


# --- its address ------------------------------------------------------------------------------------------------


def test_a_wrong_address_is_404(amara, paper):
    right = token_of(amara.user)
    other = cast.make_user("Ben Okafor")
    forged = f"{other.pk}-0.{right.rpartition('.')[2]}"

    for token in (right[:-1], right + "x", right.upper(), forged, f"{amara.user.pk}-0.", "x", "1-0.ä"):
        answer = Client().get(reverse("dashboards:calendar-feed", args=[token]))
        assert answer.status_code == 404, token


def test_a_renewed_address_is_another_and_the_old_one_is_dead(amara, paper):
    old = reverse("dashboards:calendar-feed", args=[token_of(amara.user)])

    renew_calendar_address(user=amara.user, seen=0, now=WEEK_3)

    assert Client().get(old).status_code == 404
    assert "deadline" in entries(amara.user)
    assert Entry.objects.filter(verb="calendar address renewed", actor=amara.user).count() == 1


def test_two_clicks_renew_it_once(visit, amara):
    for _ in range(2):
        visit(amara.user, reverse("dashboards:calendar-renew"), method="post", data={"seen": "0"})

    assert User.objects.get(pk=amara.user_id).calendar_renewals == 1


@pytest.mark.parametrize("seen", ["", "x", "-1", "²", "9" * 30])
def test_an_odd_post_renews_nothing(visit, amara, seen):
    answer = visit(amara.user, reverse("dashboards:calendar-renew"), method="post", data={"seen": seen})

    assert (answer.status, User.objects.get(pk=amara.user_id).calendar_renewals) == (302, 0)


def test_the_address_of_somebody_whose_account_is_closed_is_dead(amara):
    User.objects.filter(pk=amara.user_id).update(is_active=False)

    assert fetch(amara.user).status_code == 404


# --- asking again -----------------------------------------------------------------------------------------------


def test_who_asks_again_gets_it_only_when_something_changed(paper, amara, director):
    first = fetch(amara.user)
    tag = first.headers["ETag"]

    later = WEEK_3 + timedelta(hours=6)
    unchanged = fetch(amara.user, later, if_none_match=tag)
    grant_extension(assignment=paper, enrollment=amara, by=hours(2), reason="Ill", actor=director, now=later)
    changed = fetch(amara.user, later, if_none_match=tag)

    assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert changed.headers["Cache-Control"] == "private, no-cache"
    assert changed.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "Set-Cookie" not in changed.headers


@pytest.mark.parametrize("much", [1, 3])
def test_its_queries_are_as_many_however_much_stands_in_it(
    loa, section, amara, fellow, much, django_assert_num_queries
):
    for number in range(much):
        module = cast.make_module(loa, number=number + 1)
        cast.make_assignment(module)
        cast.make_meeting(loa, section=section)
        slot = Slot.objects.create(session=loa, coach=fellow, on_date=date(2027, 3, 1 + number), at_time=time(10, 0))
        Booking.objects.create(
            slot=slot, enrollment=amara, starts_at=slot.starts_at, ends_at=slot.ends_at, booked_at=WEEK_3
        )
        cast.enroll(amara.user, cast.make_session(loa.program, label=f"more {number}"))

    with django_assert_num_queries(5):
        answer = fetch(amara.user)
    assert answer.content.count(b"BEGIN:VEVENT") == 4 * much


# --- the page ---------------------------------------------------------------------------------------------------


def words(soup):
    return " ".join(soup.get_text(" ").split())


def test_page_and_feed_say_the_same(visit, loa, section, paper, amara):
    cast.make_meeting(loa, section=section)
    cast.extend(paper, amara, by=timedelta(hours=48))

    page = visit(amara.user, reverse("dashboards:calendar"))

    assert page.find(id="calendar-address")["value"] == address_of(amara.user)
    listed = {(row.a.get_text(), row.time["datetime"]) for row in page.select(".rows-item")}
    told = {
        (str(entry["SUMMARY"]), f"{start(entry):%Y-%m-%dT%H:%M:%SZ}")
        for found in entries(amara.user).values()
        for entry in found
        if start(entry) > WEEK_3
    }
    assert listed == told
    week = visit(amara.user, reverse("dashboards:week", args=[loa.slug]))
    [(_, due)] = [one for one in told if one[0] == "Due: Reflection paper"]
    assert due in {moment["datetime"] for moment in week.select(".week-first time")}


def test_with_nothing_ahead_the_page_says_so(visit, amara):
    assert "Nothing ahead" in words(visit(amara.user, reverse("dashboards:calendar")))


def test_the_page_costs_as_much_as_the_feed(costs, paper, amara):
    costs(6, amara.user, reverse("dashboards:calendar"))


def test_it_can_be_downloaded_once(client, paper, amara):
    with time_machine.travel(WEEK_3, tick=False):
        client.force_login(amara.user)
        answer = client.get(reverse("dashboards:calendar-download"))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="calendar.ics"'
    assert len(Calendar.from_ical(answer.content).walk("VEVENT")) == 2
