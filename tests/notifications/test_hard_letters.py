"""Names, addresses and texts that are hard to put into a mail: each costs at most its own mail, never another's."""

import email
import email.policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from accounts.models import User
from notifications import sender
from notifications.kinds import Described
from notifications.models import Lane, Notice

Status = Notice.Status
pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(mail_sink):
    """What the mail server keeps for an address, in the order of its arrival."""

    def _kept(address=None):
        paths = sorted(mail_sink.glob("*.eml"))
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]
        return [mail for mail in mails if address in (None, mail["X-Envelope-To"])]

    return _kept


@pytest.fixture
def between(tell, ada, dev):
    """Puts a notice between those to two others, in one batch."""

    def _between(put):
        tell(ada, "Before")
        notice = put()
        tell(dev, "After")
        return notice

    return _between


def settled(notice):
    notice.refresh_from_db()
    return notice.status, notice.reason


def others_got_theirs(kept):
    return [[mail["Subject"] for mail in kept(address)] for address in ("ada@example.org", "dev@example.org")] == [
        ["Before"],
        ["After"],
    ]


@pytest.mark.parametrize(
    ("address", "envelope"),
    [
        ("eva@müller.example", "eva@xn--mller-kva.example"),
        # By the rules before 2010 this was strasse.example, which is somebody else's.
        ("eva@straße.example", "eva@xn--strae-oqa.example"),
        ("Eva@Παράδειγμα.example", "Eva@xn--hxajbheg2az3al.example"),
        ("eva@例え。example", "eva@xn--r8jz45g.example"),
        ("eva+loa@büro.example.org", "eva+loa@xn--bro-hoa.example.org"),
    ],
)
def test_a_domain_in_any_script_gets_its_mail(kept, between, tell, now, address, envelope):
    eva = User.objects.create_user("eva@example.org", name="Eva Müller")
    User.objects.filter(pk=eva.pk).update(email=address)
    notice = between(lambda: tell(eva))

    assert sender.send_due(now=now) == 3

    assert settled(notice) == (Status.SENT, "you asked for it")
    [mail] = kept(envelope)
    assert (mail["To"].addresses[0].display_name, mail["To"].addresses[0].addr_spec) == ("Eva Müller", envelope)
    assert others_got_theirs(kept)


def test_an_address_without_an_account_may_have_such_a_domain_too(kept, between, fair, tell, now):
    notice = between(lambda: tell("eva@müller.example", on=None))

    assert sender.send_due(now=now) == 3

    assert settled(notice)[0] == Status.SENT
    assert len(kept("eva@xn--mller-kva.example")) == 1


@pytest.mark.parametrize(
    "address",
    [
        "jörg@example.org",
        "јелена@example.org",
        "🦉@example.org",
        "eva@" + "ü" * 70 + ".example",
        "eva@a..example",
        "eva@☃.example",
        "eva obi@@example.org",
        "eva@example.org\r\nBcc: all@example.org",
        "eva@example.org, all@example.org",
        "eva <eva@example.org>",
        "eva@",
        "@example.org",
        "eva",
        "",
    ],
)
def test_an_address_to_which_nothing_can_be_sent_is_one_dead_letter_with_a_plain_reason(
    kept, between, tell, now, address
):
    eva = User.objects.create_user("eva@example.org", name="Eva Müller")
    User.objects.filter(pk=eva.pk).update(email=address)
    notice = between(lambda: tell(eva))

    assert sender.send_due(now=now) == 2

    status, reason = settled(notice)
    assert status == Status.FAILED
    assert reason.startswith(f"no mail can be sent to “{' '.join(address.split())}”: ")
    assert "Error" not in reason
    assert notice.explanation().startswith("Could not be delivered, because no mail can be sent to “")
    assert len(kept()) == 2
    assert others_got_theirs(kept)


@pytest.mark.parametrize(
    "name",
    [
        "Eve " + "Maximiliane " * 16,
        "🦉" * 200,
        "Ünï " * 40,
        "Eve\r\nBcc: all@example.org",
        "Eve\u2028\u0085\x0bBcc: all@example.org",
        '"Eve" <all@example.org>, Bob',
        "Eve (of Bcc: all@example.org",
        "=?utf-8?q?Eve=0D=0ABcc=3A_all=40example=2Eorg?=",
        "Zoë\u202eevE",
        "👩🏽‍🚀 Ada 👨‍👩‍👧‍👦",
        "",
        " ",
        "\\",
    ],
)
@pytest.mark.parametrize("place", ["name", "subject"])
def test_whatever_stands_in_a_name_or_a_subject_the_mail_is_one_and_goes_to_its_person(
    kept, between, tell, now, name, place
):
    eva = User.objects.create_user("eva@example.org", name=name if place == "name" else "Eva", addressed_as=name[:100])
    notice = between(lambda: tell(eva, name[:100]) if place == "subject" else tell(eva))

    assert sender.send_due(now=now) == 3

    assert settled(notice)[0] == Status.SENT
    [mail] = kept("eva@example.org")
    assert [address.addr_spec for address in mail["To"].addresses] == ["eva@example.org"]
    assert (mail["Bcc"], len(mail.get_all("Subject", [])), len(mail.get_all("To"))) == (None, 1, 1)
    assert max(len(line) for line in mail.as_bytes().splitlines()) < 998
    assert len(kept()) == 3
    assert others_got_theirs(kept)


def test_a_name_of_two_hundred_letters_in_any_script_is_read_as_it_was_written(kept, tell, now):
    eva = User.objects.create_user("eva@example.org", name="Бранислава 🦉 Ђорђевић " * 8)
    tell(eva)

    sender.send_due(now=now)

    [mail] = kept()
    to = email.message_from_bytes(mail.as_bytes(), policy=email.policy.compat32)["To"]
    shown, address = parseaddr(str(make_header(decode_header(to))))
    assert address == "eva@example.org"
    assert shown.endswith("…")
    assert eva.name.startswith(shown[:-1])


@pytest.mark.parametrize(
    ("who_answers", "shown"),
    [
        ("Jürgen <tf@müller.example>", ["Jürgen <tf@xn--mller-kva.example>"]),
        ("jörg@example.org", ["office@example.org"]),
        ("tf@@example.org", ["office@example.org"]),
        ("Milica, of Belgrade <tf@example.org>", ["office@example.org"]),
    ],
)
def test_an_address_for_answers_that_cannot_be_written_to_costs_no_mail(
    declare, kept, between, tell, ada, now, settings, who_answers, shown
):
    settings.OFFICE_EMAIL = "office@example.org"
    kind = declare(
        "fair.closes",
        subject="{{ title }}",
        describe=lambda notices, now: {n.pk: Described(context=n.context, reply_to=who_answers) for n in notices},
    )
    notice = between(lambda: tell(ada, kind=kind))

    assert sender.send_due(now=now) == 3

    assert settled(notice)[0] == Status.SENT
    [mail] = [mail for mail in kept() if "Spring" in mail["Subject"]]
    assert [str(address) for address in mail["Reply-To"].addresses] == shown


@pytest.mark.parametrize("what", ["template", "subject", "why", "context", "reply_to", "path"])
@pytest.mark.parametrize("lane", [Lane.EVENT, Lane.REMINDER])
def test_a_declaration_that_is_wrong_anywhere_is_one_dead_letter(declare, kept, between, tell, ada, now, what, lane):
    class Raises:
        def __str__(self):
            raise RuntimeError("not today")

        def __bool__(self):
            raise RuntimeError("not today")

    said = {"title": "Spring"}
    described = {
        "context": Described(context=None),
        "reply_to": Described(context=said, reply_to=Raises()),
        "path": Described(context=said, path=Raises()),
    }.get(what, Described(context=said | {"broken": Raises()}))
    words = {what: "{{ broken }}"} if what in ("subject", "why") else {}
    key = "fair.broken" if what == "template" else "fair.closes"
    kind = declare(key, lane, describe=lambda notices, now: {n.pk: described for n in notices}, **words)
    notice = between(lambda: tell(ada, kind=kind))

    assert sender.send_due(now=now) == 2

    status, reason = settled(notice)
    assert status == Status.FAILED
    assert reason.startswith("its text could not be written: ")
    assert others_got_theirs(kept)
