"""A new address, once confirmed, ends what came back from the last, and what is still of use goes to it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from notifications import sender
from notifications.models import Notice, Return
from notifications.notices import ACCOUNT_MAIL
from tests import cast
from tests.cast import WEEK_3

pytestmark = pytest.mark.django_db


def came_back(person, address):
    for days in (2, 1):
        at = WEEK_3 - timedelta(days=days)
        Return.objects.create(
            person=person,
            address=address,
            message_id=f"<{days}-{address}>",
            sort=Return.Sort.UNKNOWN,
            mail_sent_at=at,
            returned_at=at,
        )


def withheld(person):
    return Notice.objects.create(
        recipient=person,
        kind="assignments.receipt",
        scope="session:1",
        lane="account",
        status=Notice.Status.CANCELLED,
        withheld=Notice.Withheld.ADDRESS,
        created_at=WEEK_3,
        send_at=WEEK_3,
        next_try_at=WEEK_3,
        expires_at=WEEK_3 + timedelta(days=2),
    )


def test_a_new_address_that_is_confirmed_by_its_code_works(client, mailoutbox):
    amara = cast.make_user("Amara Rao", email="amara@example.org")
    came_back(amara, "amara@example.org")
    # Long ago, under the address that she goes back to.
    came_back(amara, "amara@new.example.org")
    notice = withheld(amara)
    with time_machine.travel(WEEK_3, tick=True):
        client.force_login(amara)
        assert "Give another address" in client.get("/?all").content.decode()
        client.post(
            reverse("account_reauthenticate"), {"password": "a long pass phrase", "next": reverse("account_email")}
        )
        client.post(reverse("account_email"), {"action_add": "", "email": "amara@new.example.org"})
        notice.refresh_from_db()
        assert notice.withheld, "not before it is confirmed"
        assert Notice.objects.filter(kind=ACCOUNT_MAIL.key).exists()
        sender.send_due(now=WEEK_3 + timedelta(seconds=30))
        codes = [re.search(r"^([A-Z0-9]{4,}(?:-[A-Z0-9]+)*)$", mail.body, re.MULTILINE) for mail in mailoutbox]
        [code] = [found[1] for found in codes if found]
        client.post(reverse("account_email_verification_sent"), {"code": code})

        amara.refresh_from_db()
        notice.refresh_from_db()
        assert amara.email == "amara@new.example.org"
        assert (notice.status, notice.withheld) == (Notice.Status.WAITING, "")
        assert "Give another address" not in client.get("/?all").content.decode()
    assert Return.objects.filter(settled_at=None).count() == 2, "the old address is as it was"
