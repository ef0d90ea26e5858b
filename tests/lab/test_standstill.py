"""Beat and workers away for hours, and clocks that are wrong.

Planner and senders keep nothing but rows, so that they are away is that nobody looks; here nobody looks for six hours.
A planner that forgets a standstill is run in test_broken_variants.py.
"""

from datetime import timedelta

import pytest

from assignments.services import save_draft
from core.windows import hours
from notifications import planner, sender
from notifications.claims import claim
from notifications.models import Notice, Planning
from tests import cast
from tests.lab.model import differences, doubles
from tests.lab.world import WEEK_BEGINS, World

Status = Notice.Status
pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_after_six_hours_a_release_is_told_once_what_is_past_has_expired_and_many_are_one_mail(mail_server, loa):
    """In New York. Away from 08:45 to 15:00 of a Saturday: at 09:00 a module opens, two deadlines are to be told and a
    draft that is due at 15:00."""
    ada = cast.enroll(cast.make_user("Ada Obi", zone="America/New_York"), loa)
    works = cast.make_module(loa, number=6, opens="week 5, Monday, 09:00")
    opening = cast.make_module(loa, number=7, opens="week 6, Saturday, 09:00", title="What opened meanwhile")
    tuesday = cast.make_assignment(works, due="week 7, Tuesday, 14:30", title="Due in three days")
    sunday = cast.make_assignment(works, due="week 6, Sunday, 15:00", title="Due tomorrow")
    gone = cast.make_assignment(works, due="week 6, Saturday, 15:00", title="Due at three")
    away_at = opening.releases_at - 15 * MINUTE
    save_draft(assignment=gone, enrollment=ada, text="Begun.", based_on=0, actor=ada.user, now=away_at - hours(20))
    planner.plan(now=away_at)
    sender.send_due(now=away_at)
    Notice.objects.all().delete()
    mail_server.mails.clear()
    back_at = gone.due_at
    for minute in range(3):
        planner.plan(now=back_at + minute * MINUTE)
        sender.send_due(now=back_at + minute * MINUTE)

    [mail] = [mail for mail in mail_server.mails if mail["X-Envelope-To"] == ada.user.email]
    said = text_of(mail)
    assert said.count("What opened meanwhile") >= 1
    assert "Due in three days" in said
    assert "Due tomorrow" in said
    assert "Due at three" not in said
    told = {row.object_id: row.status for row in Notice.objects.filter(kind="assignments.deadline_coming")}
    assert told[tuesday.pk] == told[sunday.pk] == Status.SENT
    assert gone.pk not in told
    passed = Notice.objects.get(kind="assignments.draft_waiting", object_id=gone.pk)
    assert (passed.status, passed.reason) == (Status.EXPIRED, "its time had passed before it could be sent")
    assert Notice.objects.filter(kind="modules.module_open", status=Status.SENT).count() == 1


OFF = {"an hour ahead": hours(1), "an hour behind": -hours(1), "a day ahead": hours(24)}


@pytest.mark.parametrize("off", OFF)
def test_when_a_wrong_clock_is_set_right_nothing_is_told_twice_and_nothing_is_left_out(mail_server, off):
    """A machine on which all of it runs, database included, has a wrong clock for a while: nobody there can know that
    what it tells is early."""
    world = World(4, zones=("America/New_York",))
    first, *others = world.model.moments(WEEK_BEGINS + timedelta(days=3))
    world.go_on_to(first - 5 * MINUTE)
    for wrong in (first + OFF[off] - MINUTE, first + OFF[off]):
        planner.plan(now=wrong)
        sender.send_due(now=wrong)
    early = world.accepted().keys()

    for at in (first, *others):
        world.go_on_to(at)

    assert list(doubles(mail_server.mails)) == []
    assert world.accepted().keys() >= world.model.told.keys()
    assert world.accepted().keys() - world.model.told.keys() <= early
    if off == "an hour behind":
        assert world.violations(mail_server) == []


@pytest.mark.parametrize("left", ["claimed by one that was killed", "put back"])
def test_what_a_clock_a_day_ahead_has_put_off_is_told_soon_after_it_is_set_right(mail_server, left):
    """Seen failing without `free_from_wrong_clock`, when it was tried a day later, and with one that frees at once."""
    world = World(4, zones=("America/New_York",))
    first = world.model.moments(WEEK_BEGINS + timedelta(days=3))[0]
    world.go_on_to(first - 5 * MINUTE)
    wrong = first + timedelta(days=1)
    Planning.objects.update(planned_at=wrong, looks_from=wrong)
    mails = claim(now=wrong, limit=100)
    if left == "put back":
        mails.put_back([row for mail in mails.mails for row in mail], until=wrong)

    # One who began before may still be sending.
    world.go_on_to(first)
    assert not world.accepted()
    world.go_on_to(first + MINUTE)

    assert list(differences(world.model, world.accepted(), within=2 * MINUTE)) == []
    assert list(doubles(mail_server.mails)) == []
