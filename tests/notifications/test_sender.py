"""What goes out, to whom, and what becomes of the rest. Over a real connection to a real mail server."""

from datetime import timedelta

import pytest

from core import clock
from notifications import outbox, sender
from notifications.kinds import Described
from notifications.models import Lane, Notice
from tests.notifications.mail_server import drop_the_line

Status = Notice.Status
pytestmark = pytest.mark.django_db


def hours(number):
    return timedelta(hours=number)


def minutes(number):
    return timedelta(minutes=number)


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(mail):
    return mail.get_body(("html",)).get_content()


def fates():
    return {notice.occurrence: (notice.status, notice.reason) for notice in Notice.objects.all()}


@pytest.fixture
def remind(closing, tell, now):
    """Enqueues a reminder of a thing called so."""

    def _remind(user, title, due_in=24, **said):
        said = {"on": (Notice, sum(title.encode())), "expires_at": now + hours(due_in), **said}
        return tell(user, title, kind=closing, **said)

    return _remind


# --- what arrives ---------------------------------------------------------------------------------------------------


def test_an_event_arrives_at_once_as_text_and_html_with_who_answers_and_why(mail_server, tell, ada, now, settings):
    notice = tell(ada, "Spring")

    assert sender.send_due(now=now) == 1

    mail = mail_server.to("ada@example.org")[0]
    assert mail["Subject"] == "Spring"
    assert mail["To"] == "Ada Obi <ada@example.org>"
    assert mail["Reply-To"] == settings.OFFICE_EMAIL
    assert mail["Auto-Submitted"] == "auto-generated"
    assert f"<notices.{settings.SITE_HOST}>" in mail["List-Id"]
    for body in (text_of(mail), html_of(mail)):
        assert "Dear Ada Obi," in body
        assert "The fair “Spring” opens." in body
        assert "You receive this because you asked for it." in body
    notice.refresh_from_db()
    assert notice.status == Status.SENT
    assert now <= notice.accepted_at < now + minutes(1)
    assert notice.message_id == mail["Message-ID"]
    assert notice.explanation() == "Sent, because you asked for it"
    assert notice.explanation_for_office() == "Sent, because they asked for it"


def test_the_office_reads_of_the_person_and_titles_as_they_are():
    notice = Notice(status=Status.SENT, reason="your deadline for “What you owe your town” was changed")

    assert notice.explanation_for_office() == ("Sent, because their deadline for “What you owe your town” was changed")


def test_nothing_is_sent_twice_or_before_its_time(mail_server, tell, ada, now):
    tell(ada, "Now")
    tell(ada, "Later", send_at=now + hours(1))

    for _ in range(3):
        sender.send_due(now=now)
    assert [mail["Subject"] for mail in mail_server.mails] == ["Now"]

    sender.send_due(now=now + hours(1))
    assert [mail["Subject"] for mail in mail_server.mails] == ["Now", "Later"]


def test_who_can_answer_is_named_by_the_kind_and_the_button_leads_to_the_page(declare, mail_server, tell, ada, now):
    kind = declare(
        "fair.closes",
        describe=lambda notices, now: {
            notice.pk: Described(
                context=notice.context, reply_to="Milica <tf@example.org>", path="/s/loa/paper", action="Read it"
            )
            for notice in notices
        },
    )
    tell(ada, kind=kind)

    sender.send_due(now=now)

    mail = mail_server.mails[0]
    assert mail["Reply-To"] == "Milica <tf@example.org>"
    assert "Read it:\nhttp://localhost:8000/s/loa/paper" in text_of(mail)
    assert 'href="http://localhost:8000/s/loa/paper"' in html_of(mail)


def test_what_people_wrote_is_escaped_in_html_and_plain_in_text(mail_server, tell, ada, now):
    tell(ada, "<b>Ada & Co</b>")

    sender.send_due(now=now)

    assert "“<b>Ada & Co</b>”" in text_of(mail_server.mails[0])
    assert "“&lt;b&gt;Ada &amp; Co&lt;/b&gt;”" in html_of(mail_server.mails[0])


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: all@example.org",
        "Eve\u2028Bcc: all@example.org",
        "🦉" * 150,
        "Ünï " * 40,
        '"Eve" <all@example.org>',
    ],
)
def test_no_name_or_title_breaks_out_of_its_header(mail_server, tell, ada, now, name):
    ada.name, ada.addressed_as = name, name[:100]
    ada.save()
    tell(ada, name[:100])

    sender.send_due(now=now)

    mail = mail_server.to("ada@example.org")[0]
    assert len(mail_server.mails) == 1
    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == ["ada@example.org"]
    assert len(mail.get_all("Subject")) == 1


# --- many become one ------------------------------------------------------------------------------------------------


def test_a_mail_says_each_reason_once_with_all_that_it_names(mail_server, declare, ada, now):
    """Seen to fail when “you handed in …” stood there for each paper."""
    kind = declare("fair.opens", Lane.REMINDER, why="{{ why }}")
    for why in (
        "you handed in “Essay” in LOA",
        "you take part in LOA",
        "“Fair” is instead of “Tea”",
        "you handed in “Letter” in LOA",
        "you take part in LOA",
        "“Walk” is instead of “Tea”",
    ):
        outbox.enqueue(kind.to(ada, occurrence=f"{why} {Notice.objects.count()}", context={"why": why}), now=now)

    sender.send_due(now=now)

    said = " ".join(text_of(mail_server.to("ada@example.org")[0]).split())
    assert "because you handed in “Essay”, “Letter” in LOA; because" in said
    assert said.count("you take part in LOA") == 1
    # Of two names it could not be said which belong together.
    assert "“Fair” is instead of “Tea”; because “Walk” is instead of “Tea”" in said


def test_all_that_a_person_is_reminded_of_makes_one_mail_the_nearest_first(mail_server, remind, ada, dev, now):
    remind(ada, "Letter", due_in=60)
    remind(ada, "Essay", due_in=24)
    remind(dev, "Letter", due_in=60)

    assert sender.send_due(now=now) == 2

    mail = mail_server.to("ada@example.org")[0]
    assert mail["Subject"] == "“Essay” closes, and 1 more"
    assert text_of(mail).index("Essay") < text_of(mail).index("Letter")
    assert text_of(mail).count("You receive this because") == 1
    assert len(set(Notice.objects.filter(recipient=ada).values_list("message_id", flat=True))) == 1
    assert mail_server.to("dev@example.org")[0]["Subject"] == "“Letter” closes"


def test_two_reminders_of_one_thing_are_told_once(mail_server, remind, ada, now):
    remind(ada, "Essay", send_at=now - hours(48), occurrence="72 hours")
    remind(ada, "Essay", send_at=now, occurrence="24 hours")

    sender.send_due(now=now)

    assert mail_server.mails[0]["Subject"] == "“Essay” closes"
    assert text_of(mail_server.mails[0]).count("“Essay” closes soon") == 1
    assert {status for status, _ in fates().values()} == {Status.SENT}


def test_events_go_alone(mail_server, tell, ada, now):
    tell(ada, "First")
    tell(ada, "Second")

    assert sender.send_due(now=now) == 2


def test_whoever_waits_before_a_sign_in_page_comes_first_and_reminders_last(
    mail_server, declare, fair, tell, remind, ada, now
):
    remind(ada, "Reminder", send_at=now - hours(2))
    tell(ada, "Event", send_at=now - hours(1))
    tell(ada, "Account")
    Notice.objects.filter(occurrence="Account").update(lane=Lane.ACCOUNT)

    sender.send_due(now=now)

    assert [mail["Subject"] for mail in mail_server.mails] == ["Account", "Event", "“Reminder” closes"]


# --- the cause is asked again ---------------------------------------------------------------------------------------


def test_what_lost_its_cause_is_not_sent_and_says_why(declare, mail_server, tell, ada, now):
    def still_wanted(notices, now):
        return {n.pk: "it was handed in" if n.occurrence == "Done" else True for n in notices if n.occurrence != "Lost"}

    kind = declare("fair.closes", Lane.REMINDER, still_wanted=still_wanted)
    for title in ("Done", "Lost", "Open"):
        tell(ada, title, kind=kind, on=(Notice, len(title)))

    sender.send_due(now=now)

    assert [mail["Subject"] for mail in mail_server.mails] == ["Open"]
    assert fates()["Done"] == (Status.CANCELLED, "it was handed in")
    assert fates()["Lost"] == (Status.CANCELLED, "what it tells of is no longer there")
    assert Notice.objects.get(occurrence="Done").explanation() == "Not sent, because it was handed in"


def test_a_closed_account_is_told_nothing(mail_server, tell, ada, now):
    tell(ada)
    ada.is_active = False
    ada.save()

    sender.send_due(now=now)

    assert mail_server.mails == []
    assert fates()["Spring"] == (Status.CANCELLED, "the account is closed")


def test_a_person_is_written_to_at_their_present_address(mail_server, tell, ada, now):
    tell(ada)
    ada.email = "ada@new.example.org"
    ada.save()

    sender.send_due(now=now)

    assert [mail["X-Envelope-To"] for mail in mail_server.mails] == ["ada@new.example.org"]


# --- what goes wrong ------------------------------------------------------------------------------------------------


def test_a_server_that_asks_for_patience_gets_it_until_the_notice_expires(mail_server, tell, ada, dev, now):
    mail_server.refuse("ada@example.org", "451 Try again later", times=2)
    notice = tell(ada)
    tell(dev)

    assert sender.send_due(now=now) == 1
    notice.refresh_from_db()
    assert (notice.status, notice.smtp_code, notice.smtp_text) == (Status.WAITING, 451, "Try again later")
    assert sender.send_due(now=now + timedelta(seconds=50)) == 0
    assert sender.send_due(now=now + minutes(2)) == 0
    assert sender.send_due(now=now + minutes(3)) == 0
    assert sender.send_due(now=now + minutes(5)) == 1
    assert len(mail_server.to("ada@example.org")) == len(mail_server.to("dev@example.org")) == 1


def test_patience_ends_when_the_notice_expires(mail_server, tell, ada, now):
    mail_server.refuse("ada@example.org", "451 Try again later")
    tell(ada, expires_at=now + hours(2))

    tries = [sender.send_due(now=now + minutes(number)) for number in range(0, 180, 5)]

    assert set(tries) == {0}
    assert fates()["Spring"] == (Status.EXPIRED, "its time had passed before it could be sent")


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_a_refused_address_is_visible_and_stops_nobody_else(mail_server, tell, ada, dev, now, stage):
    mail_server.refuse("ada@example.org", "550 5.1.1 No such person", stage=stage)
    notice = tell(ada)
    tell(dev)

    assert sender.send_due(now=now) == 1

    notice.refresh_from_db()
    assert (notice.status, notice.smtp_code) == (Status.FAILED, 550)
    assert notice.explanation() == "Could not be delivered, because the mail server refused it: 5.1.1 No such person"
    assert sender.send_due(now=now + hours(1)) == 0


def test_an_address_to_which_no_mail_can_be_written_is_visible_and_stops_nobody_else(mail_server, tell, ada, dev, now):
    ada.email = "ada obi@@example.org"
    ada.save()
    notice = tell(ada)
    tell(dev)

    assert sender.send_due(now=now) == 1

    notice.refresh_from_db()
    assert notice.status == Status.FAILED


@pytest.mark.parametrize("reply", ["530 5.7.0 Sign in first", "550 5.7.1 We take no mail from you", "421 Closing"])
def test_when_the_server_refuses_us_nobodys_mail_is_given_up(mail_server, tell, ada, dev, now, reply):
    mail_server.sender_refusal = reply
    tell(ada)
    tell(dev)

    assert sender.send_due(now=now) == 0
    assert {status for status, _ in fates().values()} == {Status.WAITING}

    mail_server.sender_refusal = None
    assert sender.send_due(now=now + minutes(1)) == 2


def test_a_mail_that_is_too_large_for_the_server_is_not_tried_for_ever(mail_server, tell, ada, now):
    mail_server.sender_refusal = "552 5.3.4 Message too big"
    tell(ada)

    sender.send_due(now=now)

    assert fates()["Spring"] == (Status.FAILED, "the mail server refused it: 5.3.4 Message too big")


@pytest.mark.parametrize("reply", ["550 \x00 No\x07 such \xff person", "550 " + "No such person " * 20])
def test_whatever_bytes_the_server_answers_the_batch_goes_on(mail_server, tell, ada, dev, now, reply):
    mail_server.refuse("ada@example.org", reply, times=1)
    notice = tell(ada)
    tell(dev)

    assert sender.send_due(now=now) == 1

    notice.refresh_from_db()
    assert (notice.status, notice.smtp_code) == (Status.FAILED, 550)


@pytest.mark.parametrize("reply", ["OK, I suppose", "-1 no", "what?"])
def test_a_server_that_answers_without_a_number_is_asked_again(mail_server, tell, ada, now, reply):
    mail_server.refuse("ada@example.org", reply, times=1)
    tell(ada)

    assert sender.send_due(now=now) == 0
    assert sender.send_due(now=now + minutes(2)) == 1


def test_a_password_that_cannot_be_said_to_the_server_gives_up_nobodys_mail(mail_server, tell, ada, now, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "lyceum", "gemütlich"
    tell(ada)

    assert sender.send_due(now=now) == 0
    assert {status for status, _ in fates().values()} == {Status.WAITING}


def test_after_a_standstill_the_useful_go_out_the_useless_expire_and_many_become_one(
    mail_server, tell, remind, ada, now
):
    mail_server.stop()
    for number in range(3):
        remind(ada, f"Paper {number}", due_in=72)
    remind(ada, "Too late", due_in=10)
    for minute in range(0, 60, 10):
        assert sender.send_due(now=now + minutes(minute)) == 0

    mail_server.start()
    later = now + hours(48)
    remind(ada, "Begun since", due_in=72)
    assert sender.send_due(now=later) == 1

    assert mail_server.mails[0]["Subject"].endswith(", and 3 more")
    assert fates()["Too late"][0] == Status.EXPIRED
    assert sum(status == Status.SENT for status, _ in fates().values()) == 4


def test_a_line_that_breaks_after_the_server_took_the_mail_makes_one_double_that_can_be_told(
    mail_server, remind, ada, now
):
    mail_server.at_data = drop_the_line
    remind(ada, "Essay")
    assert sender.send_due(now=now) == 0

    mail_server.at_data = None
    remind(ada, "Letter")
    assert sender.send_due(now=now + minutes(5)) == 1
    assert sender.send_due(now=now + minutes(6)) == 1

    first, again, other = sorted(mail_server.mails, key=lambda mail: ("Letter" in mail["Subject"], mail["Date"]))
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert first["Subject"] == again["Subject"] == "“Essay” closes"


def test_one_broken_text_stops_nobody_elses(declare, mail_server, tell, ada, dev, now):
    broken = declare("fair.broken")
    tell(ada, "Poison", kind=broken)
    tell(ada, "Fine")
    tell(dev, "Fine", occurrence="too")

    assert sender.send_due(now=now) == 2

    status, reason = fates()["Poison"]
    assert status == Status.FAILED
    assert reason.startswith("its text could not be written: ")


def test_in_a_mail_of_many_a_broken_text_is_left_out(declare, mail_server, tell, remind, ada, now):
    broken = declare("fair.broken", Lane.REMINDER)
    tell(ada, "Poison", kind=broken)
    remind(ada, "Essay")

    assert sender.send_due(now=now) == 1

    assert mail_server.mails[0]["Subject"] == "“Essay” closes"
    assert {name: status for name, (status, _) in fates().items()} == {"Poison": Status.FAILED, "Essay": Status.SENT}


@pytest.mark.parametrize("function", ["still_wanted", "describe"])
def test_a_declaration_that_fails_for_one_notice_fails_for_that_one_only(
    declare, mail_server, tell, ada, dev, now, function
):
    def fails_for_poison(notices, now):
        assert all(notice.occurrence != "Poison" for notice in notices), "no such paper"
        answer = True if function == "still_wanted" else Described(context={"title": "Fine"})
        return {notice.pk: answer for notice in notices}

    kind = declare("fair.closes", **{function: fails_for_poison})
    tell(ada, "Poison", kind=kind)
    tell(ada, "Fine", kind=kind)
    tell(dev, "Fine", kind=kind, occurrence="too")

    assert sender.send_due(now=now) == 2
    assert fates()["Poison"][0] == Status.FAILED
    assert "no such paper" in fates()["Poison"][1]


def test_a_kind_that_is_no_longer_declared_is_visible(mail_server, tell, ada, now):
    tell(ada)
    Notice.objects.update(kind="gone.kind")

    assert sender.send_due(now=now) == 0
    assert fates()["Spring"] == (Status.FAILED, "this kind of notice is no longer known here")


@pytest.fixture
def standing_clock(monkeypatch):
    """A clock that stands until it is moved on, because what was asked holds for a moment only."""

    class Standing:
        def __init__(self):
            self.reading = timedelta()

        def move_on(self, seconds):
            self.reading += timedelta(seconds=seconds)

    standing = Standing()
    monkeypatch.setattr(clock, "steady", lambda: standing.reading)
    return standing


def test_many_people_cost_as_many_questions_as_few(declare, mail_server, tell, ada, dev, now, standing_clock):
    asked = []

    def still_wanted(notices, now):
        asked.append(len(notices))
        return {notice.pk: True for notice in notices}

    kind = declare("fair.closes", still_wanted=still_wanted)
    for number in range(40):
        tell(ada if number % 2 else dev, str(number), kind=kind)

    assert sender.send_due(now=now) == 40
    assert asked == [40]


@pytest.mark.parametrize(("once", "for_each"), [(1, 0), (0, 0.02), (30, 0)], ids=["database", "kind", "standstill"])
def test_mails_go_though_asking_for_their_causes_takes_longer_than_an_answer_holds(
    declare, mail_server, tell, ada, now, standing_clock, once, for_each
):
    """Seen failing while a batch that was stale before its first mail was put back whole: none would ever go."""

    def still_wanted(notices, now):
        standing_clock.move_on(once + for_each * len(notices))
        return {notice.pk: True for notice in notices}

    kind = declare("fair.closes", still_wanted=still_wanted)
    for number in range(50):
        tell(ada, str(number), kind=kind)

    sent = sender.send_due(now=now)

    # Where one question takes longer than a run, one at least; else as many as a run can.
    assert sent == len(mail_server.to("ada@example.org")) >= (1 if once > 1 else 9)


@pytest.mark.parametrize(
    ("due", "wakings"), [(sender.BATCH - 1, []), (sender.BATCH, ["notifications.tasks.send_notices"])]
)
def test_when_there_is_a_whole_batch_another_sender_is_called_to_help(
    mail_server, fair, ada, now, django_capture_on_commit_callbacks, due, wakings
):
    at = now + hours(1)
    outbox.enqueue([fair.to(ada, occurrence=str(number), send_at=at) for number in range(due)], now=now)

    with django_capture_on_commit_callbacks() as callbacks:
        assert sender.send_due(now=at) == due

    assert [callback.task for callback in callbacks] == wakings
