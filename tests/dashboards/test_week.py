from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest

from accounts.models import User
from assignments.models import Draft, Extension, Feedback, Reader
from cohorts.models import Enrollment
from modules.models import Item, Module
from modules.services import mark_done
from tests import cast
from tests.cast import WEEK_3

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# Sunday of week 3, 23:59 New York.
DUE = datetime(2027, 2, 22, 4, 59, tzinfo=UTC)
MEETS = datetime(2027, 2, 19, 0, 0, tzinfo=UTC)


@pytest.fixture
def week(loa, visit):
    def _week(user, at=WEEK_3):
        return visit(user, f"/s/{loa.slug}/", at)

    return _week


def words(soup):
    return " ".join(soup.get_text(" ").split())


def main_actions(page):
    return [" ".join(button.get_text(" ").split()) for button in page.main.select(".btn-primary")]


def test_the_next_deadline_leads_in_both_zones_with_one_main_action(week, paper, participant_in_kolkata):
    page = week(participant_in_kolkata.user)

    said = words(page.select_one(".next-up"))
    assert "Next due in 5 days" in said
    assert "Due Monday 22 February, 10:29 Kolkata , that is Sunday 21 February, 23:59 New York" in said
    assert main_actions(page) == ["Write it"]
    assert page.select_one(".next-up .btn")["href"] == paper.get_absolute_url()


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (DUE - timedelta(hours=48), "in 2 days"),
        (DUE - timedelta(hours=47, minutes=59), "in 47 hours"),
        # Saturday 22:59 in Lagos; it is due there on Monday at 5:59.
        (DUE - timedelta(hours=31), "in 31 hours"),
        (DUE - timedelta(hours=29), "tomorrow"),
        (DUE - timedelta(hours=5), "today"),
    ],
)
def test_how_far_off_a_deadline_is_goes_by_the_readers_own_days(week, paper, participant_in_kolkata, at, said):
    User.objects.update(zone="Africa/Lagos")

    assert f"Next due {said}" in words(week(participant_in_kolkata.user, at).select_one(".next-up-head"))


def test_a_deadline_that_is_later_says_why(week, paper, participant_in_kolkata, fellow):
    Extension.objects.create(
        assignment=paper,
        enrollment=participant_in_kolkata,
        later_by=timedelta(hours=48),
        reason="Travels",
        grant_id=uuid4(),
        granted_by=fellow,
        granted_at=WEEK_3,
    )

    said = words(week(participant_in_kolkata.user).select_one(".next-up"))

    assert "Wednesday 24 February, 10:29 Kolkata" in said
    assert "48 hours more, granted by Milica Petrović" in said


def test_what_is_begun_is_gone_on_with(week, paper, participant_in_kolkata):
    Draft.objects.create(assignment=paper, enrollment=participant_in_kolkata, text="I", revision=1, saved_at=WEEK_3)

    assert main_actions(week(participant_in_kolkata.user)) == ["Go on writing"]


def test_late_work_says_until_when_it_is_taken(week, paper, participant_in_kolkata):
    said = words(week(participant_in_kolkata.user, DUE + MINUTE).select_one(".next-up"))

    assert "Past its deadline, still taken" in said
    assert "marked as late, until" in said


def test_the_shown_minute_still_counts(week, paper, participant_in_kolkata):
    assert "Past its deadline" not in words(week(participant_in_kolkata.user, DUE + timedelta(seconds=59)))


def test_with_everything_handed_in_the_page_is_calm(week, paper, loa, participant_in_kolkata, give):
    cast.make_module(loa, number=4)
    give(participant_in_kolkata)

    page = week(participant_in_kolkata.user)

    said = words(page.select_one(".next-up"))
    assert "Nothing to hand in You have done everything that is open. Module 4 opens Monday 22 February, 19:30" in said
    assert main_actions(page) == []


def test_with_work_done_and_texts_unread_the_page_leads_to_them(week, paper, module, participant_in_kolkata, give):
    reading = cast.make_item(module, title="A map of actors")
    give(participant_in_kolkata)

    page = week(participant_in_kolkata.user)

    assert main_actions(page) == ["Go on with Module 3"]
    assert page.select_one(".next-up .btn-primary")["href"].endswith(f"/modules/module-3/{reading.key}/")


def test_with_everything_required_done_what_is_left_is_called_optional(
    week, paper, module, participant_in_kolkata, give
):
    required = cast.make_item(module, title="A map of actors")
    cast.make_item(module, title="The section’s own hour", kind=Item.Kind.LIVE, is_required=False)
    give(participant_in_kolkata)
    assert "There is still something to read and watch" in words(week(participant_in_kolkata.user))
    mark_done(item=required, enrollment=participant_in_kolkata, now=WEEK_3)

    page = week(participant_in_kolkata.user)

    said = words(page.select_one(".next-up"))
    assert "You have done everything that Module 3 asks for; what is left is optional." in said
    assert [words(item) for item in page.select(".items .item-body")][-1] == "The section’s own hour optional"
    assert "optional" not in words(page.select(".items .item-body")[1])


def test_feedback_that_came_back_stands_there_for_two_weeks(week, paper, participant_in_kolkata, give, answer):
    answer(give(participant_in_kolkata))

    page = week(participant_in_kolkata.user, WEEK_3 + 14 * DAY - MINUTE)
    assert page.find(id="returned").find_next("a")["href"] == f"{paper.get_absolute_url()}feedback/1/"
    assert week(participant_in_kolkata.user, WEEK_3 + 14 * DAY).find(id="returned") is None


def test_feedback_that_asks_for_a_revision_becomes_the_task(week, participant_in_kolkata, give, answer):
    answer(give(participant_in_kolkata), Feedback.Result.PLEASE_REVISE)

    page = week(participant_in_kolkata.user)

    said = words(page.select_one(".next-up"))
    assert "Please revise" in said
    assert "Due Monday 1 March, 10:29 Kolkata" in said
    assert main_actions(page) == ["Revise it"]
    assert page.find(id="returned") is None


def test_feedback_that_is_not_released_is_nowhere(week, participant_in_kolkata, give, fellow):
    Feedback.objects.create(
        submission=give(participant_in_kolkata),
        author=fellow,
        saved_at=WEEK_3,
        text="CANARY",
        result="please_revise",
        revise_reason="CANARY",
        revise_until=DUE,
        status=Feedback.Status.HELD,
    )

    page = week(participant_in_kolkata.user)

    assert "CANARY" not in str(page)
    assert "revise" not in words(page)


def test_from_fifteen_minutes_before_joining_is_the_main_action(week, paper, section_meeting, participant_in_kolkata):
    amara = participant_in_kolkata.user
    before = week(amara, MEETS - 15 * MINUTE - timedelta(seconds=1))
    assert main_actions(before) == ["Write it"]
    assert before.find("a", href=section_meeting.link, string="Link to the meeting")

    for moment in (MEETS - 15 * MINUTE, MEETS, MEETS + 90 * MINUTE - timedelta(seconds=1)):
        page = week(amara, moment)
        assert main_actions(page) == ["Join"]
        assert page.select_one(".join a")["href"] == section_meeting.link

    assert main_actions(week(amara, MEETS + 90 * MINUTE)) == ["Write it"]


def test_only_the_own_section_and_the_whole_class_are_to_be_met(
    week, loa, module, section_meeting, participant_in_kolkata
):
    other = cast.make_section(loa, name="Section B")
    cast.make_meeting(loa, section=other, title="Of another section", link="https://meet.example.org/other")
    cast.make_meeting(loa, title="Live class", on=date(2027, 2, 20), at=time(12, 0))

    said = str(week(participant_in_kolkata.user))

    assert "Live class" in said
    assert "Section meeting" in said
    assert "Of another section" not in said
    assert "https://meet.example.org/other" not in said


def test_what_opens_next_and_when(week, loa, paper, participant_in_kolkata):
    cast.make_module(loa, number=4, title="Building relationships")

    said = words(week(participant_in_kolkata.user).find(id="coming").find_parent("section"))

    assert "Module 4 · Building relationships Monday 22 February, 19:30 Kolkata , that is 09:00 New York" in said


def test_before_the_first_module_the_page_says_when_it_begins(week, loa, participant_in_kolkata):
    cast.make_module(loa, number=1)

    said = words(week(participant_in_kolkata.user, cast.ENROLLED))

    assert "It begins Monday 1 February" in said


def test_when_teaching_has_ended_the_page_says_how_long_it_can_be_read(week, loa, participant_in_kolkata):
    cast.make_module(loa, number=1)

    said = words(week(participant_in_kolkata.user, datetime(2027, 6, 30, tzinfo=UTC)))

    assert "Teaching has ended" in said
    assert "Monday 8 November" in said


def test_an_empty_session_is_no_error(week, participant_in_kolkata):
    assert "Nothing is open yet" in words(week(participant_in_kolkata.user))


def test_on_leave_one_reads_and_is_told_so(week, paper, participant_in_kolkata):
    Enrollment.objects.filter(pk=participant_in_kolkata.pk).update(status="on_leave")

    page = week(participant_in_kolkata.user)

    assert "You are on leave" in words(page)
    assert main_actions(page) == ["Write it"]


def test_an_observer_has_nothing_to_hand_in(week, loa, paper):
    observer = cast.enroll(cast.make_user("Bea Lund"), loa, kind=Enrollment.Kind.OBSERVER)

    page = week(observer.user)

    assert page.status == 200
    assert "Write it" not in words(page)
    assert "Next due" not in words(page)


def test_who_withdrew_is_refused_and_strangers_learn_nothing(week, paper, participant_in_kolkata, outsider):
    Enrollment.objects.filter(pk=participant_in_kolkata.pk).update(status="withdrawn")

    assert week(participant_in_kolkata.user).status == 403
    assert week(outsider.user).status == 404


def test_staff_see_where_the_class_is(week, paper, section, fellow, director, loa):
    cast.make_module(loa, number=4, is_ready=False)

    for person in (fellow, director):
        said = words(week(person))
        assert "The class is in Module 3" in said
        assert "Module 4 · The topic of week 4 opens Monday 22 February" in said
        assert "still in preparation" in said
        assert "Next due" not in said


def test_the_module_before_stays_the_current_one_while_a_live_class_is_open(week, loa, paper, participant_in_kolkata):
    cast.make_module(loa, number=4, kind=Module.Kind.LIVE, opens="week 3, Tuesday, 12:00")

    assert week(participant_in_kolkata.user).find(id="current-module").string == "The topic of week 3"


def test_the_page_costs_the_same_however_much_there_is(loa, section, participant_in_kolkata, give, answer, costs):
    """Sign-in, person, session with roles, modules, work, items, meetings, announcements."""
    for number in (1, 2, 3):
        module = cast.make_module(loa, number=number + 10, opens=f"week {number}, Tuesday, 09:00")
        for _ in range(number):
            mark_done(item=cast.make_item(module, kind=Item.Kind.VIDEO), enrollment=participant_in_kolkata, now=WEEK_3)
            cast.make_meeting(loa, section=section, on=date(2027, 2, 20), at=time(12, 0))
        handed_in = cast.make_assignment(module, due="week 3, Sunday, 23:59")
        answer(give(participant_in_kolkata, assignment=handed_in))
        cast.make_assignment(module, title="Another paper", due="week 4, Sunday, 23:59")
        costs(8, participant_in_kolkata.user, f"/s/{loa.slug}/")


def test_a_paper_of_a_fellow_participant_that_waits_for_ones_answer_stands_with_what_is_to_be_done(
    week, module, participant_in_kolkata, participant_in_sydney
):
    work = cast.make_assignment(module, answered_by="peers")
    for place in (participant_in_kolkata, participant_in_sydney):
        theirs = cast.make_submission(work, place)
        other = participant_in_sydney if place == participant_in_kolkata else participant_in_kolkata
        Reader.objects.create(submission=theirs, user=other.user, since=WEEK_3)
        if place == participant_in_kolkata:
            cast.make_feedback(theirs, other.user)

    waits, done = (week(place.user) for place in (participant_in_kolkata, participant_in_sydney))

    assert "A paper of a fellow participant It waits for your answer." in words(waits.main)
    assert "You have done everything" not in words(waits.main)
    assert waits.main.select_one("#to-answer + .rows a")["href"] == "/s/loa-2027/desk/peers/"
    assert "fellow participant" not in words(done.main)


def test_feedback_stands_in_the_order_in_which_it_came_the_newest_first(week, module, fellow, participant_in_kolkata):
    for number, title in enumerate(["Came last", "Came first", "Came in between"]):
        work = cast.make_assignment(
            module, title=title, due=f"week 3, {('Monday', 'Tuesday', 'Friday')[number]}, 12:00"
        )
        at = WEEK_3 - (0, 3, 1)[number] * DAY
        cast.make_feedback(cast.make_submission(work, participant_in_kolkata), fellow, at=at)

    page = week(participant_in_kolkata.user, WEEK_3 + DAY)

    titles = [link.text for link in page.select("#returned + .rows .rows-title a")]
    assert titles == ["Came last", "Came in between", "Came first"]
