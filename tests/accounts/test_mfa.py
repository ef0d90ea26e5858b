"""Whoever acts as staff signs in with a second step; participants may, and the demo's newcomers need not."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.urls import reverse

from core import clock

OFFICE = reverse("admin:index")
SET_UP = reverse("mfa_index")


@pytest.fixture
def compulsory(settings):
    settings.STAFF_MUST_HAVE_MFA = True


@pytest.fixture
def with_app(db):
    """Sets up the authenticator app of a person; returns the secret in it."""

    def set_up(user):
        secret = auth.generate_totp_secret()
        auth.TOTP.activate(user, secret)
        return secret

    return set_up


def code_for(secret):
    return auth.format_hotp_value(auth.hotp_value(secret, int(clock.now().timestamp()) // 30))


def people_page(session):
    return reverse("operations:roster-load", args=[session.slug])


def test_the_office_sends_staff_without_a_second_step_to_set_one_up(client, compulsory, director):
    client.force_login(director)

    response = client.get(OFFICE)

    assert response.url == SET_UP
    assert "staff pages need more than a password" in client.get(SET_UP).text


def test_the_office_opens_once_it_is_set_up(client, compulsory, director, with_app):
    with_app(director)
    client.force_login(director)

    assert client.get(OFFICE).status_code == 200


def test_staff_pages_of_a_session_ask_for_it_as_well(client, compulsory, coordinator, loa, with_app):
    client.force_login(coordinator)
    assert client.get(people_page(loa)).url == SET_UP

    with_app(coordinator)
    assert client.get(people_page(loa)).status_code == 200


def test_a_stranger_learns_nothing_from_it(client, compulsory, outsider, loa, with_app):
    with_app(outsider.user)
    client.force_login(outsider.user)

    assert client.get(people_page(loa)).status_code == 404


def test_participants_are_not_asked(client, compulsory, participant_in_kolkata):
    client.force_login(participant_in_kolkata.user)

    week = reverse("dashboards:week", kwargs={"session_slug": participant_in_kolkata.session.slug})
    assert client.get(week).status_code == 200
    assert client.get(reverse("dashboards:profile-edit")).status_code == 200


def test_staff_reach_their_own_account_to_set_it_up(client, compulsory, director):
    client.force_login(director)

    for name in ("mfa_index", "dashboards:profile-edit", "account_logout"):
        assert client.get(reverse(name)).status_code == 200


def test_where_it_is_not_compulsory_nobody_is_asked(client, director):
    client.force_login(director)

    assert client.get(OFFICE).status_code == 200


def test_the_password_alone_no_longer_signs_in_and_the_code_does(client, with_app, director):
    EmailAddress.objects.create(user=director, email=director.email, primary=True, verified=True)
    secret = with_app(director)

    response = client.post(reverse("account_login"), {"login": director.email, "password": "a long pass phrase"})
    assert response.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200
    client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})

    assert client.session["_auth_user_id"] == str(director.pk)
    assert Authenticator.objects.get(user=director).last_used_at is not None


def test_the_office_has_no_sign_in_page_of_its_own(client, db):
    response = client.get(OFFICE, follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert 'name="login"' in response.text


def test_the_office_refuses_who_is_no_staff(client, participant_in_kolkata):
    client.force_login(participant_in_kolkata.user)

    assert client.get(OFFICE, follow=True).status_code == 403
