"""Mails of the account library are rows of the outbox, and their tokens are nowhere to be read."""

import json
import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from cryptography.fernet import InvalidToken
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.services import find_or_make_person
from core import clock
from notifications import sender
from notifications.models import Lane, Notice, Return
from notifications.sealing import seal, unseal

Status = Notice.Status
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(ada):
    ada.set_password("correct horse battery")
    ada.save()
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    return ada


@pytest.fixture
def ask_for_code(client):
    def _ask(address="ada@example.org"):
        response = client.post(reverse("account_request_login_code"), {"email": address})
        assert response.status_code == 302
        return Notice.objects.latest("pk")

    return _ask


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def everything_stored():
    """Every row of the outbox, as somebody with a copy of the database would see it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(n) FROM notifications_notice n")
        return json.dumps(cursor.fetchall())


def test_a_sign_in_code_arrives_and_opens_the_account(ada, ask_for_code, mail_server, client):
    notice = ask_for_code()
    assert (notice.lane, notice.recipient, notice.status) == (Lane.ACCOUNT, ada, Status.WAITING)

    sender.send_due(now=clock.now())

    mail = mail_server.to("ada@example.org")[0]
    assert mail["Subject"] == "Your code to sign in"
    code = re.search(r"sign in:\n\n(\S+)\n", text_of(mail))[1]
    response = client.post(reverse("account_confirm_login_code"), {"code": code})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(ada.pk)


@pytest.mark.parametrize("way", ["code", "password"])
def test_a_code_that_came_by_mail_settles_its_address(ada, ask_for_code, mail_server, client, way):
    """The same address that came back before; nothing of another person's, and nothing by a password."""
    other, _ = find_or_make_person(email="new@example.org", name="New Person", now=clock.now())
    for person in (ada, other):
        Return.objects.create(
            person=person,
            address=person.email,
            message_id=f"<{person.pk}@test>",
            sort=Return.Sort.UNKNOWN,
            mail_sent_at=clock.now(),
            returned_at=clock.now(),
        )

    if way == "code":
        ask_for_code()
        sender.send_due(now=clock.now())
        code = re.search(r"sign in:\n\n(\S+)\n", text_of(mail_server.to(ada.email)[0]))[1]
        client.post(reverse("account_confirm_login_code"), {"code": code})
    else:
        client.post(reverse("account_login"), {"login": ada.email, "password": "correct horse battery"})

    assert client.session["_auth_user_id"] == str(ada.pk)
    standing = set(Return.objects.standing().values_list("person__email", flat=True))
    assert standing == {"new@example.org"} | ({ada.email} if way == "password" else set())


def test_the_first_code_is_enough_for_somebody_whom_the_office_enrolled(client, mail_server):
    find_or_make_person(email="new@example.org", name="New Person", now=clock.now())
    client.post(reverse("account_request_login_code"), {"email": "new@example.org"})
    sender.send_due(now=clock.now())

    (mail,) = mail_server.to("new@example.org")
    code = re.search(r"sign in:\n\n(\S+)\n", text_of(mail))[1]
    answer = client.post(reverse("account_confirm_login_code"), {"code": code})

    assert "confirm-email" not in answer["Location"]
    assert "_auth_user_id" in client.session
    assert EmailAddress.objects.get().verified
    assert Notice.objects.count() == 1


def test_no_token_can_be_read_from_the_database_before_or_after(ada, ask_for_code, mail_server):
    notice = ask_for_code()
    before = everything_stored()
    sender.send_due(now=clock.now())
    code = re.search(r"sign in:\n\n(\S+)\n", text_of(mail_server.mails[0]))[1]

    assert code not in before
    assert code not in everything_stored()
    notice.refresh_from_db()
    assert notice.status == Status.SENT
    assert notice.sealed_mail == ""


def test_a_token_that_was_not_sent_in_time_is_erased(ada, ask_for_code, mail_server):
    ask_for_code()

    assert sender.send_due(now=clock.now() + timedelta(hours=1)) == 0

    notice = Notice.objects.get()
    assert (notice.status, notice.sealed_mail) == (Status.EXPIRED, "")


def test_the_database_refuses_to_keep_a_token_of_a_settled_mail(ada, ask_for_code):
    notice = ask_for_code()

    with pytest.raises(IntegrityError, match="notice_sealed_mail_erased"), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(status=Status.CANCELLED)


def test_a_token_of_an_attempt_that_is_rolled_back_is_not_sent(ada, client):
    def ask_and_fail():
        client.post(reverse("account_request_login_code"), {"email": ada.email})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask_and_fail()

    assert not Notice.objects.exists()


def test_asking_twice_makes_two_mails(ada, client):
    for _ in range(2):
        client.post(reverse("account_reset_password"), {"email": ada.email})

    assert Notice.objects.count() == 2


def test_an_address_without_an_account_is_told_so(ask_for_code, mail_server, db):
    notice = ask_for_code("nobody@example.org")
    assert (notice.recipient, notice.address) == (None, "nobody@example.org")

    sender.send_due(now=clock.now())

    mail = mail_server.to("nobody@example.org")[0]
    assert mail["Subject"] == "There is no account with this address"
    assert text_of(mail).startswith("Hello,\n")


def test_a_reset_link_arrives_whole_and_works(ada, client, mail_server):
    client.post(reverse("account_reset_password"), {"email": ada.email})
    sender.send_due(now=clock.now())

    url = re.search(r"\nhttp://testserver(\S+)\n", text_of(mail_server.mails[0]))[1]
    assert client.get(url, follow=True).status_code == 200
    assert f'href="http://testserver{url}"' in mail_server.mails[0].get_body(("html",)).get_content()


def test_a_changed_password_is_told_with_time_and_place_on_the_persons_clock(ada, client, mail_server):
    client.force_login(ada)
    client.post(
        reverse("account_change_password"),
        {"oldpassword": "correct horse battery", "password1": "purple oak staple", "password2": "purple oak staple"},
        headers={"User-Agent": "<b>Firefox</b>"},
    )
    sender.send_due(now=clock.now())

    mail = mail_server.to("ada@example.org")[0]
    assert mail["Subject"] == "Your password was changed"
    assert re.search(r"When: \w+day \d+ \w+, \d\d:\d\d New York\n", text_of(mail))
    assert "<b>Firefox</b>" in text_of(mail)
    assert "<b>Firefox" not in mail.get_body(("html",)).get_content()


def test_a_new_address_gets_its_mail_and_the_person_finds_it_among_theirs(ada, client, mail_server):
    client.force_login(ada)
    client.post(reverse("account_email"), {"email": "ada@new.example.org", "action_add": ""})

    notice = Notice.objects.told_to(ada).get(address="ada@new.example.org")
    assert notice.recipient is None
    sender.send_due(now=clock.now())
    assert mail_server.to("ada@new.example.org")


def test_what_was_sealed_with_the_last_secret_can_still_be_sent(settings):
    sealed = seal({"subject": "Code"})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]
    assert unseal(sealed) == {"subject": "Code"}

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        unseal(sealed)
