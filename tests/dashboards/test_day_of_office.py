"""Each morning, to those who answer for a session: what needs a hand there, and nothing when nothing does.

Seen failing on broken versions: one that told every director of every session; one that showed a head teaching fellow
what only the office sees.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from accounts.roles import Role
from assignments.models import Reader
from dashboards.notices import needy_sessions
from notifications import planner, sender
from notifications.kinds import Span
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3

KIND = "dashboards.day_of_office"
# Thursday 18 February, 09:00 in New York.
NINE = datetime(2027, 2, 18, 14, 0, tzinfo=UTC)
# Two weeks later, when what was promised has passed.
LATER = NINE + timedelta(days=14)
LAGOS_NINE = datetime(2027, 2, 18, 8, 0, tzinfo=UTC)


def run(now=NINE):
    planner.plan(now=now - timedelta(minutes=5))
    sender.send_due(now=now)


def body_to(user):
    return "\n".join(one.body for one in mail.outbox if user.email in one.to[0])


def told():
    return Notice.objects.filter(kind=KIND)


@pytest.fixture
def unread(paper, participant_in_kolkata):
    """A paper without a reader."""
    return cast.make_submission(paper, participant_in_kolkata)


def test_a_director_reads_what_needs_a_hand(loa, section, unread, director):
    cast.make_module(loa, number=4, is_ready=False)

    run()

    body = body_to(director)
    assert "1 paper has no reader yet: http" in body
    assert "Module 4 opens within a week and is still in preparation" in body
    assert "Amara" not in body


def test_it_comes_in_the_readers_language(loa, unread, give, participant_in_sydney, director):
    cast.make_module(loa, number=4, is_ready=False)
    give(participant_in_sydney)
    director.language = "es"
    director.save()

    run(LATER)

    body = body_to(director)
    assert "1 trabajo aún no tiene lector: http" in body
    assert "2 trabajos tienen la fecha prometida ya pasada, el más antiguo desde el domingo 28 de febrero: http" in body
    assert "Module 4 ya debería estar abierto y sigue en preparación" in body
    assert " paper" not in body


def test_nothing_to_look_after_nothing_is_sent(loa, section, participant_in_kolkata, director):
    run()

    assert not told().exists()


def test_a_mail_that_was_lost_is_told_for_a_week_and_not_for_ever(loa, section, participant_in_kolkata, director):
    Notice.objects.create(
        recipient=participant_in_kolkata.user,
        kind="cohorts.meeting_moved",
        scope=loa.scope,
        lane="reminder",
        status=Notice.Status.FAILED,
        created_at=WEEK_3,
        send_at=WEEK_3,
        next_try_at=WEEK_3,
        expires_at=WEEK_3 + timedelta(days=2),
    )

    for days in range(20):
        run(NINE + timedelta(days=days))

    assert {row.occurrence for row in told()} == {f"2027-02-{day}" for day in range(18, 25)}


def test_only_of_the_own_programs(unread, director, outsider):
    other = cast.make_user("Lee Park", zone="America/New_York")
    cast.appoint(other, Role.DIRECTOR, program=outsider.session.program)

    run()

    assert {row.recipient for row in told()} == {director}


def test_a_head_teaching_fellow_reads_what_the_role_sees(loa, section, unread, head_fellow):
    cast.make_module(loa, number=4, is_ready=False)

    run(LAGOS_NINE)

    body = body_to(head_fellow)
    assert "1 paper has no reader yet" in body
    assert "in preparation" not in body


def test_coordinators_and_fellows_are_not_told(unread, coordinator, fellow):
    run()

    assert not told().exists()


def test_what_was_done_before_nine_is_not_told(section, unread, director, fellow):
    planner.plan(now=NINE - timedelta(minutes=5))
    Reader.objects.create(submission=unread, user=fellow, since=WEEK_3)
    sender.send_due(now=NINE)

    assert told().get().reason == "nothing needs a hand any more"


@pytest.mark.parametrize("much", [1, 3])
def test_finding_it_costs_the_same_for_many(program, loa, unread, much, django_assert_num_queries):
    for number in range(much):
        cast.appoint(cast.make_user(f"Dana {number}", zone="America/New_York"), Role.DIRECTOR, program=program)
    for number in range(much - 1):
        other = cast.make_session(program, label=f"more-{number}")
        cast.make_submission(
            cast.make_assignment(cast.make_module(other, number=3)), cast.enroll(cast.make_user(), other)
        )
    span = Span(since=NINE - timedelta(minutes=1), now=NINE, until=NINE)

    with django_assert_num_queries(15):
        found = list(needy_sessions(span))
    assert len(found) == much * much
