"""A roster that moves people while others hand in, on PostgreSQL."""

from threading import Event
from time import monotonic
from uuid import uuid4

import pytest
from django.db import connection, transaction

from assignments.models import Reader, Submission
from assignments.services import hand_in
from cohorts.models import Section
from operations.roster import write_roster
from tests import cast
from tests.cast import WEEK_3
from tests.races import WAITING, at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROSTER = """email,name,section,zone
ana@example.org,Ana Silva,Section B,
tomoko@example.org,Tomoko Ito,Section C,
"""


@pytest.fixture
def tomoko(transactional_db, loa, section):
    return cast.enroll(cast.make_user("Tomoko Ito", email="tomoko@example.org"), loa, section=section)


def test_somebody_who_hands_in_while_a_roster_moves_people_waits_for_it_and_is_not_refused(
    transactional_db, loa, paper, section, fellow, director, tomoko
):
    """Seen to fail when the roster let papers follow person by person: each waited for the other's lock."""
    cast.enroll(cast.make_user("Ana Silva", email="ana@example.org"), loa, section=section)
    cast.make_section(loa, fellow, name="Section B")
    last_section = cast.make_section(loa, fellow, name="Section C")
    is_held, is_handed_in = Event(), Event()

    def hold_the_roster_between_its_people():
        with transaction.atomic():
            Section.objects.select_for_update().get(pk=last_section.pk)
            is_held.set()
            until(lambda: is_handed_in.is_set() or waiting() >= 2)

    def move_both():
        is_held.wait(timeout=10)
        write_roster(content=ROSTER.encode(), session=loa, actor=director, now=WEEK_3)

    def hand_in_meanwhile():
        is_held.wait(timeout=10)
        until(lambda: waiting() >= 1)
        hand_in(assignment=paper, enrollment=tomoko, text="I asked.", key=uuid4(), actor=tomoko.user, now=WEEK_3)
        is_handed_in.set()

    outcomes = at_once(hold_the_roster_between_its_people, move_both, hand_in_meanwhile)

    assert outcomes == [None, None, None]
    assert Submission.objects.get().enrollment.section == last_section
    assert Reader.objects.current().get().user == fellow


def waiting():
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0]


def until(is_so):
    give_up_at = monotonic() + 10
    while not is_so() and monotonic() < give_up_at:
        Event().wait(timeout=0.02)
