"""A real week: 180 people in twelve zones, four things due, extensions of each kind, three changes of clocks.

Which broken versions the laboratory finds stands in test_broken_variants.py.
"""

from collections import Counter

import pytest

from notifications.models import Notice
from tests.lab.model import COMING, DRAFT
from tests.lab.weeks import play_week

pytestmark = pytest.mark.django_db

CLASS = 180


def test_in_a_real_week_each_is_told_once_and_on_time_what_is_still_to_do(mail_server):
    world = play_week(CLASS)

    assert world.violations(mail_server) == []
    told = Counter(kind for _, kind, _, _ in world.model.told)
    assert told[COMING] > 3 * CLASS
    assert told[DRAFT] > CLASS / 8
    # Of these nothing is left over or given up.
    fates = Notice.objects.filter(kind__in=(COMING, DRAFT)).values_list("status", flat=True)
    assert set(fates) <= {"sent", "cancelled"}
