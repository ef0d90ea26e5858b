"""A status moves once, whoever asks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from cohorts.models import Meeting
from core.moves import WrongState, move
from programs.models import Session
from tests import cast

Status = Session.Status


@pytest.fixture
def draft(db):
    return cast.make_session(cast.make_program(), status=Status.DRAFT)


def test_a_move_changes_the_row_and_what_goes_with_it(draft):
    move(draft, Status.PUBLISHED, label="Spring 2027")

    kept = Session.objects.get(pk=draft.pk)
    assert (draft.status, draft.label) == (kept.status, kept.label) == (Status.PUBLISHED, "Spring 2027")


def test_a_move_that_the_table_does_not_know_is_refused_in_words(draft):
    move(draft, Status.CANCELLED)

    with pytest.raises(WrongState) as refused:
        move(draft, Status.PUBLISHED, label="Spring 2027")

    assert str(refused.value) == (
        "This session is “Cancelled”, so it cannot become “Published”. Load the page again to see how it stands."
    )
    assert Session.objects.get(pk=draft.pk).label == draft.label == "2027"


def test_what_counts_is_the_status_in_the_database_not_the_one_in_hand(draft):
    stale = Session.objects.get(pk=draft.pk)
    move(draft, Status.CANCELLED)

    with pytest.raises(WrongState, match="“Cancelled”"):
        move(stale, Status.PUBLISHED)

    assert stale.status == Status.DRAFT


def test_a_row_that_is_gone_is_said_to_be_gone(draft):
    Session.objects.filter(pk=draft.pk).delete()

    with pytest.raises(WrongState, match="This session is no longer there"):
        move(draft, Status.PUBLISHED)


def test_a_move_is_one_query(draft, django_assert_num_queries):
    with django_assert_num_queries(1):
        move(draft, Status.PUBLISHED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_of_two_callers_at_the_same_moment_one_wins(round_):
    session = cast.make_session(cast.make_program())
    meeting = cast.make_meeting(session)
    start = Barrier(4)

    def cancel(caller):
        try:
            mine = Meeting.objects.get(pk=meeting.pk)
            start.wait(timeout=10)
            with transaction.atomic():
                move(mine, Meeting.Status.CANCELLED, note=f"cancelled by {caller}")
            return caller
        except WrongState:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as callers:
        winners = [caller for caller in callers.map(cancel, range(4)) if caller is not None]

    assert len(winners) == 1
    assert Meeting.objects.get(pk=meeting.pk).note == f"cancelled by {winners[0]}"
