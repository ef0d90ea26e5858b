"""A real week: people in twelve zones, four things due, extensions of each kind, three changes of clocks.

A few in the short tier, a whole class of 180 in the full one.
Which broken versions it finds stands in test_broken_variants.py.
"""

from collections import Counter

import pytest

from notifications.models import Notice
from tests.lab.model import COMING, DRAFT
from tests.lab.weeks import play_week
from tests.size import sized

pytestmark = pytest.mark.django_db


SMALL, WHOLE = 24, sized(180, 36)


def play_and_compare(count, mail_server):
    world = play_week(count)

    assert world.violations(mail_server) == []
    told = Counter(kind for _, kind, _, _ in world.model.told)
    assert told[COMING] > 3 * count
    assert told[DRAFT] > count / 8
    # Of these nothing is left over or given up.
    fates = Notice.objects.filter(kind__in=(COMING, DRAFT)).values_list("status", flat=True)
    assert set(fates) <= {"sent", "cancelled"}


def test_in_a_real_week_each_is_told_once_and_on_time_what_is_still_to_do(mail_server):
    play_and_compare(SMALL, mail_server)


@pytest.mark.faults
def test_in_a_real_week_of_a_whole_class_too(mail_server):
    play_and_compare(WHOLE, mail_server)
