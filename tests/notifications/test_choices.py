"""What a person switches off is not mailed, at the last moment, and can be switched off from the mail itself.

Seen failing on these broken versions: a page of the link that acts on GET, choices that are asked of the causes alone,
choices that hold in every session, and a post that wants a form's token.
"""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from notifications import outbox, planner, sender
from notifications.choices import choose_mails, link_to_stop, switch_off, switch_on
from notifications.models import Choice, Lane, Notice
from notifications.scopes import Named
from tests.notifications.conftest import MORNING
from tests.notifications.test_sender import html_of, text_of

Status, Withheld, Way = Notice.Status, Notice.Withheld, Choice.Way
pytestmark = pytest.mark.django_db

SPRING, AUTUMN = "session:1", "session:2"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def scopes(monkeypatch):
    """Two sessions by name."""
    names = {1: Named("Spring 2027", "spring-2027"), 2: Named("Autumn 2027", "autumn-2027")}
    monkeypatch.setattr(
        "notifications.scopes._finders",
        {"session": lambda pks: {pk: names[pk] for pk in pks if pk in names}},
    )


@pytest.fixture
def receipt(declare):
    """A kind that cannot be switched off."""
    return declare("fair.said", name="Receipts", is_optional=False)


@pytest.fixture
def remind(closing, tell, now):
    def _remind(user, title="Essay", scope=SPRING, kind=closing, **said):
        said = {"on": (Notice, sum(title.encode())), "scope": scope, "expires_at": now + timedelta(days=1), **said}
        return tell(user, title, kind=kind, **said)

    return _remind


def off(person, kind="fair.closes", scope=SPRING):
    Choice.objects.create(person=person, kind=kind, scope=scope, way=Way.PAGE, made_at=MORNING)


def fate(notice):
    notice.refresh_from_db()
    return notice.status, notice.withheld, notice.explanation()


def link_in(mail):
    """The path of the address in `List-Unsubscribe`, which is the header's only one."""
    [address] = re.findall(r"<([^>]*)>", mail["List-Unsubscribe"])
    return urlsplit(address).path


# --- what is off is not mailed --------------------------------------------------------------------------------------


def test_what_is_switched_off_is_not_mailed_and_says_why(mail_server, remind, ada, dev, now):
    for_ada, for_dev = remind(ada), remind(dev)
    off(ada)

    assert sender.send_due(now=now) == 1

    assert fate(for_ada) == (Status.CANCELLED, Withheld.CHOICE, "Not sent, because you switched “Fairs” off")
    assert for_ada.explanation_for_office() == "Not sent, because they switched “Fairs” off"
    assert fate(for_dev)[:2] == (Status.SENT, "")


def test_a_choice_holds_for_one_session_and_one_kind(mail_server, remind, fair, tell, ada, now):
    off(ada)
    here, elsewhere = remind(ada, "Essay"), remind(ada, "Letter", scope=AUTUMN)
    other_kind = tell(ada, "Opening", scope=SPRING)

    sender.send_due(now=now)

    assert [fate(notice)[0] for notice in (here, elsewhere, other_kind)] == [Status.CANCELLED, Status.SENT, Status.SENT]


def test_what_is_of_no_session_is_switched_off_for_ever(mail_server, remind, ada, now):
    off(ada, scope="")
    news, of_session = remind(ada, "News", scope=""), remind(ada, "Essay")

    sender.send_due(now=now)

    assert (fate(news)[0], fate(of_session)[0]) == (Status.CANCELLED, Status.SENT)


def test_what_cannot_be_switched_off_comes_whatever_the_rows_say(mail_server, receipt, remind, ada, now):
    off(ada, kind="fair.said")
    notice = remind(ada, kind=receipt)

    sender.send_due(now=now)

    assert fate(notice)[0] == Status.SENT
    switch_off(person=ada, topics=[("fair.said", AUTUMN)], way=Way.PAGE, now=now)
    assert not Choice.objects.filter(scope=AUTUMN).exists()


def test_whoever_switches_off_after_the_planning_is_not_mailed(mail_server, declare, ada, now):
    at = now + timedelta(minutes=5)
    kind = declare(
        "fair.closes",
        Lane.REMINDER,
        candidates=lambda span: [
            kind.to(ada, scope=SPRING, send_at=at, expires_at=at + timedelta(hours=1), context={"title": "Essay"})
        ],
    )
    planner.plan(now=now)
    off(ada)

    planner.plan(now=now + timedelta(minutes=1))
    assert Notice.objects.get().withheld == Withheld.CHOICE
    switch_on(person=ada, topics=[("fair.closes", SPRING)])
    planner.plan(now=now + timedelta(minutes=2))
    assert (Notice.objects.get().status, Notice.objects.get().withheld) == (Status.WAITING, "")
    off(ada)
    sender.send_due(now=at)

    assert mail_server.mails == []
    assert Notice.objects.get().withheld == Withheld.CHOICE


def test_what_lost_its_cause_is_not_told_in_the_app_for_being_switched_off(declare, mail_server, tell, ada, now):
    kind = declare("fair.closes", still_wanted=lambda notices, now: {n.pk: "it was handed in" for n in notices})
    off(ada)
    notice = tell(ada, kind=kind, scope=SPRING)

    sender.send_due(now=now)

    assert fate(notice) == (Status.CANCELLED, "", "Not sent, because it was handed in")


def test_choices_cost_one_question_however_many_people_are_asked_about(tell, ada, dev, now, django_assert_num_queries):
    from notifications.choices import switched_off

    off(ada, kind="fair.opens", scope="")
    rows = [tell(user, f"{number}") for user in (ada, dev) for number in range(3)]

    with django_assert_num_queries(1):
        assert switched_off(rows) == {row.pk for row in rows if row.recipient_id == ada.pk}


def test_a_page_says_nothing_of_kinds_that_it_did_not_offer(ada, closing, fair, now):
    off(ada, kind="fair.opens")

    choose_mails(person=ada, scope=SPRING, offered=["fair.closes"], wanted=[], now=now)
    assert set(Choice.objects.values_list("kind", flat=True)) == {"fair.opens", "fair.closes"}

    choose_mails(person=ada, scope=SPRING, offered=["fair.closes"], wanted=["fair.closes"], now=now)
    assert set(Choice.objects.values_list("kind", flat=True)) == {"fair.opens"}


# --- from the mail --------------------------------------------------------------------------------------------------


def test_an_optional_mail_bears_one_click_and_a_session_of_its_own(mail_server, scopes, remind, ada, now, settings):
    settings.SITE_URL = "https://learn.example.org"
    remind(ada)

    sender.send_due(now=now)

    [mail] = mail_server.mails
    assert re.fullmatch(r"<https://learn\.example\.org/mails/stop/[\w.-]+/>", mail["List-Unsubscribe"].strip())
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == f"Spring 2027 <spring-2027.notices.{settings.SITE_HOST}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "Precedence" not in mail
    for body in (text_of(mail), html_of(mail)):
        assert link_in(mail) in body
        assert reverse("dashboards:mail-choices") in body
        assert "ada" not in link_in(mail)


def test_the_address_stands_whole_in_its_header_however_much_it_stops(mail_server, scopes, remind, ada, now):
    remind(ada)
    remind(ada, "Letter", scope=AUTUMN)

    sender.send_due(now=now)

    raw = dict(mail_server.mails[0].raw_items())["List-Unsubscribe"]
    assert re.fullmatch(r"\s*<http://[^\s<>?=]+>", raw), "neither broken in its middle nor encoded"
    assert mail_server.mails[0]["List-Id"].startswith("Lyceum <notices.")


def test_what_cannot_be_switched_off_bears_no_such_header(mail_server, receipt, remind, ada, now):
    remind(ada, kind=receipt)
    outbox.enqueue(receipt.to("somebody@example.org", context={"title": "x"}), now=now)

    sender.send_due(now=now)

    for mail in mail_server.mails:
        assert "List-Unsubscribe" not in mail
        assert "List-Unsubscribe-Post" not in mail
        assert "mails/stop" not in text_of(mail)
    assert reverse("dashboards:mail-choices") in text_of(mail_server.to("ada@example.org")[0])
    assert reverse("dashboards:mail-choices") not in text_of(mail_server.to("somebody@example.org")[0])


def test_one_click_stops_everything_optional_in_a_joined_mail_and_nothing_else(
    mail_server, scopes, declare, closing, remind, ada, now
):
    opening = declare("fair.heard", Lane.REMINDER, name="Openings")
    moved = declare("fair.said", Lane.REMINDER, name="Moves", is_optional=False)
    declare("fair.broken", Lane.REMINDER, name="Others")
    remind(ada, "Essay")
    remind(ada, "Gate", kind=opening, scope=AUTUMN)
    remind(ada, "Hour", kind=moved)
    sender.send_due(now=now)

    answer = Client(enforce_csrf_checks=True).post(link_in(mail_server.mails[0]), ONE_CLICK)

    assert answer.status_code == 200
    assert set(Choice.objects.values_list("kind", "scope", "way")) == {
        ("fair.closes", SPRING, Way.LINK),
        ("fair.heard", AUTUMN, Way.LINK),
    }
    page = answer.content.decode()
    for said in ("Fairs", "Spring 2027", "Openings", "Autumn 2027"):
        assert said in page
    assert "Moves" not in page
    assert ada.email not in page
    assert ada.name not in page


@pytest.mark.parametrize("sent", [ONE_CLICK, {"off": "1"}, {}])
def test_clicking_twice_is_clicking_once(client, closing, ada, now, sent):
    link = urlsplit(link_to_stop(ada, [("fair.closes", SPRING)])).path

    for _ in range(2):
        assert client.post(link, sent).status_code in (200, 302)

    assert Choice.objects.count() == 1


def test_one_click_is_taken_in_both_ways_of_sending_forms(closing, ada):
    for scope, content_type in (
        (SPRING, "multipart/form-data; boundary=x"),
        (AUTUMN, "application/x-www-form-urlencoded"),
    ):
        body = (
            '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
            if "multipart" in content_type
            else "List-Unsubscribe=One-Click"
        )
        link = urlsplit(link_to_stop(ada, [("fair.closes", scope)])).path
        answer = Client(enforce_csrf_checks=True).generic("POST", link, body, content_type=content_type)
        assert answer.status_code == 200, "a mail program is not sent on to another address"

    assert Choice.objects.count() == 2


def test_a_scanner_that_opens_every_link_of_a_mail_changes_nothing(client, mail_server, scopes, remind, ada, now):
    remind(ada)
    sender.send_due(now=now)
    [mail] = mail_server.mails
    links = set(re.findall(r"https?://[^\s\"<>]+", text_of(mail) + html_of(mail) + mail["List-Unsubscribe"]))
    assert any("/mails/stop/" in link for link in links)

    for link in links:
        for ask in (client.get, client.head, client.options):
            ask(urlsplit(link).path, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch"})

    assert not Choice.objects.exists()
    assert "Stop these mails" in client.get(link_in(mail)).content.decode()


def test_what_was_stopped_by_a_click_is_sent_again_by_another(client, closing, fair, ada, now):
    off(ada, kind="fair.opens")
    link = urlsplit(link_to_stop(ada, [("fair.closes", SPRING)])).path

    assert "No more mails like this" in client.post(link, {"off": "1"}, follow=True).content.decode()
    assert "Stop mails like this?" in client.post(link, {"on": "1"}, follow=True).content.decode()

    assert list(Choice.objects.values_list("kind", flat=True)) == ["fair.opens"]
    assert "no-store" in client.get(link).headers["Cache-Control"], "it says what is so now"


def test_a_link_means_the_same_years_later_and_under_an_older_key(client, closing, ada, settings):
    link = urlsplit(link_to_stop(ada, [("fair.closes", SPRING), ("fair.gone", SPRING)])).path
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another key of fifty letters and more" * 2,
    )
    ada.email = "ada@new.example.org"
    ada.save()

    client.post(link, ONE_CLICK)

    assert list(Choice.objects.values_list("person", "kind")) == [(ada.pk, "fair.closes")]


@pytest.mark.parametrize("change", ["", "x", "tail", "é", "." * 5000])
def test_a_link_that_was_tampered_with_does_nothing(client, closing, ada, dev, change):
    link = urlsplit(link_to_stop(ada, [("fair.closes", SPRING)])).path
    token = link.split("/")[-2]
    other = urlsplit(link_to_stop(dev, [("fair.closes", SPRING)])).path.split("/")[-2]
    forged = {"": other.split(".")[0] + "." + token.split(".")[-1], "tail": token[:-1]}.get(change, change or "x")

    for ask in (client.get, client.post):
        assert ask(reverse("notifications:mails-stop", args=[forged])).status_code == 404

    assert not Choice.objects.exists()


def test_the_link_of_somebody_whose_account_is_gone_says_so(client, closing, ada):
    link = urlsplit(link_to_stop(ada, [("fair.closes", SPRING)])).path
    ada.delete()

    for answer in (client.get(link), client.post(link, ONE_CLICK)):
        assert answer.status_code == 410
        assert "account that this mail was for is gone" in answer.content.decode()
    assert not Choice.objects.exists()


# --- in the app -----------------------------------------------------------------------------------------------------


def test_what_was_switched_off_is_told_in_the_app_and_counts_as_new(mail_server, client, remind, ada, now):
    remind(ada)
    off(ada)
    sender.send_due(now=now)

    with time_machine.travel(now + timedelta(minutes=1), tick=False):
        client.force_login(ada)
        page = client.get(reverse("notifications:inbox-list"))

    assert "“Essay” closes" in page.content.decode()
    assert page.context["user"].unread == 1
    assert Notice.objects.visible_to(ada, at=now).unread().count() == 1
