"""The inbox says what its person was told, whatever becomes of it later.

Seen failing on broken versions: with `read_notices` writing every text anew, what was mailed read differently later;
with `storable` keeping everything, a mail about signing in was refused by the database after it had gone out; with
`settle_sent` taking the first text for all, the second of a mail read as the first; with `keep_shown` keeping what was
mailed before words were kept too, the inbox held words that no mail had; without `told=None` where a notice is to be
told anew, the database refused it.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from assignments.services import ask_for_time, decline_request
from notifications import outbox, planner, sender
from notifications.keeping import Words, to_keep
from notifications.kinds import Described
from notifications.models import ACCOUNT_MAIL, Choice, Lane, Notice
from notifications.returns import send_withheld
from notifications.sealing import seal
from notifications.services import send_again
from tests import cast
from tests.cast import WEEK_3
from tests.notifications.test_inbox import make_account_mail

Status = Notice.Status


@pytest.fixture
def world():
    """What is so; a notice tells of it and changes with it."""
    return {"title": "Spring", "path": "/programs/", "holds": True, "can be told": True}


@pytest.fixture
def changing(declare, world):
    """A kind that tells of the world as it is."""

    def describe(notices, now):
        if not world["can be told"]:
            raise ZeroDivisionError
        return {
            one.pk: Described(context={"title": world["title"], "at": one.send_at}, path=world["path"])
            for one in notices
        }

    return declare(
        "fair.opens",
        Lane.EVENT,
        subject="“{{ title }}” opens {% when at %}",
        still_wanted=lambda notices, now: {one.pk: world["holds"] or "it is off" for one in notices},
        describe=describe,
    )


@pytest.fixture
def told(changing, now):
    """A notice about the world as it is, to be sent now."""

    def _told(person, **said):
        outbox.enqueue(changing.to(person, **said), now=now)
        return Notice.objects.latest("pk")

    return _told


@pytest.fixture
def lines(now):
    """The lines of somebody's inbox."""

    def _lines(person, at=now + timedelta(hours=1), path="/inbox/"):
        client = Client()
        with time_machine.travel(at, tick=False):
            client.force_login(person)
            answer = client.get(path)
        return BeautifulSoup(answer.content, "html.parser").select(".inbox li") if path == "/inbox/" else answer

    return _lines


def words(line):
    return " ".join(line.get_text(" ").split())


def test_the_inbox_says_for_ever_what_the_mail_said(told, world, ada, now, lines):
    told(ada)
    sender.send_due(now=now)
    [sent] = mail.outbox

    world["title"] = "Autumn"

    [line] = lines(ada)
    assert line.h2.get_text(strip=True) == sent.subject == "“Spring” opens Sunday 14 March, 09:00 New York"
    assert "The fair “Spring” opens." in words(line)
    assert "You receive this because you asked for it." in words(line)


def test_an_answer_about_a_deadline_reads_as_it_was_mailed(
    paper, participant_in_kolkata, head_fellow, lines, real_kinds
):
    amara = participant_in_kolkata
    request = ask_for_time(
        assignment=paper,
        enrollment=amara,
        text="My daughter is ill.",
        wished_on=paper.due_at.date() + timedelta(days=4),
        key=uuid4(),
        actor=amara.user,
        now=WEEK_3,
    )
    decline_request(request=request, answer="Hand in what you have.", actor=head_fellow, now=WEEK_3)
    sender.send_due(now=WEEK_3 + timedelta(hours=5))
    [answer] = [one for one in mail.outbox if amara.user.email in one.to[0]]

    cast.arrange(amara, by=timedelta(hours=48))

    [line] = lines(amara.user, at=WEEK_3 + timedelta(hours=6))
    assert "stays as it is" in words(line)
    assert line.select_one(".inbox-words time").get_text() in answer.body
    assert str(line.select_one(".inbox-words p")) in answer.alternatives[0].content


@pytest.fixture
def real_kinds(settings):
    """What the apps declare, in mails that go at any hour."""
    settings.KEEPS_MAIL_HOURS = False


def test_it_stays_in_the_language_and_by_the_clock_of_its_mail(told, ada, now, lines):
    User.objects.filter(pk=ada.pk).update(language="es")
    told(ada)
    sender.send_due(now=now)

    User.objects.filter(pk=ada.pk).update(language="", zone="Asia/Kolkata")

    [line] = lines(ada)
    assert line.h2["lang"] == "es"
    assert (
        line.h2.get_text(strip=True) == mail.outbox[0].subject == "“Spring” opens domingo 14 de marzo, 09:00 New York"
    )
    assert "Recibe este mensaje porque" in words(line)


def test_what_is_no_longer_so_stays_readable_and_says_so(told, world, ada, now, lines):
    told(ada)
    sender.send_due(now=now)

    world["holds"] = False

    [line] = lines(ada)
    assert "“Spring” opens" in line.h2.get_text()
    assert "The fair “Spring” opens." in words(line)
    assert "This is no longer so." in words(line)
    assert not line.h2.a


def test_it_leads_where_it_leads_now(told, world, ada, now, lines):
    notice = told(ada)
    sender.send_due(now=now)

    world["path"] = "/inbox/?page=2"

    assert lines(ada, path=f"/inbox/{notice.pk}/")["Location"] == "/inbox/?page=2"


def test_what_can_no_longer_be_worked_out_is_still_read(told, world, ada, now, lines):
    told(ada)
    sender.send_due(now=now)

    world["can be told"] = False

    [line] = lines(ada)
    assert "The fair “Spring” opens." in words(line)
    assert "no longer" not in words(line)


def test_while_it_waits_for_its_mail_it_says_what_the_mail_would(told, world, ada, lines):
    notice = told(ada)
    assert "Spring" in words(lines(ada)[0])

    world["title"] = "Autumn"

    assert "Autumn" in words(lines(ada)[0])
    notice.refresh_from_db()
    assert notice.told is None


def test_each_of_one_mail_keeps_its_own_words_in_one_statement(closing, tell, ada, now):
    sender.send_due(now=now)
    counts = []
    for titles in (["A"], ["B", "C", "D"]):
        Notice.objects.filter(status=Status.SENT).update(accepted_at=now - timedelta(days=1))
        for number, title in enumerate(titles):
            tell(ada, title, kind=closing, on=(User, 100 * len(titles) + number))
        with CaptureQueriesContext(connection) as queries:
            assert sender.send_due(now=now) == 1
        counts.append(len(queries))

    assert [one.told["title"] for one in ada.notices.order_by("pk")] == [f"“{title}” closes" for title in "ABCD"]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("by", ["sender", "planner"])
def test_what_is_kept_out_of_the_mail_is_told_in_the_app_at_that_moment(told, world, ada, now, lines, by):
    notice = told(ada)
    Choice.objects.create(person=ada, kind="fair.opens", scope="", way=Choice.Way.PAGE, made_at=now)
    planner.cancel_unwanted(now=now) if by == "planner" else sender.send_due(now=now)
    notice.refresh_from_db()
    assert notice.withheld

    world["title"] = "Autumn"

    [line] = lines(ada)
    assert "The fair “Spring” opens." in words(line)
    assert "Not mailed, because you switched “Fairs” off." in words(line)


def test_what_the_mail_server_refused_says_what_its_mail_said(mail_server, told, world, ada, now, lines):
    mail_server.refuse("ada@example.org", "550 5.7.1 Not here")
    told(ada)
    sender.send_due(now=now)

    world["title"] = "Autumn"

    [line] = lines(ada)
    assert "The fair “Spring” opens." in words(line)
    assert "The mail could not be delivered." in words(line)


def test_what_no_mail_told_is_told_by_the_page_that_shows_it(told, world, ada, now, lines):
    notice = told(ada, expires_at=now + timedelta(minutes=5))
    planner.expire_useless(now=now + timedelta(minutes=6))
    notice.refresh_from_db()
    assert notice.told is None

    world["title"] = "Summer"
    assert "Summer" in words(lines(ada)[0])
    world["title"] = "Autumn"
    assert "Summer" in words(lines(ada)[0])
    world["holds"] = False

    [line] = lines(ada)
    assert "The fair “Summer” opens." in words(line)
    assert "This is no longer so." in words(line)


def test_of_what_was_never_shown_and_is_no_longer_so_nothing_is_told(told, world, ada, now, lines):
    told(ada, expires_at=now + timedelta(minutes=5))
    planner.expire_useless(now=now + timedelta(minutes=6))

    world["holds"] = False

    assert lines(ada) == []


def test_what_was_mailed_before_words_were_kept_is_read_as_it_is_now(told, world, ada, now, lines):
    notice = told(ada)
    Notice.objects.update(status=Status.SENT, accepted_at=now)

    for title in ("Spring", "Autumn"):
        world["title"] = title
        assert title in words(lines(ada)[0])

    notice.refresh_from_db()
    assert notice.told is None


def test_reading_again_writes_nothing(told, ada, now, lines):
    told(ada)
    told(ada, occurrence="late", expires_at=now + timedelta(minutes=5))
    planner.expire_useless(now=now + timedelta(minutes=6))
    sender.send_due(now=now + timedelta(minutes=7))
    lines(ada)

    with CaptureQueriesContext(connection) as queries:
        lines(ada)

    assert not [one["sql"] for one in queries if 'UPDATE "notifications_notice"' in one["sql"]]


# --- what is never kept ---------------------------------------------------------------------------------------------


def test_of_a_mail_about_signing_in_nothing_is_kept(ada, now, db):
    request = make_account_mail(ada)
    sealed = seal({"subject": "Your code", "text": "Your code:\n\n917 334", "code": "917 334"})
    outbox.enqueue(replace(request, sealed_mail=sealed), now=now)

    assert sender.send_due(now=now) == 1

    assert "917 334" in mail.outbox[0].body
    row = Notice.objects.get()
    assert (row.status, row.told, row.sealed_mail) == (Status.SENT, None, "")
    assert "917" not in repr(Notice.objects.values().get())


def test_the_database_keeps_no_words_of_such_a_mail(ada, now, db):
    outbox.enqueue(make_account_mail(ada), now=now)
    Notice.objects.update(status=Status.FAILED)

    with pytest.raises(IntegrityError, match="notice_keeps_no_secret"), transaction.atomic():
        Notice.objects.filter(kind=ACCOUNT_MAIL).update(told={"title": "Your code", "html": "917 334"})


def test_words_are_kept_of_nothing_that_is_still_to_be_told(told, ada):
    told(ada)

    with pytest.raises(IntegrityError, match="notice_keeps_what_was_told"), transaction.atomic():
        Notice.objects.update(told={"title": "Spring", "html": ""})


# --- told anew ------------------------------------------------------------------------------------------------------


def test_what_is_sent_again_says_what_the_new_mail_says(mail_server, told, world, ada, now, lines):
    mail_server.refuse("ada@example.org", "550 5.7.1 Not here", times=1)
    notice = told(ada)
    sender.send_due(now=now)
    notice.refresh_from_db()
    assert "Spring" in notice.told["title"]

    world["title"] = "Autumn"
    send_again(notice=notice, now=now)
    assert notice.told is None
    sender.send_due(now=now)

    assert "Autumn" in words(lines(ada)[0])


def test_what_waited_for_an_address_says_what_its_mail_says(told, world, ada, now, lines):
    notice = told(ada)
    Notice.objects.update(
        status=Status.CANCELLED,
        withheld=Notice.Withheld.ADDRESS,
        reason="mail to ada@example.org came back",
        told={"title": "Spring", "html": "Spring"},
    )
    world["title"] = "Autumn"

    send_withheld(person=ada, now=now)
    sender.send_due(now=now)

    notice.refresh_from_db()
    assert notice.status == Status.SENT
    assert "Autumn" in words(lines(ada)[0])


def test_a_cause_that_comes_back_is_told_anew(changing, told, world, ada, now):
    notice = told(ada)
    Notice.objects.update(status=Status.CANCELLED, withheld="choice", told={"title": "Spring", "html": ""})

    planner.write_planned([changing.to(ada)], now=now)

    notice.refresh_from_db()
    assert (notice.status, notice.told) == (Status.WAITING, None)


def test_halves_of_characters_keep_no_mail_from_being_recorded(told, ada, now, db):
    notice = told(ada)

    Notice.objects.update(
        status=Status.SENT,
        accepted_at=now,
        told=to_keep([notice], {notice.pk: Words(title="a\x00b", html="half \ud83d “%s”")}),
    )

    notice.refresh_from_db()
    assert notice.told == {"title": "ab", "html": "half ? “%s”"}
