"""One mail a day for what is ordinary, and nothing at night that can wait.

Seen failing on broken versions: with `Mailed.to` finding nobody under way, two senders made two mails of one day; with
`put_off` asking nothing about what would be useless, a deadline of that night waited for the morning; with the mail of
the day counted by days of UTC, Los Angeles waited a day too long.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from core.rules import Side, instant_of
from notifications import claims, outbox, sender
from notifications.hours import before_the_night, is_night, morning_of, night_ends
from notifications.models import Lane, Notice
from notifications.outbox import reconsider
from tests.notifications.test_races import at_once, people

Status = Notice.Status
pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
# Twelve zones in whose night clocks change, on the morning after it; the last two have no change of their own.
CHANGES = [
    ("America/New_York", date(2027, 3, 14)),
    ("America/New_York", date(2027, 11, 7)),
    ("America/Havana", date(2027, 3, 14)),
    ("America/St_Johns", date(2027, 11, 7)),
    ("America/Santiago", date(2027, 9, 5)),
    ("America/Nuuk", date(2027, 3, 27)),
    ("Atlantic/Azores", date(2027, 3, 28)),
    ("Europe/London", date(2027, 10, 31)),
    ("Europe/Berlin", date(2027, 3, 28)),
    ("Africa/Cairo", date(2027, 4, 30)),
    ("Asia/Beirut", date(2027, 3, 28)),
    ("Australia/Lord_Howe", date(2027, 10, 3)),
    ("Australia/Sydney", date(2027, 4, 4)),
    ("Pacific/Auckland", date(2027, 9, 26)),
    ("Asia/Kolkata", date(2027, 3, 14)),
    ("Pacific/Kiritimati", date(2027, 3, 14)),
]


def at(day, hour, minute=0, tz=NEW_YORK):
    return instant_of(day, time(hour, minute), tz, Side.RELEASE)


def hours(number):
    return timedelta(hours=number)


@pytest.fixture
def say(closing, ada):
    """Something ordinary for Ada, on an object of its own."""

    def _say(title, moment, person=ada, **said):
        said = {"on": (Notice, sum(title.encode())), "expires_at": moment + timedelta(days=9), **said}
        outbox.enqueue(closing.to(person, context={"title": title}, **said), now=moment)

    return _say


def titles(mail_server):
    return [mail["Subject"] for mail in mail_server.mails]


# --- one mail a day -------------------------------------------------------------------------------------------------


def test_what_arises_by_day_goes_as_the_mail_of_the_day_and_the_rest_waits_for_the_next_morning(mail_server, say):
    monday = date(2027, 3, 15)
    say("One", at(monday, 14))
    assert sender.send_due(now=at(monday, 14)) == 1
    say("Two", at(monday, 15))
    say("Three", at(monday, 16))

    for hour in range(15, 24):
        assert sender.send_due(now=at(monday, hour)) == 0
    tuesday = date(2027, 3, 16)
    assert sender.send_due(now=at(tuesday, 8, 59)) == 0
    assert sender.send_due(now=at(tuesday, 9)) == 1

    assert titles(mail_server) == ["“One” closes", "“Two” closes, and 1 more"]


def test_what_arises_before_the_morning_goes_with_it_so_that_nothing_planned_for_it_makes_a_second_mail(
    mail_server, say
):
    tuesday = date(2027, 3, 16)
    say("Early", at(tuesday, 7, 30))
    say("Planned", at(tuesday, 8, 50), send_at=at(tuesday, 9))

    assert sender.send_due(now=at(tuesday, 7, 30)) == 0
    assert sender.send_due(now=at(tuesday, 9)) == 1


def test_the_week_begins_at_eight(mail_server, say):
    monday = date(2027, 3, 15)
    say("Outlook", at(monday, 7, 50), send_at=morning_of(monday, NEW_YORK))

    assert sender.send_due(now=at(monday, 7, 59)) == 0
    assert sender.send_due(now=at(monday, 8)) == 1


def test_what_would_be_useless_by_the_next_morning_goes_at_once_and_takes_along_what_waits(mail_server, say):
    monday = date(2027, 3, 15)
    say("Sent", at(monday, 9))
    sender.send_due(now=at(monday, 9))
    say("Waits", at(monday, 10))
    assert sender.send_due(now=at(monday, 10)) == 0

    say("Leaves six hours", at(monday, 11), expires_at=at(date(2027, 3, 16), 15))
    assert sender.send_due(now=at(monday, 11)) == 0
    say("Leaves less", at(monday, 22), expires_at=at(date(2027, 3, 16), 14, 59))
    assert sender.send_due(now=at(monday, 22)) == 1

    assert titles(mail_server) == ["“Sent” closes", "“Leaves less” closes, and 2 more"]


def test_a_day_is_the_persons_own(mail_server, say, dev):
    """Sunday evening and Monday morning in Los Angeles are one day of UTC."""
    dev.zone = "America/Los_Angeles"
    dev.save()
    sunday, monday = date(2027, 3, 14), date(2027, 3, 15)
    say("Sunday", at(sunday, 20, tz=dev.tz), dev)
    assert sender.send_due(now=at(sunday, 20, tz=dev.tz)) == 1
    say("Monday", at(sunday, 20, 30, tz=dev.tz), dev)

    assert sender.send_due(now=at(monday, 7, 59, tz=dev.tz)) == 0
    assert sender.send_due(now=at(monday, 8, tz=dev.tz)) == 1


def test_receipts_feedback_and_what_is_urgent_do_not_use_up_the_day(declare, mail_server, say, tell, ada):
    noon = at(date(2027, 3, 15), 12)
    receipt, feedback = declare("fair.broken", Lane.ACCOUNT), declare("fair.opened", Lane.EVENT)
    say("Ordinary", noon)
    sender.send_due(now=noon)
    outbox.enqueue([receipt.to(ada), feedback.to(ada)], now=noon)
    say("Urgent", noon, at_once=True)

    assert [mail[0].lane for mail in claims.claim(now=noon, limit=10).mails] == ["account", "event", "event"]


def test_a_mail_that_is_tried_again_the_next_day_is_joined_by_what_has_come_since(mail_server, say):
    monday, tuesday = date(2027, 3, 15), date(2027, 3, 16)
    mail_server.refuse("ada@example.org", "451 Later", times=1)
    say("One", at(monday, 20, 59))
    sender.send_due(now=at(monday, 20, 59))
    say("Two", at(monday, 23))

    assert sender.send_due(now=at(monday, 23)) == 0
    assert sender.send_due(now=at(tuesday, 9)) == 1
    assert titles(mail_server) == ["“One” closes, and 1 more"]


def test_another_zone_brings_the_morning_nearer(mail_server, say, ada):
    monday = date(2027, 3, 15)
    say("One", at(monday, 3))
    assert sender.send_due(now=at(monday, 3)) == 0
    ada.zone = "Europe/Paris"
    ada.save()

    reconsider(ada, now=at(monday, 4))

    assert sender.send_due(now=at(monday, 4)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_senders_never_make_two_mails_of_one_day(declare, mail_server):
    """Between the server's yes and the first sender's record of it something new comes for everybody, and another
    sender looks."""
    kind = declare("fair.closes", Lane.REMINDER, subject="“{{ title }}” closes")
    crowd, noon = people(20), at(date(2027, 3, 15), 14, tz=ZoneInfo("Asia/Kolkata"))
    outbox.enqueue([kind.to(p.pk, occurrence="one", context={"title": "One"}) for p in crowd], now=noon)
    taken = []

    def come_and_look():
        mail_server.at_data = None
        told = [kind.to(p.pk, occurrence="two", context={"title": "Two"}) for p in crowd]
        outbox.enqueue(told, now=noon)
        taken.extend(claims.claim(now=noon + timedelta(seconds=1), limit=100).mails)

    mail_server.at_data = lambda server: at_once(1, come_and_look)
    assert sender.send_due(now=noon) == 20
    sender.send_due(now=noon + timedelta(minutes=1))

    assert taken == []
    assert sorted(mail["X-Envelope-To"] for mail in mail_server.mails) == sorted(p.email for p in crowd)


def test_while_a_mail_of_the_day_is_under_way_with_one_sender_another_begins_none(mail_server, say, ada):
    noon = at(date(2027, 3, 15), 12)
    say("One", noon)
    claims.claim(now=noon, limit=10)
    say("Two", noon)

    assert sender.send_due(now=noon + timedelta(seconds=1)) == 0


# --- the night ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("zone", "morning"), CHANGES)
def test_on_a_night_in_which_clocks_change_nothing_comes_that_can_wait_and_nothing_comes_too_late(
    mail_server, tell, ada, fair, zone, morning
):
    """An event of every hour of that night: with time to spare it comes at seven; with a deadline in the morning at
    once."""
    tz = ZoneInfo(zone)
    ada.zone = zone
    ada.save()
    hour = at(morning - timedelta(days=1), 21, tz=tz)
    seven = at(morning, 7, tz=tz)
    while hour < seven:
        outbox.enqueue(fair.to(ada, occurrence=f"spare {hour}", context={"title": "Spare"}), now=hour)
        useless_at = seven + hours(5)
        told = fair.to(ada, occurrence=f"near {hour}", context={"title": "Near"}, expires_at=useless_at)
        outbox.enqueue(told, now=hour)
        sender.send_due(now=hour)
        hour = (hour.astimezone(UTC) + hours(1)).astimezone(tz)

    assert set(titles(mail_server)) == {"Near"}
    assert sender.send_due(now=seven - timedelta(minutes=1)) == 0
    assert (
        sender.send_due(now=seven)
        == len(mail_server.mails) - Notice.objects.filter(occurrence__startswith="near").count()
    )
    assert not Notice.objects.exclude(status=Status.SENT).exists()


@pytest.mark.parametrize(("zone", "morning"), CHANGES)
def test_what_is_planned_for_the_night_goes_in_the_morning_or_where_that_is_too_late_before_the_night(zone, morning):
    tz = ZoneInfo(zone)
    hour, seven = at(morning - timedelta(days=1), 21, tz=tz), at(morning, 7, tz=tz)
    while hour < seven:
        assert is_night(hour, tz)
        assert night_ends(hour, tz) == before_the_night(hour, tz, useless_at=seven + hours(6)) == seven
        assert before_the_night(hour, tz, useless_at=seven + hours(5)) == at(morning - timedelta(days=1), 20, tz=tz)
        hour = (hour.astimezone(UTC) + timedelta(minutes=30)).astimezone(tz)


def test_at_night_an_urgent_word_a_receipt_and_a_mail_to_an_address_go_at_once(declare, mail_server, fair, ada):
    receipt = declare("fair.closes", Lane.ACCOUNT, subject="Receipt")
    night = at(date(2027, 3, 15), 2)
    outbox.enqueue(
        [
            fair.to(ada, occurrence="waits", context={"title": "Waits"}),
            fair.to(ada, at_once=True, context={"title": "Urgent"}),
            fair.to("guest@example.org", context={"title": "Guest"}),
            receipt.to(ada, context={"title": "Receipt"}),
        ],
        now=night,
    )

    sender.send_due(now=night)

    assert titles(mail_server) == ["Receipt", "Guest", "Urgent"]


def test_nobody_knows_the_night_of_who_has_not_said_a_zone(mail_server, fair):
    newcomer = User.objects.create_user("new@example.org", name="New")
    outbox.enqueue(fair.to(newcomer, context={"title": "Feedback"}), now=datetime(2027, 3, 15, 3, tzinfo=UTC))

    assert sender.send_due(now=datetime(2027, 3, 15, 3, tzinfo=UTC)) == 1


def test_the_demo_shows_at_once_what_was_told(mail_server, say, settings):
    settings.KEEPS_MAIL_HOURS = False
    for hour in (2, 3):
        say(f"Number {hour}", at(date(2027, 3, 15), hour))
        assert sender.send_due(now=at(date(2027, 3, 15), hour)) == 1
