"""Every refusal and failure says what to do, offers help, and loses nothing that was written."""

import re

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config import urls
from config.urls import handler400, handler403, handler404, handler500  # noqa: F401 - those of the site
from core.access import public
from core.refusals import conflict, server_error
from tests import cast

ESSAY = "My people are the night nurses of three hospitals, and their problem is that nobody asks them. " * 3


def raising(error):
    @public
    def view(request):
        raise error

    return view


@public
def too_late(request):
    return conflict(request, "This assignment closed on Sunday.", keep=request.POST.get("text", ""))


@public
def take(request):
    return HttpResponse(request.POST.get("text", ""))


urlpatterns = [
    *urls.urlpatterns,
    path("unreadable/", raising(SuspiciousOperation("no"))),
    path("forbidden/", raising(PermissionDenied())),
    path("broken/", raising(RuntimeError("the secret of the machine"))),
    path("no-database/", raising(OperationalError("connection refused at 10.0.0.7"))),
    path("too-late/", too_late),
    path("take/", take),
]


@pytest.fixture(autouse=True)
def own_urls(settings, db):
    settings.ROOT_URLCONF = "tests.core.test_refusals"


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("address", "status", "title"),
    [
        ("/unreadable/", 400, "That could not be read"),
        ("/forbidden/", 403, "This page is for others"),
        ("/nowhere/", 404, "There is nothing here"),
        ("/too-late/", 409, "That is no longer possible"),
        ("/broken/", 500, "Something went wrong on our side"),
        ("/no-database/", 503, "Back in a moment"),
    ],
)
def test_each_has_a_page_with_a_way_on_and_a_way_to_help(client, address, status, title):
    response = client.get(address)

    assert response.status_code == status
    assert title in response.text
    assert re.search(r'<link rel="stylesheet" href="[^"]+tokens[^"]*\.css">', response.text)
    assert f"/help/?from={address.replace('/', '%2F')}" in response.text
    assert "btn-primary" in response.text
    assert "script-src" in response.headers["Content-Security-Policy"]


def test_a_failure_says_its_number_and_nothing_of_the_machine(client):
    response = client.get("/broken/")

    assert re.search(r"<code>\w{32}</code>", response.text)
    assert "secret" not in response.text


def test_a_database_that_is_away_is_no_secret_and_no_address(client):
    response = client.get("/no-database/")

    assert response.headers["Retry-After"] == "60"
    assert "10.0.0.7" not in response.text


def test_the_page_of_a_failure_asks_nothing_of_session_user_or_database(rf, django_assert_num_queries):
    request = rf.get("/broken/")
    with django_assert_num_queries(0):
        response = server_error(request)

    assert response.status_code == 500


def test_what_came_too_late_is_handed_back(client):
    response = client.post("/too-late/", {"text": ESSAY + "<b>"})

    assert "This assignment closed on Sunday." in response.text
    assert ESSAY + "&lt;b&gt;" in response.text


def test_a_form_from_before_signing_in_is_refused_and_its_text_handed_back():
    strict = Client(enforce_csrf_checks=True)

    response = strict.post("/take/", {"text": ESSAY, "password": "p" * 80, "short": "no need"})

    assert response.status_code == 403
    assert "Please send it once more" in response.text
    assert ESSAY in response.text
    assert "pppp" not in response.text
    assert "no need" not in response.text


def test_too_much_at_once_is_called_that(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    response = client.post("/take/", {"text": ESSAY * 10})

    assert response.status_code == 413
    assert "That is too large" in response.text


def test_the_pages_know_who_is_signed_in(client):
    client.force_login(cast.make_user("Amara Rao"))

    assert "Amara Rao" in client.get("/nowhere/").text
    assert "This page is for others" in client.get("/forbidden/").text


def test_who_was_signed_out_meanwhile_gets_the_text_back_and_the_way_to_sign_in(client):
    answer = client.post("/profile/", {"text": ESSAY, "password": ESSAY})

    assert answer.status_code == 403
    page = answer.content.decode()
    assert page.count(ESSAY) == 1
    assert "/accounts/login/?next=/profile/" in page


def test_who_is_signed_out_and_sent_nothing_long_goes_to_sign_in(client):
    for answer in (client.get("/profile/"), client.post("/profile/", {"name": "Ada"})):
        assert answer.status_code == 302
        assert answer.url == "/accounts/login/?next=/profile/"
