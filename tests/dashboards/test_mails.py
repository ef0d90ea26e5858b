"""The page on which a person chooses their mails, and what staff see of it."""

import pytest
from django.urls import reverse

from accounts.roles import Role
from announcements.models import Announcement
from announcements.recipients import recipients_of
from assignments.notices import DEADLINE_COMING
from cohorts.models import Enrollment
from modules.notices import MODULE_OPEN
from notifications.models import Choice, Return
from tests import cast
from tests.cast import WEEK_3

PAGE = "/profile/mails/"
pytestmark = pytest.mark.django_db


def words(soup):
    return " ".join(soup.get_text(" ").split())


@pytest.fixture
def amara(participant_in_kolkata):
    return participant_in_kolkata


@pytest.fixture
def post(client):
    def _post(user, path, data=None):
        client.force_login(user)
        return client.post(path, data or {})

    return _post


def ticked(soup):
    return {box["value"] for box in soup.find_all("input", type="checkbox") if box.has_attr("checked")}


def offered(soup):
    return {box["value"] for box in soup.find_all("input", attrs={"name": "offered"})}


def switch_off(person, session, kind=DEADLINE_COMING, way=Choice.Way.PAGE):
    Choice.objects.create(person=person, scope=session.scope, kind=kind.key, way=way, made_at=WEEK_3)


def come_back(person, *days, sort=Return.Sort.UNKNOWN):
    for day in days:
        at = WEEK_3.replace(day=day)
        Return.objects.create(
            person=person,
            address=person.email.lower(),
            message_id=f"<{day}@test>",
            sort=sort,
            code="5.1.1",
            mail_sent_at=at,
            returned_at=at,
        )


def test_everything_is_on_for_whoever_is_enrolled_anew_and_the_first_page_says_so(visit, loa):
    invited = cast.enroll(cast.make_user("Ana Silva"), loa, status=Enrollment.Status.INVITED)
    Choice.objects.create(
        person=invited.user, scope="session:0", kind=DEADLINE_COMING.key, way=Choice.Way.PAGE, made_at=WEEK_3
    )

    assert visit(invited.user, "/").find("a", href=PAGE)
    page = visit(invited.user, PAGE)
    assert ticked(page) == offered(page) != set()

    newcomer = cast.make_user("New Person", first_steps_at=None)
    assert visit(newcomer, reverse("dashboards:first-steps")).find("a", href=PAGE)


def test_what_is_unticked_is_off_and_what_is_ticked_is_on_again(visit, post, amara, loa):
    kinds = offered(visit(amara.user, PAGE))
    switch_off(amara.user, loa, MODULE_OPEN, Choice.Way.LINK)
    assert "switched off by the link in a mail" in words(visit(amara.user, PAGE))

    sent = {"session": loa.pk, "offered": sorted(kinds), "mail": sorted(kinds - {DEADLINE_COMING.key})}
    assert post(amara.user, PAGE, sent).url == f"{PAGE}#session-{loa.pk}"

    assert list(Choice.objects.values_list("kind", "scope")) == [(DEADLINE_COMING.key, loa.scope)]
    page = visit(amara.user, PAGE)
    assert ticked(page) == kinds - {DEADLINE_COMING.key}
    assert f"Saved for {loa}" not in words(visit(amara.user, PAGE)), "said once"


def test_what_always_comes_is_named_with_the_reason(visit, amara):
    page = visit(amara.user, PAGE)

    always = words(page.find("section", attrs={"aria-labelledby": "always"}))
    for name in ("Receipts for what you hand in", "Meetings that are moved", "Sign-in and account"):
        assert name in always
    assert "cannot be switched off, because" in always
    assert "assignments.receipt" not in offered(page)


def test_each_is_asked_about_the_mails_that_come_to_them(visit, amara, fellow, director, loa):
    assert "modules.in_preparation" not in offered(visit(amara.user, PAGE))
    staff = offered(visit(director, PAGE))
    assert "modules.in_preparation" in staff
    assert "assignments.deadline_coming" not in staff
    assert "cohorts.meeting_tomorrow" in offered(visit(fellow, PAGE))


def test_nobody_is_asked_about_mails_that_never_come_to_their_role(visit, section, fellow, director, head_fellow, loa):
    """Seen to fail when all staff were asked about all that any of them is told."""
    coordinator = cast.make_user("Iris Blum")
    cast.appoint(coordinator, Role.COORDINATOR, program=loa.program)
    staff = (
        "modules.in_preparation",
        "coaching.booking_made",
        "dashboards.day_of_office",
        "assignments.papers_waiting",
    )

    asked = {person: [key in offered(visit(person, PAGE)) for key in staff] for person in (
        coordinator, director, head_fellow, fellow,
    )}  # fmt: skip

    assert asked == {
        coordinator: [False, False, False, False],
        director: [True, False, True, False],
        head_fellow: [False, True, True, True],
        fellow: [False, True, False, True],
    }
    always = words(visit(coordinator, PAGE).find("section", attrs={"aria-labelledby": "always"}))
    for name in ("Papers under review", "Questions for more time", "Papers to read a second time"):
        assert name not in always
        assert name in words(visit(head_fellow, PAGE))
    assert "announcements.announced" in offered(visit(coordinator, PAGE))


def test_participants_are_not_told_of_mails_about_papers_under_review(visit, amara, director):
    assert "Papers under review" in words(visit(director, PAGE))
    assert "Papers under review" not in words(visit(amara.user, PAGE))


@pytest.mark.parametrize("status", ["completed", "not_completed"])
def test_who_has_ended_the_program_still_chooses_because_announcements_still_come(visit, amara, loa, director, status):
    amara.status = status
    amara.save()
    words_to_all = Announcement(session=loa, author=director)
    assert amara.user in recipients_of(words_to_all, WEEK_3)

    assert "announcements.announced" in offered(visit(amara.user, PAGE))


def test_what_only_staff_are_told_is_not_named_to_participants(visit, amara, director):
    def always(person):
        return words(visit(person, PAGE).find("section", attrs={"aria-labelledby": "always"}))

    assert "Papers under review" not in always(amara.user)
    assert "Words of the program director" in always(amara.user)
    assert "Papers under review" in always(director)
    assert "Words of the program director" not in always(director)


def test_each_session_is_chosen_for_itself_and_others_cannot_be(visit, post, amara, outsider, loa):
    other = cast.enroll(amara.user, cast.make_session(cast.make_program(code="XYZ", title="Another")))
    page = visit(amara.user, PAGE)
    assert page.find(id=f"session-{loa.pk}")
    assert page.find(id=f"session-{other.session.pk}")
    assert not page.find(id=f"session-{outsider.session.pk}")

    foreign = {"session": outsider.session.pk, "offered": [DEADLINE_COMING.key]}
    assert post(amara.user, PAGE, foreign).url == PAGE
    for odd in ({}, {"session": "x"}, {"session": loa.pk, "offered": ["no.kind", "assignments.receipt"]}):
        assert post(amara.user, PAGE, odd).status_code == 302
    assert not Choice.objects.exists()
    assert "You have no place" not in words(visit(outsider.user, PAGE))


def test_the_page_costs_the_same_for_one_session_and_for_three(amara, costs):
    costs(5, amara.user, PAGE)
    for code in ("XYZ", "UVW"):
        cast.enroll(amara.user, cast.make_session(cast.make_program(code=code, title=code)))
        switch_off(amara.user, amara.session, DEADLINE_COMING if code == "XYZ" else MODULE_OPEN)
    costs(5, amara.user, PAGE)


def test_it_is_found_from_the_menu_and_the_profile(visit, amara):
    assert len(visit(amara.user, reverse("dashboards:profile-edit")).find_all("a", href=PAGE)) == 2


def test_the_page_says_when_mails_come_by_the_own_clock(visit, amara):
    """Seen failing when the page said only which mails come."""
    said = words(visit(amara.user, PAGE).select_one("#when"))
    assert "one mail a day, at 09:00 by your own clock (Kolkata), on Mondays at 08:00" in said
    assert "at night nothing does that can wait until morning" in said

    amara.user.zone = ""
    amara.user.save()
    said = words(visit(amara.user, PAGE).select_one("#when"))
    assert "at 09:00 in UTC, as long as you have not said your time zone" in said
    assert "night" not in said


# --- what staff see -------------------------------------------------------------------------------------------------


def test_staff_see_whose_reminders_are_off_and_participants_do_not(visit, amara, participant_in_sydney, fellow, loa):
    switch_off(amara.user, loa)
    elsewhere = cast.enroll(
        participant_in_sydney.user, cast.make_session(cast.make_program(code="XYZ", title="Another"))
    )
    switch_off(participant_in_sydney.user, elsewhere.session)
    people = f"/s/{loa.slug}/people/"

    page = words(visit(fellow, people))
    assert page.count("Mails off") == 1
    assert "Mails off Reminders of deadlines" in page
    assert "Mails off" not in words(visit(participant_in_sydney.user, people))


def test_who_was_not_reminded_is_told_beside_what_was_not_handed_in(
    visit, amara, participant_in_sydney, paper, fellow, loa
):
    switch_off(amara.user, loa)

    page = visit(fellow, f"/s/{loa.slug}/desk/?show=missing", WEEK_3.replace(month=3, day=5))

    rows = [words(row) for row in page.find_all("tr") if "Reflection paper" in words(row)]
    assert [("Reminders off" in row, "Amara" in row) for row in rows].count((True, True)) == 1
    assert [("Reminders off" in row, "Jack" in row) for row in rows].count((False, True)) == 1


def test_from_the_first_mail_that_comes_back_staff_see_it(visit, amara, participant_in_sydney, fellow, director, loa):
    people = f"/s/{loa.slug}/people/"
    come_back(amara.user, 15)
    for reader in (fellow, director):
        page = words(visit(reader, people))
        assert page.count("Mail comes back Mail to this address came back") == 1
        assert "No mail reaches them" not in page
    assert "Jack" not in words(visit(director, f"{people}?show=mails").find("table"))

    come_back(amara.user, 16)
    assert words(visit(fellow, people)).count("No mail reaches them") == 1
    amara.user.email = "amara@new.example.org"
    amara.user.save()
    assert "came back" not in words(visit(fellow, people))
    assert "came back" not in words(visit(participant_in_sydney.user, people))


def test_a_complaint_is_seen_by_staff(visit, amara, fellow, loa):
    switch_off(amara.user, loa, way=Choice.Way.COMPLAINT)

    assert "Reported a mail as spam" in words(visit(fellow, f"/s/{loa.slug}/people/"))
    assert "switched off by reporting a mail as spam" in words(visit(amara.user, PAGE))


def test_the_office_sees_both_on_the_page_of_the_person(client, amara, director, loa):
    come_back(amara.user, 15, 16)
    switch_off(amara.user, loa)
    client.force_login(director)

    page = client.get(reverse("admin:cohorts_enrollment_change", args=[amara.pk])).content.decode()

    assert "No mail reaches them." in page
    assert "<dt>Mails off</dt><dd>Reminders of deadlines</dd>" in page


# --- what the person sees -------------------------------------------------------------------------------------------


def test_the_person_sees_from_the_first_on_that_mail_came_back_and_can_give_another_address(visit, amara, loa):
    week = f"/s/{loa.slug}/"
    assert "came back" not in words(visit(amara.user, week))

    come_back(amara.user, 15)
    for path in (week, "/?all", PAGE):
        page = visit(amara.user, path)
        assert "A mail to you came back" in words(page)
        assert page.find("a", href=reverse("account_email"), string="Give another address")

    come_back(amara.user, 16)
    assert "Mails do not reach you" in words(visit(amara.user, week))
    come_back(amara.user, 17, sort=Return.Sort.COMPLAINT)
    Return.objects.exclude(sort=Return.Sort.COMPLAINT).delete()
    assert "came back" not in words(visit(amara.user, week))


def test_it_costs_no_query_that_mail_came_back(costs, amara, section, loa):
    week = f"/s/{loa.slug}/"
    costs(6, amara.user, week)

    come_back(amara.user, 15, 16)

    costs(6, amara.user, week)
    costs(5, amara.user, PAGE)


def test_whoever_knows_that_the_mailbox_works_again_says_so(visit, post, amara, participant_in_sydney, loa):
    come_back(amara.user, 15, 16)
    Return.objects.create(
        person=participant_in_sydney.user,
        address=participant_in_sydney.user.email,
        message_id="<x>",
        sort=Return.Sort.UNKNOWN,
        mail_sent_at=WEEK_3,
        returned_at=WEEK_3,
    )

    assert post(amara.user, reverse("dashboards:address-works")).status_code == 302

    assert "came back" not in words(visit(amara.user, f"/s/{loa.slug}/"))
    assert "came back" in words(visit(participant_in_sydney.user, f"/s/{loa.slug}/"))
