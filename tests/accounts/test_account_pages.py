"""Every page of the account library, those that nobody has looked at yet included, stands in the frame of the site."""

import re

import pytest
from allauth import urls
from django.urls import NoReverseMatch, URLResolver, reverse

from tests import cast

pytestmark = pytest.mark.django_db


def names(routes=urls.urlpatterns):
    for route in routes:
        if isinstance(route, URLResolver):
            yield from names(route.url_patterns)
        elif route.name:
            yield route.name


def pages():
    for name in sorted(set(names())):
        try:
            yield reverse(name)
        except NoReverseMatch:
            continue  # a link from a mail: its pages are walked through in test_entrance


def in_frame(response):
    """Whether it is no page at all, or one of ours: header, footer with help, our words for the browser's title."""
    if response.status_code != 200 or "text/html" not in response.headers["Content-Type"]:
        return True
    parts = ("site-header", "site-footer", "css/tokens.css", "/help/")
    return all(part in response.text for part in parts) and re.search(
        r"<title>\s*\w.*\S\s+· Lyceum</title>", response.text, re.DOTALL
    )


def test_for_visitors(client):
    looked_at = list(pages())

    assert len(looked_at) > 25
    assert [path for path in looked_at if not in_frame(client.get(path))] == []


def test_for_people_with_an_account(client):
    client.force_login(cast.make_user())

    assert [path for path in pages() if not in_frame(client.get(path))] == []


def test_too_many_attempts_are_told_so(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/m/ip"}
    for _ in range(2):
        response = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})

    assert response.status_code == 429
    assert "That was too often" in response.text
