"""Times in mails: on the recipient's own clock, in the very words of the page."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils.html import strip_tags

from notifications import sender
from notifications.kinds import Described

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
# Sunday 23:59 in New York, before and after each clock change of the spring of 2027.
ZONES = ("Asia/Kolkata", "Asia/Kathmandu", "Europe/Belgrade", "Australia/Sydney")
CLOCK_CHANGES = {
    (7, 3): ("10:29", "10:44", "05:59", "15:59"),
    (14, 3): ("09:29", "09:44", "04:59", "14:59"),  # New York's clocks changed
    (28, 3): ("09:29", "09:44", "05:59", "14:59"),  # Belgrade's
    (4, 4): ("09:29", "09:44", "05:59", "13:59"),  # Sydney's
}
CASES = [(*date, zone, wall) for date, walls in CLOCK_CHANGES.items() for zone, wall in zip(ZONES, walls, strict=True)]


@pytest.fixture
def deadline(declare):
    """A kind that tells a deadline of a program in New York."""

    def _deadline(due_at):
        return declare(
            "fair.due",
            subject="Due {% when due_at 'short' %}",
            describe=lambda notices, now: {
                notice.pk: Described(context={"title": "Paper", "due_at": due_at, "program_zone": "America/New_York"})
                for notice in notices
            },
        )

    return _deadline


def on_the_page(zone, due_at, now, form="long"):
    """What `{% moment %}` shows to a reader in that zone."""
    page = Template("{% load moments %}{% moment due_at form %}")
    context = {"due_at": due_at, "form": form, "reader_zone": zone, "program_zone": "America/New_York", "now": now}
    return strip_tags(page.render(Context(context)))


@pytest.mark.parametrize(("day", "month", "zone", "wall"), CASES)
def test_a_deadline_is_told_on_the_recipients_clock_as_on_the_page(
    deadline, tell, ada, now, mail_server, day, month, zone, wall
):
    ada.zone = zone
    ada.save()
    due_at = datetime(2027, month, day, 23, 59, tzinfo=NEW_YORK)
    tell(ada, kind=deadline(due_at), expires_at=due_at + timedelta(days=90), at_once=True)

    sender.send_due(now=now)

    mail = mail_server.mails[0]
    words = on_the_page(zone, due_at, now)
    following = (due_at.replace(tzinfo=None) + timedelta(days=1)).strftime("%A %-d %B")
    assert words.startswith(f"{following}, {wall} {zone.split('/')[1]}, that is Sunday {day} ")
    assert words.endswith("23:59 New York")
    assert words in mail.get_body(("plain",)).get_content()
    assert words in strip_tags(mail.get_body(("html",)).get_content())
    assert mail["Subject"] == "Due " + on_the_page(zone, due_at, now, "short")


def test_who_has_not_said_a_zone_reads_program_time(deadline, tell, ada, now, mail_server):
    ada.zone = ""
    ada.save()
    tell(ada, kind=deadline(datetime(2027, 3, 21, 23, 59, tzinfo=NEW_YORK)))

    sender.send_due(now=now)

    assert "is due Sunday 21 March, 23:59 New York." in mail_server.mails[0].get_body(("plain",)).get_content()
