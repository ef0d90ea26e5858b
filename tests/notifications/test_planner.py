"""What falls due by time, computed from what is true now."""

from datetime import timedelta

import pytest
from django.db import connection

from notifications import outbox, planner, sender
from notifications.models import Lane, Notice, Planning

Status = Notice.Status
pytestmark = pytest.mark.django_db


def minutes(number):
    return timedelta(minutes=number)


class Fairs:
    """A little domain: fairs that close, of which people are reminded an hour before."""

    def __init__(self):
        self.closing_at = {}
        self.left = set()
        self.spans = []

    def candidates(self, span):
        self.spans.append(span)
        for (user, number), closes_at in self.closing_at.items():
            if (user, number) not in self.left:
                yield self.kind.to(
                    user,
                    on=(Notice, number),
                    occurrence=closes_at,
                    send_at=closes_at - minutes(60),
                    expires_at=closes_at,
                    context={"title": f"Fair {number}"},
                )

    def still_wanted(self, notices, now):
        return {n.pk: "they left" if (n.recipient, n.object_id) in self.left else True for n in notices}


@pytest.fixture
def fairs(declare):
    fairs = Fairs()
    fairs.kind = declare("fair.closes", Lane.REMINDER, candidates=fairs.candidates, still_wanted=fairs.still_wanted)
    return fairs


def test_a_reminder_is_written_ten_minutes_ahead_and_not_before(fairs, ada, now):
    fairs.closing_at[ada, 1] = now + minutes(71)

    planner.plan(now=now)
    assert not Notice.objects.exists()

    planner.plan(now=now + minutes(1))
    notice = Notice.objects.get()
    assert (notice.send_at, notice.expires_at) == (now + minutes(11), now + minutes(71))


def test_a_reminder_is_written_once_however_often_it_is_planned(fairs, ada, now):
    fairs.closing_at[ada, 1] = now + minutes(65)

    for minute in range(30):
        planner.plan(now=now + minutes(minute))
        sender.send_due(now=now + minutes(minute))

    assert [notice.status for notice in Notice.objects.all()] == [Status.SENT]


def test_a_moved_deadline_is_a_new_reminder(fairs, ada, now):
    fairs.closing_at[ada, 1] = now + minutes(60)
    planner.plan(now=now)
    sender.send_due(now=now)

    fairs.closing_at[ada, 1] = now + minutes(300)
    for minute in range(0, 300, 10):
        planner.plan(now=now + minutes(minute))
        sender.send_due(now=now + minutes(minute))

    assert Notice.objects.filter(status=Status.SENT).count() == 2


def test_after_a_standstill_nothing_is_skipped_and_the_useless_is_recorded_as_expired(fairs, ada, now):
    planner.plan(now=now)
    fairs.closing_at[ada, 1] = now + minutes(120)
    fairs.closing_at[ada, 2] = now + minutes(600)

    planner.plan(now=now + minutes(590))

    assert dict(Notice.objects.values_list("object_id", "status")) == {1: Status.EXPIRED, 2: Status.WAITING}
    assert Notice.objects.get(object_id=1).explanation() == (
        "Not sent, because its time had passed before it could be sent"
    )


def test_a_cause_that_arises_after_its_moment_is_not_told_late(fairs, ada, now):
    planner.plan(now=now)
    planner.plan(now=now + minutes(1))
    fairs.closing_at[ada, 1] = now + minutes(50)

    planner.plan(now=now + minutes(2))

    assert not Notice.objects.exists()


def test_a_cause_that_arises_within_the_ten_minutes_ahead_is_still_planned(fairs, ada, now):
    planner.plan(now=now)
    fairs.closing_at[ada, 1] = now + minutes(64)

    planner.plan(now=now + minutes(1))

    assert Notice.objects.get().send_at == now + minutes(4)


def test_a_kind_that_is_new_does_not_tell_what_is_long_past(fairs, ada, now):
    fairs.closing_at[ada, 1] = now - minutes(1) + minutes(60)
    fairs.closing_at[ada, 2] = now - minutes(61) + minutes(60)

    planner.plan(now=now)

    assert [notice.object_id for notice in Notice.objects.all()] == [1]


def test_what_lost_its_cause_while_it_waits_is_cancelled_and_says_why(fairs, ada, dev, now):
    fairs.closing_at |= {(ada, 1): now + minutes(65), (dev, 1): now + minutes(65)}
    planner.plan(now=now)

    fairs.left.add((ada, 1))
    planner.plan(now=now + minutes(1))

    assert Notice.objects.get(recipient=ada).explanation() == "Not sent, because they left"
    assert Notice.objects.get(recipient=dev).status == Status.WAITING


def test_a_cause_that_comes_back_in_time_wakes_its_notice(fairs, ada, now):
    fairs.closing_at[ada, 1] = now + minutes(65)
    planner.plan(now=now)
    fairs.left.add((ada, 1))
    planner.plan(now=now + minutes(1))

    fairs.left.clear()
    planner.plan(now=now + minutes(2))
    assert Notice.objects.get().status == Status.WAITING

    assert sender.send_due(now=now + minutes(5)) == 1


def test_what_was_put_off_is_not_ended_by_a_state_that_passes_before_its_morning(declare, ada, now):
    """Seen to fail when the planner cancelled it ten minutes before, and nothing planned it anew."""
    away = []
    kind = declare("fair.opens", Lane.REMINDER, still_wanted=lambda rows, at: {row.pk: not away for row in rows})
    outbox.enqueue(kind.to(ada, context={"title": "Spring"}, expires_at=now + minutes(600)), now=now)
    Notice.objects.update(waits_until=now + minutes(65), next_try_at=now + minutes(65))

    away.append("on leave")
    planner.plan(now=now + minutes(60))
    away.clear()
    planner.plan(now=now + minutes(61))

    assert sender.send_due(now=now + minutes(65)) == 1


def test_a_notice_that_was_sent_never_wakes(fairs, ada, now):
    fairs.closing_at[ada, 1] = now + minutes(60)
    planner.plan(now=now)
    sender.send_due(now=now)

    planner.plan(now=now)

    assert Notice.objects.get().status == Status.SENT


def test_a_declaration_that_fails_stops_no_other_and_loses_nothing(declare, fairs, ada, now):
    is_broken = True

    def sometimes(span):
        if is_broken:
            raise RuntimeError("no such column")
        yield other.to(ada, on=ada, send_at=now, expires_at=now + minutes(600), context={"title": "Late"})

    other = declare("fair.opens", Lane.REMINDER, candidates=sometimes)
    fairs.closing_at[ada, 1] = now + minutes(60)
    planner.plan(now=now)

    assert [notice.kind for notice in Notice.objects.all()] == ["fair.closes"]
    assert "no such column" in Planning.objects.get(kind="fair.opens").trouble

    planner.plan(now=now + minutes(1))
    # From then on the others are planned without it, and looked at once.
    assert [span.now for span in fairs.spans] == [now, now, now + minutes(1)]

    is_broken = False
    planner.plan(now=now + minutes(300))

    assert Notice.objects.filter(kind="fair.opens").exists()
    assert Planning.objects.get(kind="fair.opens").trouble == ""


def test_what_fails_is_tried_once_in_a_run_and_its_place_in_time_is_kept(declare, fairs, ada, now):
    """Seen failing while all were tried by themselves after one had failed: a task's time was up after two tries of
    what takes a minute, and whichever kind came next was to blame."""
    tries = []

    def broken(span):
        tries.append(span.since)
        raise RuntimeError("no such column")

    planner.plan(now=now)
    declare("fair.opens", Lane.REMINDER, candidates=broken)
    fairs.closing_at[ada, 1] = now + minutes(65)
    for minute in (1, 2):
        planner.plan(now=now + minutes(minute))

    assert len(tries) == 2
    assert [notice.kind for notice in Notice.objects.all()] == ["fair.closes"]
    assert set(Planning.objects.exclude(trouble="").values_list("kind", flat=True)) == {"fair.opens"}


def test_a_declaration_whose_query_takes_too_long_stops_no_other(declare, fairs, ada, now):
    """Seen failing while what the database ended was taken for a database that is away."""

    def slow(span):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '20ms'")
            cursor.execute("SELECT pg_sleep(10)")
        return []

    declare("fair.opens", Lane.REMINDER, candidates=slow)
    fairs.closing_at[ada, 1] = now + minutes(60)

    planner.plan(now=now)

    assert [notice.kind for notice in Notice.objects.all()] == ["fair.closes"]
    assert "statement timeout" in Planning.objects.get(kind="fair.opens").trouble


def test_a_cause_that_takes_too_long_to_ask_for_stops_no_other(declare, fairs, mail_server, ada, dev, now):
    """Neither the planner nor the sender; what is asked too slowly waits, and goes when it is answered."""
    is_slow = True

    def still_wanted(notices, now):
        if is_slow:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '20ms'")
                cursor.execute("SELECT pg_sleep(10)")
        return {notice.pk: True for notice in notices}

    slow = declare("fair.opens", Lane.EVENT, still_wanted=still_wanted)
    outbox.enqueue(slow.to(dev, context={"title": "Slow"}), now=now)
    fairs.closing_at[ada, 1] = now + minutes(60)

    planner.plan(now=now)
    sender.send_due(now=now)

    assert {row.recipient: row.status for row in Notice.objects.all()} == {ada: Status.SENT, dev: Status.WAITING}
    is_slow = False
    sender.send_due(now=now + minutes(2))
    assert Notice.objects.get(recipient=dev).status == Status.SENT


def test_what_is_planned_together_is_sent_together(declare, fairs, ada, now):
    opening = declare(
        "fair.opens",
        Lane.REMINDER,
        candidates=lambda span: [opening.to(ada, send_at=now, expires_at=now + minutes(90), context={"title": "New"})],
    )
    fairs.closing_at[ada, 1] = now + minutes(60)

    planner.plan(now=now)

    assert sender.send_due(now=now) == 1


def test_what_was_told_of_the_same_thing_before_is_not_read_again(fairs, ada, dev, now):
    """Of a session each of its people is told every day, for a year."""
    for number in range(5):
        fairs.closing_at |= {(ada, 1): now + minutes(60 + number), (dev, 1): now + minutes(60 + number)}
        planner.plan(now=now)
    assert Notice.objects.count() == 10

    again = list(fairs.candidates(fairs.spans[-1]))

    assert len(planner._known_statuses(again)) == 2


@pytest.mark.parametrize("size", [1, 400])
def test_a_class_costs_as_many_queries_as_one_person(fairs, ada, now, django_assert_num_queries, size):
    fairs.closing_at |= {(ada, number): now + minutes(60) for number in range(size)}

    with django_assert_num_queries(18):
        planner.plan(now=now)

    assert Notice.objects.count() == size
