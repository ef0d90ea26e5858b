"""Choosing mails, stopping them from a mail, learning that they do not arrive: usable by everybody, script or not."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from assignments.notices import DEADLINE_COMING
from modules.notices import MODULE_OPEN
from notifications.choices import link_to_stop
from notifications.models import Choice, Return
from tests import cast

LONG = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Maria Magdalena Theodora Wilhelmina"


@pytest.fixture
def class_of_today(transactional_db):
    today = datetime.now().astimezone()
    session = cast.make_session(cast.make_program(), starts_on=today.date() - timedelta(weeks=2))
    fellow = cast.make_user("Milica Petrović", zone="Europe/Belgrade")
    section = cast.make_section(session, fellow)
    amara = cast.enroll(cast.make_user("Amara Rao"), session, section=section)
    long = cast.enroll(
        cast.make_user(LONG, email=f"{'maria-magdalena-' * 3}@{'long-' * 8}example.org"), session, section=section
    )
    for place, days in ((amara, (3,)), (long, (3, 1))):
        for day in days:
            at = today - timedelta(days=day)
            Return.objects.create(
                person=place.user,
                address=place.user.email.lower(),
                message_id=f"<{day}-{place.pk}>",
                sort=Return.Sort.UNKNOWN,
                mail_sent_at=at,
                returned_at=at,
            )
    for kind, way in ((DEADLINE_COMING, Choice.Way.PAGE), (MODULE_OPEN, Choice.Way.LINK)):
        Choice.objects.create(person=amara.user, scope=session.scope, kind=kind.key, way=way, made_at=today)
    return session, fellow, amara, long


def test_whoever_reads_of_mails_that_come_back_can_act(page, live_server, sign_in, check_access, class_of_today):
    session, _, amara, long = class_of_today
    for place, said in ((amara, "A mail to you came back"), (long, "Mails do not reach you")):
        sign_in(place.user)
        for path in (f"/s/{session.slug}/", "/profile/mails/"):
            page.goto(f"{live_server.url}{path}")
            page.get_by_text(said).wait_for()
            check_access(page)

    page.get_by_role("button", name="It works again").click()
    page.get_by_text(f"Mails go to {long.user.email} again.").wait_for()


def test_staff_read_beside_the_names_whose_mails_do_not_arrive(
    page, live_server, sign_in, check_access, class_of_today
):
    session, fellow, *_ = class_of_today
    sign_in(fellow)

    page.goto(f"{live_server.url}/s/{session.slug}/people/")

    assert page.get_by_text("Mail comes back").count() >= 1
    assert page.get_by_text("No mail reaches them").count() == 1
    check_access(page)


def test_mails_are_stopped_and_sent_again_without_scripts_and_without_signing_in(
    browser, page, live_server, check_access, class_of_today
):
    session, _, amara, _ = class_of_today
    path = urlsplit(link_to_stop(amara.user, [("coaching.coaching_tomorrow", session.scope), *[
        (kind.key, session.scope) for kind in (DEADLINE_COMING, MODULE_OPEN)
    ]])).path  # fmt: skip
    page.goto(f"{live_server.url}{path}")
    check_access(page)
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(f"{live_server.url}{path}")

    plain.get_by_role("button", name="Stop these mails").click()
    assert Choice.objects.filter(person=amara.user).count() == 3
    page.reload()
    check_access(page)
    plain.get_by_role("button", name="Send them again").click()

    assert not Choice.objects.filter(person=amara.user).exists()
    plain.context.close()


def test_a_phone_without_scripts_saves_its_choices(browser, live_server, sign_in_to, class_of_today):
    session, _, amara, _ = class_of_today
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    sign_in_to(context, amara.user)
    plain = context.new_page()
    plain.goto(f"{live_server.url}/profile/mails/")

    plain.get_by_label("Feedback on your work").uncheck()
    plain.get_by_label("Reminders of deadlines").check()
    plain.get_by_role("button", name="Save").click()

    plain.get_by_text(f"Saved for {session}").wait_for()
    off = set(Choice.objects.filter(person=amara.user).values_list("kind", flat=True))
    assert off == {"assignments.feedback_released", MODULE_OPEN.key}
    context.close()
