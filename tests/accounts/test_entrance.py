"""Signing up and in: nobody learns from an answer, or from how long it took, who has an account here."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import hashers
from django.urls import reverse

from accounts.models import User
from core import clock
from notifications import sender
from tests import cast

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase"


@pytest.fixture
def amara(db):
    user = cast.make_user("Amara Rao", email="amara@example.org")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.fixture
def hashed(monkeypatch):
    """Every password that a hasher worked on: what takes the time."""
    worked = []
    encode = hashers.MD5PasswordHasher.encode

    def counting(self, password, salt):
        worked.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counting)
    return worked


def sign_up(client, **said):
    said = {"name": "Nina Okoye", "email": "nina@example.org", "password1": PASSWORD} | said
    return client.post(reverse("account_signup"), said)


def sign_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def last_mail(mailoutbox):
    sender.send_due(now=clock.now())
    return mailoutbox[-1]


def test_name_address_and_password_make_an_account_that_waits_for_the_code(client, mailoutbox):
    response = sign_up(client, name="  Nina  Okoye ")

    assert response.url == reverse("account_email_verification_sent")
    nina = User.objects.get(email="nina@example.org")
    assert (nina.name, nina.is_staff) == ("Nina Okoye", False)
    assert nina.joined_at is not None
    assert "_auth_user_id" not in client.session


def test_the_code_from_the_mail_opens_the_account_and_leads_to_the_first_steps(client, mailoutbox):
    sign_up(client)
    code = re.search(r"^([A-Z0-9]{4,}(?:-[A-Z0-9]+)*)$", last_mail(mailoutbox).body, re.MULTILINE)[1]

    response = client.post(reverse("account_email_verification_sent"), {"code": code})

    assert response.url == reverse("dashboards:first-steps")
    assert client.session["_auth_user_id"] == str(User.objects.get().pk)


def test_a_wrong_code_opens_nothing(client):
    sign_up(client)

    response = client.post(reverse("account_email_verification_sent"), {"code": "AAAA-BBBB"})

    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_name_is_asked_for(client):
    response = sign_up(client, name=" ")

    assert response.context["form"].errors["name"]
    assert not User.objects.exists()


def test_a_known_address_gets_the_same_answer_and_its_owner_a_mail(client, amara, mailoutbox):
    unknown = sign_up(client)
    client.cookies.clear()
    known = sign_up(client, email=amara.email)

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert User.objects.filter(email=amara.email).count() == 1
    last_mail(mailoutbox)
    assert sorted(mail.to for mail in mailoutbox) == [
        ["amara@example.org"],
        ["nina@example.org"],
    ]


def test_signing_up_hashes_as_often_for_a_known_address_as_for_an_unknown_one(client, amara, hashed):
    sign_up(client)
    unknown = len(hashed)
    client.cookies.clear()
    hashed.clear()
    sign_up(client, email=amara.email)

    assert unknown == 1
    assert len(hashed) == unknown


def test_a_wrong_password_is_hashed_as_often_for_a_known_address_as_for_an_unknown_one(client, amara, hashed):
    sign_in(client, amara.email, "a wrong pass phrase")
    known = len(hashed)
    hashed.clear()
    sign_in(client, "nobody@example.org", "a wrong pass phrase")

    assert known == 1
    assert len(hashed) == known


def test_signing_in_is_seen_and_not_said(client, amara):
    sign_in(client, amara.email)

    assert not client.get(reverse("dashboards:home")).context["messages"]


def test_capitals_in_the_address_do_not_matter(client, amara):
    sign_in(client, "Amara@Example.org")

    assert client.session["_auth_user_id"] == str(amara.pk)


def test_a_forgotten_password_is_set_anew_by_the_link_of_the_mail(client, amara, mailoutbox):
    response = client.post(reverse("account_reset_password"), {"email": amara.email})
    assert response.url == reverse("account_reset_password_done")
    link = re.search(r"https?://[^/\s]+(/\S+)", last_mail(mailoutbox).body)[1]

    form = client.get(link, follow=True)
    new = {"password1": "another pass phrase", "password2": "another pass phrase"}
    client.post(form.request["PATH_INFO"], new)
    client.logout()

    assert sign_in(client, amara.email).status_code == 200
    assert sign_in(client, amara.email, "another pass phrase").status_code == 302


def test_a_link_is_good_for_one_new_password(client, amara, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": amara.email})
    link = re.search(r"https?://[^/\s]+(/\S+)", last_mail(mailoutbox).body)[1]
    amara.set_password("another pass phrase")
    amara.save()

    assert "This link no longer works" in client.get(link, follow=True).text


def without_number(page):
    """The page without the number of its request, which is another each time."""
    return re.sub(r"request=\w+", "", page)


def test_resetting_says_nothing_about_who_has_an_account(client, amara):
    known = client.post(reverse("account_reset_password"), {"email": amara.email}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain
    assert without_number(known.text) == without_number(unknown.text)
    assert amara.email not in known.text


def test_the_address_changes_only_when_the_new_one_is_confirmed(client, amara, mailoutbox):
    sign_in(client, amara.email)
    client.post(reverse("account_email"), {"action_add": "", "email": "amara.rao@example.org"})
    amara.refresh_from_db()
    assert amara.email == "amara@example.org"

    mail = last_mail(mailoutbox)
    assert "amara.rao@example.org" in mail.to[0]
    code = re.search(r"^([A-Z0-9]{4,}(?:-[A-Z0-9]+)*)$", mail.body, re.MULTILINE)[1]
    client.post(reverse("account_email_verification_sent"), {"code": code})

    amara.refresh_from_db()
    assert amara.email == "amara.rao@example.org"


def test_the_list_of_sign_ins_names_browser_and_system(client, amara):
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client.defaults["HTTP_USER_AGENT"] = firefox
    sign_in(client, amara.email)

    assert "Firefox on Windows" in client.get(reverse("usersessions_list")).text
