"""The operator pauses the mails, lets them go on, and says what becomes of those of before a restore."""

from datetime import timedelta

import pytest

from core import clock
from notifications import gate
from notifications.models import MailDomain, Notice, Planning, Sending
from tests.dashboards.test_probes import make_notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, operator):
    client.force_login(operator)
    return lambda: client.get("/health/").content.decode()


def test_a_pause_needs_a_reason_and_keeps_what_was_typed(client, page):
    answer = client.post("/health/mails/pause/", {"because": "  "})
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert not Sending.objects.filter(paused_at__isnull=False).exists()

    client.post("/health/mails/pause/", {"because": "The links are wrong"})
    assert "The links are wrong" in page()
    assert "Sign-in mails and receipts go on" in page()
    assert client.get("/readyz").json()["mails"]["paused"] is True

    for _ in range(2):
        assert client.post("/health/mails/resume/").status_code == 302
    assert "Mails are paused" not in page()


@pytest.mark.parametrize("what", ["send", "drop"])
def test_after_a_restore_the_page_says_how_many_wait_and_asks(client, page, what):
    now = clock.now()
    gate.look_where_we_are(now=now - timedelta(hours=1))
    notice = make_notice(now - timedelta(minutes=30))
    Sending.objects.update(home={"database": "another"})
    gate.look_where_we_are(now=now)

    assert "is held: 1 notice." in page()
    assert client.get("/readyz").json()["mails"]["held_after_restore"] == 1
    assert client.post("/health/mails/after-restore/", {"what": "nonsense"}).status_code == 422

    client.post("/health/mails/after-restore/", {"what": what})

    notice.refresh_from_db()
    assert notice.status == ("waiting" if what == "send" else "expired")
    assert "come out of a backup" not in page()


def test_the_page_names_kinds_in_trouble_domains_that_rest_and_lost_mails(client, page):
    now = clock.now()
    Planning.objects.create(kind="cohorts.meeting_tomorrow", planned_at=now, looks_from=now, trouble="no such column")
    MailDomain.objects.create(
        name="grey.example.org", setbacks=6, closed_until=now + timedelta(minutes=2), said="450 Greylisted"
    )
    make_notice(now - timedelta(hours=1), status=Notice.Status.FAILED)
    make_notice(now - timedelta(hours=1), occurrence="put off", waits_until=now + timedelta(hours=9))

    shown = page()

    assert "“Reminders of meetings” cannot be planned" in shown
    assert "450 Greylisted" in shown
    assert "1 in the last seven days." in shown
    assert "Nothing is due." in shown
    told = client.get("/readyz").json()["mails"]
    assert (told["kinds_in_trouble"], told["resting_domains"], told["failed_in_7_days"]) == (1, 1, 1)
    assert (told["waiting"], told["due"]) == (1, 0)


def test_the_office_reads_that_mails_are_paused(client, director, operator):
    client.force_login(operator)
    client.post("/health/mails/pause/", {"because": "The links are wrong"})
    client.force_login(director)

    assert "Mails are paused: The links are wrong" in client.get("/office/").content.decode()
