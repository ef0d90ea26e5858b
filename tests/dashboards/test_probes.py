from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from core import clock
from dashboards import health
from jobs.heartbeats import beat
from jobs.models import WrongClock
from notifications.models import Notice
from programs.models import Session
from tests.cast import WEEK_3


@pytest.fixture(autouse=True)
def unread_migrations(monkeypatch):
    monkeypatch.setattr(health, "migrations", health.Migrations())


@pytest.fixture
def no_database(monkeypatch):
    def refuse(*_, **__):
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "connect", refuse)
    monkeypatch.setattr(connection, "ensure_connection", refuse)


@pytest.fixture
def no_broker(settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nobody.sock"


def make_notice(send_at, **fields):
    return Notice.objects.create(
        address="ada@example.org",
        kind="invitation",
        lane="event",
        created_at=send_at,
        send_at=send_at,
        next_try_at=send_at,
        expires_at=send_at + timedelta(days=7),
        **fields,
    )


def test_alive_is_answered_without_a_database_to_whoever_asks(client, no_database):
    answer = client.get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_ready_when_database_and_migrations_are(client):
    answer = client.get("/readyz", headers={"host": "10.0.0.7:8000"})
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert answer.json()["broker"] == "ok"


def test_not_ready_without_its_database(client, no_database):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "away"


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_pending(client):
    MigrationRecorder.Migration.objects.filter(app="core").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["migrations"] == "pending"


@pytest.mark.django_db
def test_without_its_broker_the_site_is_poorer_and_still_ready(client, no_broker):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["broker"] == "away"


@pytest.mark.django_db
def test_the_body_tells_when_the_others_gave_a_sign_of_life(client):
    now = clock.now()
    beat("worker", now=now - timedelta(seconds=12))
    make_notice(now - timedelta(minutes=20))
    make_notice(now + timedelta(minutes=20), occurrence="later")
    told = client.get("/readyz").json()
    assert 12 <= told["heartbeat_age_seconds"]["worker"] <= 20
    assert told["heartbeat_age_seconds"]["beat"] is None
    assert 1200 <= told["oldest_due_notice_seconds"] <= 1210


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "alive"), [(59, True), (61, False), (-59, True), (-3600, False)])
def test_a_process_is_silent_after_a_minute(seconds, alive):
    beat("beat", now=WEEK_3 - timedelta(seconds=seconds))
    pulses = {pulse.name: pulse for pulse in health.examine(now=WEEK_3).pulses}
    assert pulses["beat"].is_alive is alive


@pytest.mark.django_db
def test_once_the_migrations_are_applied_asking_costs_eleven_queries(django_assert_num_queries):
    health.examine(now=WEEK_3)
    with django_assert_num_queries(11):
        health.examine(now=WEEK_3)


@pytest.mark.django_db
def test_the_operator_reads_what_to_do(client, operator, no_broker):
    client.force_login(operator)
    page = client.get("/health/").content.decode()
    assert "mails and long work wait until it is back" in page
    assert page.count("No sign of life yet.") == 3


@pytest.mark.django_db
def test_whose_clock_is_wrong_is_told_with_what_to_do(client, operator):
    at = clock.compare().at
    WrongClock.objects.create(machine="worker-2", ahead=-timedelta(hours=1), seen_at=at - timedelta(minutes=1))
    WrongClock.objects.create(machine="set-right", ahead=timedelta(days=1), seen_at=at - timedelta(minutes=6))
    assert client.get("/readyz").json()["clock_off_seconds"] == -3600

    client.force_login(operator)
    page = " ".join(client.get("/health/").content.decode().split())
    assert "That of <strong>worker-2</strong> is 1 hour behind the database’s." in page
    assert "Mails and all background work go by the database’s clock" in page
    assert "Something needs a hand" in page
    assert "set-right" not in page
    assert "this web server" not in page


@pytest.mark.django_db
def test_what_to_do_about_clocks_is_said_once_however_many_are_wrong(client, operator):
    at = clock.compare().at
    for number in range(3):
        WrongClock.objects.create(machine=f"worker-{number}", ahead=timedelta(seconds=47), seen_at=at)

    client.force_login(operator)
    page = " ".join(client.get("/health/").content.decode().split())

    assert page.count("is 47 seconds ahead of the database’s.") == 3
    assert page.count("(NTP)") == 1


@pytest.mark.django_db
def test_where_the_database_has_other_rules_for_the_clocks_of_a_session_its_zone_is_named(client, operator, loa):
    client.force_login(operator)
    assert "Rules of time zones" not in client.get("/health/").content.decode()

    Session.objects.update(zone="CET")

    page = client.get("/health/").content.decode()
    assert "for the clocks of <strong>CET</strong>" in page
    assert "Something needs a hand" in page


@pytest.mark.django_db
@pytest.mark.parametrize(("off", "said"), [(timedelta(hours=1), "ahead of"), (timedelta(hours=-1), "behind")])
def test_a_web_server_with_a_wrong_clock_says_so_and_judges_the_others_by_the_databases(
    client, operator, off, said, monkeypatch
):
    client.force_login(operator)
    beat("worker", now=clock.compare().at)
    right = clock.now
    monkeypatch.setattr(clock, "now", lambda: right() + off)

    told = client.get("/readyz").json()
    page = " ".join(client.get("/health/").content.decode().split())

    assert told["clock_off_seconds"] == off.total_seconds()
    assert 0 <= told["heartbeat_age_seconds"]["worker"] < 60
    assert f"That of <strong>this web server</strong> is 1 hour {said} the database’s. Pages from here open" in page


@pytest.mark.django_db
def test_the_health_page_is_the_operators_alone(client, director):
    assert client.get("/health/").status_code == 302
    client.force_login(director)
    assert client.get("/health/").status_code == 404


@pytest.mark.django_db
def test_a_container_whose_process_is_silent_is_unhealthy():
    beat("beat", now=clock.now())
    call_command("pulse", "beat")
    with pytest.raises(CommandError, match="No sign of life of worker:"):
        call_command("pulse", "beat", "worker")
    with pytest.raises(CommandError, match="No sign of life of worker, jobs:"):
        call_command("pulse")


def test_a_misspelled_process_is_not_taken_for_a_healthy_one():
    with pytest.raises(CommandError, match="There is no process wroker"):
        call_command("pulse", "wroker")
