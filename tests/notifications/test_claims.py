"""Who holds a notice, and that nobody else speaks for it."""

from datetime import timedelta

import pytest

from notifications import planner
from notifications.claims import LEASE, claim
from notifications.models import Notice

Status = Notice.Status
pytestmark = pytest.mark.django_db


def held(batch):
    return [notice.pk for mail in batch.mails for notice in mail]


def test_what_one_sender_holds_no_other_takes_until_the_lease_is_over(tell, ada, now):
    notice = tell(ada)

    assert held(claim(now=now, limit=10)) == [notice.pk]
    assert held(claim(now=now + LEASE - timedelta(seconds=1), limit=10)) == []
    assert held(claim(now=now + LEASE, limit=10)) == [notice.pk]


def test_a_sender_that_renews_its_lease_keeps_its_notices(tell, ada, now):
    notice = tell(ada)
    batch = claim(now=now, limit=10)

    batch.renew(now=now + LEASE / 2)

    assert held(claim(now=now + LEASE, limit=10)) == []
    assert held(claim(now=now + LEASE / 2 + LEASE, limit=10)) == [notice.pk]


def test_renewing_leaves_alone_what_is_settled_or_in_other_hands(tell, ada, dev, now):
    tell(ada)
    tell(dev)
    slow = claim(now=now, limit=10)
    quick = claim(now=now + LEASE, limit=10)
    quick.settle(quick.mails[0], Status.SENT, accepted_at=now)

    slow.renew(now=now + 2 * LEASE)

    assert set(Notice.objects.values_list("next_try_at", flat=True)) == {now + 2 * LEASE}


def test_a_sender_that_was_taken_for_dead_no_longer_speaks_for_its_notices(tell, ada, now):
    notice = tell(ada)
    slow = claim(now=now, limit=10)
    quick = claim(now=now + LEASE, limit=10)
    quick.settle(quick.mails[0], Status.SENT, accepted_at=now)

    slow.put_back(slow.mails[0], until=now)
    slow.settle(slow.mails[0], Status.FAILED, reason="the mail server refused it")

    notice.refresh_from_db()
    assert notice.status == Status.SENT


def test_the_planner_leaves_to_the_sender_what_it_holds(declare, tell, ada, now):
    notice = tell(ada, kind=declare("fair.closes", still_wanted=lambda notices, now: {}))
    claim(now=now, limit=10)

    planner.cancel_unwanted(now=now)

    notice.refresh_from_db()
    assert notice.status == Status.CLAIMED


def test_a_notice_that_was_held_by_a_dead_sender_keeps_its_message_id_for_good(tell, ada, now):
    notice = tell(ada)
    claim(now=now, limit=10)
    again = claim(now=now + LEASE, limit=10)

    again.put_back(again.mails[0], until=now + LEASE)

    notice.refresh_from_db()
    assert notice.message_id == notice.first_message_id()


def test_a_notice_that_nobody_can_have_accepted_is_free_to_join_others(tell, ada, now):
    notice = tell(ada)
    batch = claim(now=now, limit=10)

    batch.put_back(batch.mails[0], until=now)

    notice.refresh_from_db()
    assert (notice.status, notice.message_id) == (Status.WAITING, "")
