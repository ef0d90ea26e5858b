"""A real week: 180 people in twelve zones, four things due, extensions of each kind, three changes of clocks.

Which broken versions it finds stands in test_broken_variants.py.
"""

from collections import Counter

import pytest

from notifications.models import Notice
from tests.lab.model import COMING, DRAFT
from tests.lab.weeks import play_week

pytestmark = pytest.mark.django_db


def test_in_a_real_week_each_is_told_once_and_on_time_what_is_still_to_do(mail_server):
    world = play_week(180)

    assert world.violations(mail_server) == []
    told = Counter(kind for _, kind, _, _ in world.model.told)
    assert told[COMING] > 500
    assert told[DRAFT] > 50
    # Nothing is left over or given up.
    assert set(Notice.objects.values_list("status", flat=True)) <= {"sent", "cancelled"}
