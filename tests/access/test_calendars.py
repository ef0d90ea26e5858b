"""No calendar feed holds what its owner may not read: the canaries of the matrix, looked for in everybody's feed."""

import pytest
from django.test import Client
from django.urls import reverse

from dashboards.calendar.address import token_of
from tests.access import people as who

pytestmark = pytest.mark.django_db


def test_no_feed_holds_what_its_owner_may_not_read(world):
    leaks, told = [], set()
    for name, user in world.users.items():
        if not user.is_authenticated:
            continue
        answer = Client().get(reverse("dashboards:calendar-feed", args=[token_of(user)]))
        assert answer.status_code == 200
        # A long line of a feed is folded.
        said = answer.text.replace("\r\n ", "")
        leaks += [f"{name}: {what}" for what in world.leaks_to(name, said)]
        if "BEGIN:VEVENT" in said:
            told.add(name)

    assert leaks == []
    assert {who.PARTICIPANT, who.NEIGHBOUR, who.OBSERVER, who.FELLOW, who.OUTSIDER} <= told
    assert told & {who.REMOVED, who.WITHDRAWN, who.INVITED, who.OPERATOR} == set()
