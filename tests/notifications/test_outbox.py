from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from config.celery import app as celery_app
from notifications import outbox
from notifications.models import Lane, Notice


def test_a_person_is_told_the_same_thing_once(fair, ada, now):
    outbox.enqueue(fair.to(ada, on=ada, occurrence="spring"), now=now)
    outbox.enqueue([fair.to(ada, on=ada, occurrence="spring")] * 2, now=now + timedelta(hours=1))

    notice = Notice.objects.get()
    assert (notice.send_at, notice.created_at) == (now, now)


def test_an_address_without_an_account_is_told_the_same_thing_once(fair, now, db):
    for address in ("guest@example.org", "Guest@Example.org "):
        outbox.enqueue(fair.to(address), now=now)

    assert [notice.mail_address for notice in Notice.objects.all()] == ["guest@example.org"]


def test_another_person_object_or_occurrence_is_another_notice(fair, ada, dev, now):
    outbox.enqueue(
        [fair.to(ada, on=ada), fair.to(dev, on=ada), fair.to(ada, on=dev), fair.to(ada, on=ada, occurrence=now)],
        now=now,
    )

    assert Notice.objects.count() == 4


def test_a_moved_deadline_is_another_occurrence_and_the_same_instant_in_another_zone_is_not(fair, ada, now):
    outbox.enqueue(fair.to(ada, on=ada, occurrence=now), now=now)
    outbox.enqueue(fair.to(ada, on=ada, occurrence=now.astimezone(ada.tz)), now=now)
    outbox.enqueue(fair.to(ada, on=ada, occurrence=now + timedelta(minutes=1)), now=now)

    assert Notice.objects.count() == 2


def test_a_notice_goes_to_a_person_or_an_address_never_to_both_or_none(fair, ada, now):
    for recipient, address in ((ada, "guest@example.org"), (None, "")):
        row = fair.to(ada, on=ada).as_row(now)
        row.recipient, row.address = recipient, address
        with pytest.raises(IntegrityError, match="notice_recipient_or_address"), transaction.atomic():
            row.save()


def test_a_fact_that_is_rolled_back_is_told_to_nobody(fair, ada, now):
    def fail_after_telling():
        outbox.enqueue(fair.to(ada, on=ada), now=now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        fail_after_telling()

    assert not Notice.objects.exists()


def test_the_sender_is_woken_once_per_transaction_and_only_for_what_is_due(
    fair, ada, now, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as wakings:
        for number in range(3):
            outbox.enqueue(fair.to(ada, occurrence=str(number)), now=now)
    assert [waking.task for waking in wakings] == ["notifications.tasks.send_notices"]
    celery_app.loader.import_default_modules()
    assert wakings[0].task in celery_app.tasks

    with django_capture_on_commit_callbacks() as wakings:
        outbox.enqueue(fair.to(ada, occurrence="later", send_at=now + timedelta(hours=1)), now=now)
    assert wakings == []


def test_many_notices_are_written_in_few_queries(fair, ada, now, django_assert_num_queries):
    requests = [fair.to(ada, on=ada, occurrence=str(number)) for number in range(400)]

    with django_assert_num_queries(1):
        outbox.enqueue(requests, now=now)

    assert Notice.objects.count() == 400


@pytest.mark.parametrize(
    ("said", "lane", "is_urgent"),
    [({}, Lane.REMINDER, False), ({"alone": True}, Lane.EVENT, False), ({"at_once": True}, Lane.EVENT, True)],
)
def test_what_is_ordinary_as_a_rule_may_need_a_mail_of_its_own_once(closing, ada, now, said, lane, is_urgent):
    outbox.enqueue(closing.to(ada, **said), now=now)

    notice = Notice.objects.get()
    assert (notice.lane, notice.is_urgent) == (lane, is_urgent)


def test_the_account_lane_goes_first_and_reminders_last():
    assert sorted(Lane.values) == [Lane.ACCOUNT, Lane.EVENT, Lane.REMINDER]
