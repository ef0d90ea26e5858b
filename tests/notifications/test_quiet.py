"""Planner and senders look every minute, day and night; nearly always there is nothing to tell anybody.

Seen failing while each kind read and wrote its own place in time, and asked of everybody in six hundred zones.
"""

from datetime import UTC, datetime, timedelta

import pytest

from notifications import planner, sender
from notifications.models import Notice
from tests import cast

MINUTE = timedelta(minutes=1)
# Wednesday of week 3, noon has passed in New York and night has fallen in Kolkata; it is morning nowhere.
QUIET = datetime(2027, 2, 17, 17, 20, tzinfo=UTC)
# Nine in the morning in Denver, where nobody lives.
MORNING_ELSEWHERE = datetime(2027, 2, 17, 15, 55, tzinfo=UTC)


@pytest.fixture
def busy_session(paper, participant_in_kolkata, participant_in_sydney, head_fellow, director):
    """A paper that waits for its reader, a meeting on Thursday, and something due on Sunday."""
    cast.make_submission(paper, participant_in_kolkata)
    cast.make_meeting(paper.session)
    return paper.session


@pytest.mark.django_db
@pytest.mark.parametrize(("moment", "queries"), [(QUIET, 16), (MORNING_ELSEWHERE, 17)])
def test_a_run_with_nothing_to_tell_costs_few_queries(busy_session, moment, queries, django_assert_num_queries):
    planner.plan(now=moment - MINUTE)
    sender.send_due(now=moment - MINUTE)

    with django_assert_num_queries(queries):
        planner.plan(now=moment)
    with django_assert_num_queries(11):
        sender.send_due(now=moment)

    assert not Notice.objects.filter(send_at__gt=moment - MINUTE).exists()
