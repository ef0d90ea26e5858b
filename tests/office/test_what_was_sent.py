"""What became of each notice, in the words of people."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from cohorts.notices import invitation
from notifications import outbox
from notifications.models import Notice
from tests.cast import WEEK_3


@pytest.fixture
def refused(participant_in_kolkata):
    """An invitation that the mail server did not take."""
    participant_in_kolkata.invited_at = WEEK_3 - timedelta(hours=1)
    outbox.enqueue(invitation(participant_in_kolkata), now=WEEK_3)
    Notice.objects.update(
        status=Notice.Status.FAILED,
        reason="the mail server refused your address",
        smtp_code=550,
        smtp_text="No such user",
    )
    return Notice.objects.get()


def test_one_that_failed_is_told_in_words_and_not_by_its_key(refused, enter, director):
    """Seen to fail when its heading was “cohorts.invitation to 12 (failed)”."""
    address = f"/office/notifications/notice/{refused.pk}/change/"
    soup = BeautifulSoup(enter(director).get(address).content, "html.parser")

    assert soup.h1.get_text() == f"{refused.title} to Amara Rao"
    said = " ".join(soup.select_one("#content-main").get_text(" ").split())
    assert "550 No such user" in said
    assert "Could not be delivered, because the mail server refused their address" in said
    assert "Smtp" not in said
