"""A pause, and a database that has come out of a backup.

Seen failing on broken versions: with `Terms.allowed` asking `created_at` alone, reminders that the planner finds in the
time since the backup went out a second time; with the home noted only when nothing is held, the next look took the
restored database for its own.
"""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from audit.models import Entry
from notifications import gate, outbox, planner, sender
from notifications.models import Lane, Notice, Sending
from notifications.services import (
    NothingHeld,
    NotPaused,
    drop_held,
    pause_sending,
    resume_sending,
    send_held,
)

Status = Notice.Status
pytestmark = pytest.mark.django_db


def hours(number):
    return timedelta(hours=number)


def titles(mail_server):
    return [mail["Subject"] for mail in mail_server.mails]


@pytest.fixture
def operator(db):
    return User.objects.create_superuser("operator@example.org", name="Olu Ade")


@pytest.fixture
def restored(now):
    """The database that is here now is another than the one that last sent."""
    gate.look_where_we_are(now=now - hours(1))
    row = Sending.objects.get()
    row.home = {**row.home, "database": "1"}
    row.save()


@pytest.fixture
def code(declare):
    return declare("fair.closes", Lane.ACCOUNT, subject="Code")


# --- pause ----------------------------------------------------------------------------------------------------------


def test_while_paused_only_who_waits_for_a_code_is_written_to_and_what_expires_is_recorded(
    mail_server, tell, code, ada, dev, operator, now
):
    pause_sending(because="A wrong link", actor=operator, now=now)
    tell(ada, "Waits")
    tell(ada, "Expires", expires_at=now + hours(1))
    tell(dev, "Code", kind=code)

    sender.send_due(now=now)
    planner.plan(now=now + hours(2))
    assert titles(mail_server) == ["Code"]
    assert Notice.objects.get(occurrence="Expires").status == Status.EXPIRED

    resume_sending(actor=operator, now=now + hours(3))
    sender.send_due(now=now + hours(3))
    assert titles(mail_server) == ["Code", "Waits"]
    assert list(Entry.objects.values_list("verb", "reason").order_by("pk")) == [
        ("paused the mails", "A wrong link"),
        ("let the mails go on", ""),
    ]


def test_pausing_twice_keeps_the_newer_reason_and_resuming_what_runs_says_so(operator, now):
    pause_sending(because="One", actor=operator, now=now)
    pause_sending(because="Two", actor=operator, now=now)
    assert Sending.objects.get().paused_because == "Two"

    resume_sending(actor=operator, now=now)
    with pytest.raises(NotPaused):
        resume_sending(actor=operator, now=now)


def test_the_command_pauses_and_goes_on(capsys, db):
    call_command("notices", "--pause", "A wrong link")
    assert Sending.objects.get().paused_because == "A wrong link"
    call_command("notices", "--resume")
    assert Sending.objects.get().paused_at is None
    assert Entry.objects.count() == 2
    with pytest.raises(CommandError, match="not paused"):
        call_command("notices", "--resume")
    with pytest.raises(CommandError, match="why"):
        call_command("notices", "--pause", " ")
    with pytest.raises(CommandError, match="at most 300 characters; these are 301"):
        call_command("notices", "--pause", "x" * 301)
    assert Sending.objects.get().paused_at is None


# --- restore --------------------------------------------------------------------------------------------------------


def test_after_a_restore_what_is_old_waits_and_what_is_new_goes(mail_server, tell, code, ada, dev, now, restored):
    tell(ada, "Old")
    tell(dev, "Old code", kind=code)
    sender.send_due(now=now)
    assert titles(mail_server) == []

    later = now + timedelta(minutes=1)
    for person, title, kind in ((dev, "Code", code), (ada, "New", None)):
        outbox.enqueue((kind or code).to(person, occurrence=title, context={"title": title}), now=later)
    sender.send_due(now=later)
    assert titles(mail_server) == ["Code", "Code"]
    assert gate.held().count() == 2


def test_who_was_being_written_to_when_the_backup_was_taken_is_written_to_of_what_is_new(
    mail_server, tell, closing, ada, now, restored
):
    """Seen failing while the mail of then, which is held, was taken for one that is under way."""
    old = tell(ada, "Old", kind=closing)
    Notice.objects.filter(pk=old.pk).update(
        status=Status.CLAIMED, claimed_by="lost", message_id="<old@test>", next_try_at=now - hours(1)
    )
    sender.send_due(now=now)

    later = now + timedelta(minutes=1)
    outbox.enqueue(closing.to(ada, occurrence="New", context={"title": "New"}), now=later)
    sender.send_due(now=later)

    assert titles(mail_server) == ["“New” closes"]


def test_what_the_planner_finds_in_the_time_since_the_backup_waits_too(declare, mail_server, ada, now, restored):
    kind = declare(
        "fair.opens",
        candidates=lambda span: [
            kind.to(ada, occurrence=str(at), send_at=at, context={"title": "Again"})
            for at in (now - timedelta(minutes=30), now + timedelta(minutes=5))
        ],
    )
    sender.send_due(now=now)
    planner.plan(now=now + timedelta(minutes=1))

    sender.send_due(now=now + timedelta(minutes=5))

    assert Notice.objects.count() == 2
    assert len(mail_server.mails) == 1


def test_confirmed_the_still_useful_go_and_the_useless_is_recorded(mail_server, tell, ada, operator, now, restored):
    tell(ada, "Useful")
    tell(ada, "Useless", expires_at=now + hours(1))
    sender.send_due(now=now)

    later = now + hours(2)
    send_held(actor=operator, now=later)
    sender.send_due(now=later)

    assert titles(mail_server) == ["Useful"]
    assert Notice.objects.get(occurrence="Useless").status == Status.EXPIRED
    assert Entry.objects.get().verb == "let the mails of before the restore go"
    with pytest.raises(NothingHeld):
        send_held(actor=operator, now=later)


def test_dropped_nothing_of_before_goes_or_is_planned_again(declare, mail_server, tell, ada, operator, now, restored):
    kind = declare(
        "fair.closes",
        Lane.REMINDER,
        candidates=lambda span: [
            kind.to(ada, send_at=now - timedelta(minutes=30), context={"title": "Since the backup"})
        ],
    )
    planner.plan(now=now - hours(1))
    tell(ada, "Old")
    sender.send_due(now=now)

    later = now + timedelta(minutes=1)
    assert drop_held(actor=operator, now=later) == 1
    planner.plan(now=later)
    sender.send_due(now=later)

    assert mail_server.mails == []
    assert [notice.explanation() for notice in Notice.objects.all()] == [
        "Not sent, because it dates from before the database was restored"
    ]


def test_the_command_confirms(capsys, tell, ada, now, restored):
    tell(ada)
    sender.send_due(now=now)
    call_command("notices", "--after-restore", "drop")
    assert Notice.objects.get().status == Status.EXPIRED
    with pytest.raises(CommandError, match="Nothing is held"):
        call_command("notices", "--after-restore", "send")


def test_a_standstill_of_six_hours_is_no_restore(mail_server, tell, ada, now):
    sender.send_due(now=now)
    tell(ada)

    assert sender.send_due(now=now + hours(6)) == 1
    assert Sending.objects.get().held_before is None


def test_the_first_look_of_all_holds_nothing(mail_server, tell, ada, now):
    tell(ada)

    assert sender.send_due(now=now) == 1


@pytest.mark.parametrize("mark", gate.MARKS)
def test_each_mark_alone_tells_another_database(now, mark):
    gate.look_where_we_are(now=now)
    row = Sending.objects.get()
    row.home = {**row.home, mark: "another"}
    row.save()

    gate.look_where_we_are(now=now)
    gate.look_where_we_are(now=now + hours(1))

    row.refresh_from_db()
    assert row.held_before == now
    assert row.home == gate.where_we_are()


def test_an_ordinary_role_may_read_every_mark():
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain_reader")
        cursor.execute("GRANT SELECT ON notifications_notice TO plain_reader")
        cursor.execute("SET LOCAL ROLE plain_reader")
        marks = gate.where_we_are()
        cursor.execute("RESET ROLE")

    assert set(marks) == set(gate.MARKS)
    assert all(marks.values())


def test_what_a_host_hides_is_not_taken_for_a_change(monkeypatch, now):
    gate.look_where_we_are(now=now)
    monkeypatch.setitem(gate.MARKS, "server", "SELECT hidden FROM nowhere")

    gate.look_where_we_are(now=now)

    assert Sending.objects.get().held_before is None
    assert set(gate.where_we_are()) == {"database", "table", "timeline"}
