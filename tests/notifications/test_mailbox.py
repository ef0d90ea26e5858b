"""The demo's mails on a page: there in the demo only, and harmless whatever a mail holds."""

import email.policy
from itertools import count

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from notifications import sender
from notifications.mailbox import read_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.IS_DEMO = True
    settings.DEMO_MAIL_DIR = tmp_path / "mail"
    settings.DEMO_MAIL_DIR.mkdir()
    return settings.DEMO_MAIL_DIR


@pytest.fixture
def keep(folder):
    """Keeps a mail as the demo's mail server does."""
    numbers = count(1)

    def _keep(content, recipient):
        path = folder / f"{next(numbers):020d}-1-000001.eml"
        path.write_bytes(f"X-Envelope-To: {recipient}\r\n".encode() + content)
        return path.stem

    return _keep


@pytest.fixture
def deliver(keep):

    def _deliver(to="Ada Obi <ada@example.org>", subject="Spring", text="Hello", html="<p>Hello</p>"):
        message = EmailMultiAlternatives(subject, text, "office@example.org", [to])
        if html:
            message.attach_alternative(html, "text/html")
        content = message.message().as_bytes(linesep="\r\n")
        return keep(content, message.recipients()[0])

    return _deliver


def listed(client, **query):
    response = client.get(reverse("notifications:mailbox-list"), query)
    assert response.status_code == 200
    return [mail.subject for mail in response.context["mails"]]


def read(client, name):
    return client.get(reverse("notifications:mailbox-read", args=[name]))


def test_the_newest_mail_stands_first_and_can_be_searched_by_recipient(client, deliver):
    deliver(subject="Old")
    deliver("Dev Rao <dev@example.org>", subject="To Dev")
    deliver(subject="New")

    assert listed(client) == ["New", "To Dev", "Old"]
    assert listed(client, to="ADA@example.org") == ["New", "Old"]
    assert listed(client, to="rao") == ["To Dev"]
    assert listed(client, to="nobody") == []


def test_without_mails_the_page_says_what_to_do(client, folder):
    response = client.get(reverse("notifications:mailbox-list"))

    assert "No mail yet" in response.content.decode()


def test_a_mail_shows_its_text_its_html_and_who_can_answer(client, deliver):
    page = read(client, deliver(text="Dear Ada,\nplain", html="<p>Dear <b>Ada</b></p>")).content.decode()

    assert "<p>Dear <b>Ada</b></p>" in page
    assert "Dear Ada,\nplain" in page
    assert "ada@example.org" in page


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        '<img src="https://evil.example/pixel">',
        '<p onclick="alert(1)" style="position:fixed">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        "<style>body{display:none}</style>",
        '<iframe src="https://evil.example"></iframe>',
        '<form action="https://evil.example"><input name="code"></form>',
    ],
)
def test_no_mail_runs_or_loads_anything(client, deliver, html):
    page = read(client, deliver(html=html, text=html)).content.decode()
    shown = (
        page[page.index('aria-label="The mail"') : page.index("<details")] if 'aria-label="The mail"' in page else ""
    )

    for danger in ("alert", "evil.example", "style", "display:none", "<form"):
        assert danger not in shown
    assert html not in page


def test_outside_the_demo_there_is_no_mailbox(client, deliver, settings):
    name = deliver()
    settings.IS_DEMO = False

    assert client.get(reverse("notifications:mailbox-list")).status_code == 404
    assert read(client, name).status_code == 404


@pytest.mark.parametrize("name", ["..", "nothing", "%2e%2e%2fsecret", "a.eml", "a" * 90])
def test_no_name_leads_out_of_the_folder(client, folder, name):
    (folder.parent / "secret.eml").write_text("Subject: secret\n\nsecret")

    assert client.get(f"/demo/mailbox/{name}/").status_code == 404
    assert read_mail("../secret") is None


def test_a_mail_that_we_sent_is_shown_with_its_time_on_the_readers_clock(client, keep, tell, ada, now, mail_server):
    tell(ada)
    sender.send_due(now=now)
    mail = mail_server.mails[0]
    name = keep(mail.as_bytes(policy=email.policy.SMTP), "ada@example.org")

    page = read(client, name).content.decode()

    assert "You receive this because you asked for it." in page
    assert "Sunday 14 March 2027, 13:00 UTC" in page
