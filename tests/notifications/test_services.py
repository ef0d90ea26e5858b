from datetime import timedelta

import pytest

from core.moves import WrongState
from notifications import sender
from notifications.models import ACCOUNT_MAIL, Notice
from notifications.services import TooLate, send_again

Status = Notice.Status
pytestmark = pytest.mark.django_db


@pytest.fixture
def failed(mail_server, tell, ada, now):
    """A notice to an address with a slip, which the server refused."""
    mail_server.refuse("ada@example.org", "550 No such person", times=1)
    notice = tell(ada)
    sender.send_due(now=now)
    notice.refresh_from_db()
    assert notice.status == Status.FAILED
    return notice


def test_what_could_not_be_delivered_is_sent_again_once_the_address_is_repaired(failed, mail_server, ada, now):
    ada.email = "ada.obi@example.org"
    ada.save()

    send_again(notice=failed, now=now + timedelta(hours=1))
    sender.send_due(now=now + timedelta(hours=1))

    assert len(mail_server.to("ada.obi@example.org")) == 1
    failed.refresh_from_db()
    assert failed.explanation() == "Sent, because you asked for it"


def test_what_was_sent_is_never_sent_again(mail_server, tell, ada, now):
    notice = tell(ada)
    sender.send_due(now=now)
    notice.refresh_from_db()

    with pytest.raises(WrongState):
        send_again(notice=notice, now=now)


def test_what_has_expired_or_lost_its_token_is_not_sent_again(failed, now):
    with pytest.raises(TooLate):
        send_again(notice=failed, now=failed.expires_at)

    failed.kind = ACCOUNT_MAIL
    with pytest.raises(TooLate):
        send_again(notice=failed, now=now)
