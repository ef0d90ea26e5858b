"""Two clicks at the same instant, on PostgreSQL. Seen to fail without its guard."""

from datetime import timedelta
from functools import partial

import pytest

from audit.models import Entry
from cohorts.models import Enrollment
from cohorts.services import JustInvited, send_invitations
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_double_click_sends_each_invitation_once(transactional_db, loa, director):
    """Seen to fail when only the rows were locked: the second waited its turn, and sent everything again."""
    people = [
        cast.enroll(cast.make_user(f"Person {number}"), loa, status=Enrollment.Status.INVITED) for number in range(3)
    ]
    clicks = [
        partial(send_invitations, enrollments=people, actor=director, now=WEEK_3 + timedelta(milliseconds=40 * click))
        for click in range(4)
    ]

    outcomes = at_once(*clicks)

    assert sorted(len(outcome) for outcome in outcomes if isinstance(outcome, list)) == [3]
    assert sum(isinstance(outcome, JustInvited) for outcome in outcomes) == 3
    assert Notice.objects.count() == Entry.objects.filter(verb="sent the invitation").count() == 3
