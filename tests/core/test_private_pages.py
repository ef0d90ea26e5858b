"""Pages of people who are signed in stay between them and the site."""

import pytest


@pytest.mark.django_db
def test_a_page_made_for_somebody_is_kept_by_no_cache_and_asked_for_anew(client, django_user_model):
    assert "Cache-Control" not in client.get("/").headers

    client.force_login(django_user_model.objects.create_user("ada@example.org", name="Ada"))

    assert client.get("/").headers["Cache-Control"] == "private, no-cache"
