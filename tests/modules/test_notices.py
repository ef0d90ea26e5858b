from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from accounts.roles import Role
from cohorts.models import Enrollment
from modules.models import Item, Module
from modules.notices import openings
from modules.services import mark_done, open_module_for, set_in_preparation, set_ready
from notifications import planner, sender
from notifications.kinds import Span
from notifications.models import Notice
from operations.profiles import change_zone
from tests import cast
from tests.modules.test_opening import END_OF_WEEK_1, END_OF_WEEK_2, WEEK_1, WEEK_2

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def run():
    """Plan and send what is due again and again, from one moment to another, as beat does."""

    def _run(since, until, step=timedelta(hours=1)):
        now = since
        while now <= until:
            planner.plan(now=now)
            sender.send_due(now=now)
            now += step

    return _run


def told(user):
    """Module numbers and for when each mail about one was meant, of those that went out."""
    rows = Notice.objects.filter(kind="modules.module_open", recipient=user, status=Notice.Status.SENT)
    numbers = dict(Module.objects.values_list("pk", "number"))
    return [(numbers[row.object_id], row.send_at) for row in rows.order_by("send_at", "pk")]


def test_everybody_is_told_once_by_day_at_once_and_at_night_in_the_morning(
    loa, participant_in_kolkata, participant_in_sydney, run
):
    """Monday 09:00 New York is 19:30 in Kolkata and one in the morning of Tuesday in Sydney."""
    cast.make_module(loa, number=2)

    run(WEEK_2 - HOUR, WEEK_2 + 12 * HOUR)

    assert told(participant_in_kolkata.user) == [(2, WEEK_2)]
    assert told(participant_in_sydney.user) == [(2, datetime(2027, 2, 8, 22, 0, tzinfo=UTC))]
    assert Notice.objects.count() == 2


def test_who_takes_a_zone_in_which_the_night_is_over_is_told_at_once(loa, participant_in_sydney, run):
    cast.make_module(loa, number=2)
    run(WEEK_2 - HOUR, WEEK_2 + 4 * HOUR)

    change_zone(user=participant_in_sydney.user, zone="America/New_York", now=WEEK_2 + 4 * HOUR)

    run(WEEK_2 + 5 * HOUR, WEEK_2 + 6 * HOUR)
    assert told(participant_in_sydney.user) == [(2, WEEK_2 + 4 * HOUR)]


def test_the_mail_names_the_module_and_leads_to_it(loa, participant_in_kolkata, run):
    cast.make_module(loa, number=2, title="Whose problem is it?", outcome="You can name your people.")

    run(WEEK_2 - HOUR, WEEK_2)

    (message,) = mail.outbox
    assert message.subject == "Module 2 is open"
    for body in (message.body, message.alternatives[0][0]):
        assert "Module 2 · Whose problem is it?" in body
        assert "You can name your people." in body
        assert f"/s/{loa.slug}/modules/module-2/" in body
    assert message.reply_to == [loa.answers_to]


@pytest.mark.parametrize(
    ("status", "kind", "is_told"),
    [
        ("active", "participant", True),
        ("active", "observer", True),
        ("on_leave", "participant", False),
        ("invited", "participant", False),
        ("withdrawn", "participant", False),
        ("completed", "participant", False),
    ],
)
def test_only_who_takes_part_now_is_told(loa, run, status, kind, is_told):
    cast.make_module(loa, number=2)
    enrollment = cast.enroll(cast.make_user("Ana Silva", zone="Europe/Lisbon"), loa, status=status, kind=kind)

    run(WEEK_2 - HOUR, WEEK_2)

    assert told(enrollment.user) == ([(2, WEEK_2)] if is_told else [])


def test_a_draft_session_tells_nobody(loa, participant_in_kolkata, run):
    cast.make_module(loa, number=2)
    type(loa).objects.filter(pk=loa.pk).update(status="draft")

    run(WEEK_2 - HOUR, WEEK_2)

    assert not Notice.objects.exists()


def test_whoever_is_behind_is_told_when_the_module_opens_for_them_and_not_before(first, second, cpv, learner, run):
    ahead = cast.enroll(cast.make_user("Lucía Ortega", zone="America/Bogota", email="lucia@example.org"), cpv)
    mark_done(item=first, enrollment=ahead, now=WEEK_1 + DAY)
    handed_in = WEEK_2 + DAY

    run(WEEK_2 - HOUR, WEEK_2 + HOUR)
    assert (told(ahead.user), told(learner.user)) == ([(2, WEEK_2)], [])

    mark_done(item=first, enrollment=learner, now=handed_in)
    run(handed_in, handed_in + HOUR)
    assert told(learner.user) == [(2, handed_in)]


def test_work_that_closed_unhanded_tells_that_the_next_module_is_open(second, learner, run):
    """Monday 06:59 in Johannesburg is night: told in the morning."""
    run(END_OF_WEEK_2 - HOUR, END_OF_WEEK_2 + 3 * HOUR)

    assert told(learner.user) == [(2, datetime(2027, 2, 15, 6, 0, tzinfo=UTC))]


def test_a_module_opened_for_one_person_is_told_to_that_person(second, cpv, learner, director, run):
    cast.enroll(cast.make_user("Lucía Ortega", zone="America/Bogota", email="lucia@example.org"), cpv)
    planner.plan(now=WEEK_1)

    open_module_for(module=second.module, enrollment=learner, reason="Travels", actor=director, now=WEEK_1 + MINUTE)
    run(WEEK_1 + 2 * MINUTE, WEEK_1 + HOUR)
    run(WEEK_2 - HOUR, WEEK_2)

    assert told(learner.user)[-1] == (2, WEEK_1 + MINUTE)
    assert Notice.objects.filter(kind="modules.module_open", object_id=second.module_id).count() == 1


def test_a_module_in_preparation_is_told_when_it_is_ready(first, second, learner, director, run):
    module = second.module
    mark_done(item=first, enrollment=learner, now=WEEK_1)
    set_in_preparation(module=module, actor=director, now=WEEK_1)

    run(WEEK_2 - HOUR, WEEK_2 + HOUR)
    assert told(learner.user) == []

    ready_at = WEEK_2 + 65 * MINUTE
    set_ready(module=module, actor=director, now=ready_at)
    run(WEEK_2 + 70 * MINUTE, WEEK_2 + 2 * HOUR)
    assert told(learner.user) == [(2, ready_at)]


def test_what_was_planned_is_taken_back_when_the_module_moves_and_told_at_its_new_time(
    loa, participant_in_kolkata, run
):
    module = cast.make_module(loa, number=2)
    planner.plan(now=WEEK_2 - 5 * MINUTE)
    assert Notice.objects.get().status == Notice.Status.WAITING

    Module.objects.filter(pk=module.pk).update(releases_at=WEEK_2 + DAY)
    run(WEEK_2 - 4 * MINUTE, WEEK_2 + HOUR)
    assert Notice.objects.get().status == Notice.Status.CANCELLED

    run(WEEK_2 + HOUR, WEEK_2 + DAY + HOUR)
    assert told(participant_in_kolkata.user) == [(2, WEEK_2 + DAY)]


def test_who_leaves_in_the_night_is_not_told_in_the_morning(loa, participant_in_sydney, run):
    cast.make_module(loa, number=2)
    run(WEEK_2 - HOUR, WEEK_2 + 7 * HOUR)

    Enrollment.objects.filter(pk=participant_in_sydney.pk).update(status="on_leave")
    run(WEEK_2 + 8 * HOUR, WEEK_2 + 10 * HOUR)

    assert told(participant_in_sydney.user) == []


def test_planning_asks_the_same_of_the_database_for_one_and_for_many(cpv, first, learner, django_assert_num_queries):
    """Four short questions whether anything happened, then three of what there is."""

    def find():
        return list(openings(Span(since=WEEK_1 - MINUTE, now=WEEK_1, until=WEEK_1 + 10 * MINUTE)))

    with django_assert_num_queries(4 + 3):
        assert len(find()) == 1
    for name in ("Ana Silva", "Bea Lund"):
        cast.enroll(cast.make_user(name), cpv)
    with django_assert_num_queries(4 + 3):
        assert len(find()) == 3


def test_directors_are_warned_a_week_and_a_day_before_a_module_that_is_not_ready(
    loa, director, participant_in_kolkata, run
):
    """In the director's own mornings: Monday at eight in New York a week before, Sunday at nine the day before."""
    away = cast.make_user("Yuki Mori", zone="Asia/Tokyo")
    cast.appoint(away, Role.DIRECTOR, session=loa)
    cast.appoint(cast.make_user("Tomás Reyes"), Role.COORDINATOR, session=loa)
    cast.make_module(loa, number=3, is_ready=False)
    opens = WEEK_2 + 7 * DAY

    for before in (7 * DAY, DAY):
        run(opens - before - 16 * HOUR, opens - before + 3 * HOUR)
    run(opens - HOUR, opens + HOUR)

    sent = Notice.objects.filter(kind="modules.in_preparation", status=Notice.Status.SENT)
    assert sent.count() == Notice.objects.filter(kind="modules.in_preparation").count() == 4
    assert sorted(sent.filter(recipient=director).values_list("send_at", flat=True)) == [
        opens - 7 * DAY - HOUR,
        opens - DAY,
    ]
    assert all(row.send_at.astimezone(away.tz).hour in (8, 9) for row in sent.filter(recipient=away))
    assert "Module 3 is still in preparation and opens Monday 15 February" in mail.outbox[0].subject


def test_a_module_made_ready_in_time_warns_of_nothing_more(loa, director, run):
    module = cast.make_module(loa, number=3, is_ready=False)
    opens = WEEK_2 + 7 * DAY

    run(opens - 7 * DAY - HOUR, opens - 7 * DAY)
    set_ready(module=module, actor=director, now=opens - 2 * DAY)
    run(opens - DAY - HOUR, opens - DAY + HOUR)

    assert Notice.objects.filter(kind="modules.in_preparation").count() == 1


def test_nobody_is_told_of_a_module_of_another_session(loa, outsider, run):
    cast.make_module(loa, number=2)
    Item.objects.all().delete()

    run(WEEK_2 - HOUR, WEEK_2)

    assert not Notice.objects.filter(recipient=outsider.user).exists()


def test_the_end_of_a_week_is_not_told_twice_after_a_standstill(second, learner, run):
    run(WEEK_1 - HOUR, WEEK_1)
    run(END_OF_WEEK_1, END_OF_WEEK_1 + 15 * MINUTE)
    run(END_OF_WEEK_2 + 6 * HOUR, END_OF_WEEK_2 + 7 * HOUR)

    assert [number for number, _ in told(learner.user)] == [1, 2]
