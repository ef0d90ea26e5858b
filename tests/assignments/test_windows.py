"""One deadline for a person, whoever asks: Python, a list of assignments, a list of people."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignments.models import Arrangement, Assignment, Extension, Feedback, Submission
from assignments.windows import window_for, windows_for, windows_of, with_due_for_assignment
from cohorts.models import Enrollment
from core.windows import Phase, hours
from tests import cast

DUE = datetime(2027, 2, 22, 4, 59, tzinfo=UTC)  # Sunday of week 3, 23:59 New York
CLOSES = datetime(2027, 5, 25, 3, 59, tzinfo=UTC)  # the session's end of work
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def amara(participant_in_kolkata):
    return participant_in_kolkata


@pytest.fixture
def jack(participant_in_sydney):
    return participant_in_sydney


def edges(window):
    """How the window answers around its two shown minutes."""
    moments = {
        "due -1s": window.due_at - SECOND,
        "due": window.due_at,
        "due +59s": window.due_at + MINUTE - SECOND,
        "due +60s": window.due_at + MINUTE,
        "close +59s": window.closes_at + MINUTE - SECOND,
        "close +60s": window.closes_at + MINUTE,
    }
    return {name: window.phase(moment) for name, moment in moments.items()}


EDGES = {
    "due -1s": Phase.OPEN,
    "due": Phase.OPEN,
    "due +59s": Phase.OPEN,
    "due +60s": Phase.LATE,
    "close +59s": Phase.LATE,
    "close +60s": Phase.CLOSED,
}


def test_without_anything_granted_it_is_the_assignments_own_deadline(paper, amara):
    window = paper.window_for(amara)

    assert (window.due_at, window.closes_at) == (DUE, CLOSES)
    assert window.provenance == ("week 3, Sunday, 23:59",)
    assert edges(window) == EDGES


def test_a_relative_extension_moves_deadline_and_close_and_says_who_granted_it(paper, amara):
    cast.extend(paper, amara, by=hours(48))

    window = paper.window_for(amara)

    assert (window.due_at, window.closes_at) == (DUE + hours(48), CLOSES + hours(48))
    assert window.provenance == ("week 3, Sunday, 23:59", "48 hours more, granted by Ruth Adeyemi")
    assert edges(window) == EDGES


def test_an_absolute_extension_is_due_then_and_closes_as_much_later(paper, amara):
    cast.extend(paper, amara, until=DUE + hours(30))

    window = paper.window_for(amara)

    assert (window.due_at, window.closes_at) == (DUE + hours(30), CLOSES + hours(30))
    assert window.provenance[1] == "later date, granted by Ruth Adeyemi"
    assert edges(window) == EDGES


def test_a_relative_extension_follows_the_deadline_when_it_moves_and_an_absolute_one_stays(paper, amara, jack):
    cast.extend(paper, amara, by=hours(48))
    cast.extend(paper, jack, until=DUE + hours(48))

    paper.due_at += timedelta(days=1)
    paper.save()

    assert paper.window_for(amara).due_at == DUE + hours(72)
    assert paper.window_for(jack).due_at == DUE + hours(48)


def test_a_date_before_the_deadline_changes_nothing(paper, amara):
    cast.extend(paper, amara, until=DUE - hours(5))

    assert paper.window_for(amara).provenance == ("week 3, Sunday, 23:59",)


def test_extensions_do_not_add_up_and_the_latest_wins(paper, amara):
    cast.extend(paper, amara, by=hours(24))
    cast.extend(paper, amara, by=hours(72))
    cast.extend(paper, amara, until=DUE + hours(48))

    assert paper.window_for(amara).due_at == DUE + hours(72)


def test_a_revoked_extension_counts_no_longer(paper, amara, head_fellow):
    cast.extend(paper, amara, by=hours(72), revoked_at=cast.WEEK_3, revoked_by=head_fellow)
    cast.extend(paper, amara, by=hours(24))

    assert paper.window_for(amara).due_at == DUE + hours(24)


def test_an_extension_belongs_to_one_person_and_one_assignment(paper, module, amara, jack):
    other = cast.make_assignment(module, title="Skill practice")
    cast.extend(paper, amara, by=hours(48))

    assert other.window_for(amara).due_at == DUE
    assert paper.window_for(jack).due_at == DUE


# --- standing arrangements ----------------------------------------------------------------------------------------

SUNDAY = date(2027, 2, 21)  # of week 3, on the clocks of New York


def both(paper, enrollment):
    """What Python says, if its twin in SQL says the same."""
    window = paper.window_for(enrollment)
    row = Assignment.objects.with_due_for(enrollment).get(pk=paper.pk)
    assert (row.own_due_at, row.own_closes_at) == (window.due_at, window.closes_at)
    return window


def test_an_arrangement_moves_what_is_due_in_its_days_and_says_that_it_exists_and_not_why(paper, amara, jack):
    cast.arrange(amara, by=hours(48))

    window = both(paper, amara)

    assert (window.due_at, window.closes_at) == (DUE + hours(48), CLOSES + hours(48))
    assert window.provenance[1] == "48 hours more, by a standing arrangement with Ruth Adeyemi"
    assert edges(window) == EDGES
    assert both(paper, jack).due_at == DUE


@pytest.mark.parametrize(
    ("since", "until", "is_covered"),
    [
        (SUNDAY, SUNDAY, True),
        (SUNDAY - timedelta(days=9), SUNDAY, True),
        (SUNDAY, SUNDAY + timedelta(days=9), True),
        (SUNDAY + timedelta(days=1), SUNDAY + timedelta(days=9), False),
        (SUNDAY - timedelta(days=9), SUNDAY - timedelta(days=1), False),
    ],
)
def test_its_days_are_days_in_program_time_and_both_included(paper, amara, since, until, is_covered):
    cast.arrange(amara, by=hours(48), since=since, until=until)

    assert (both(paper, amara).due_at == DUE + hours(48)) is is_covered


def test_an_arrangement_and_an_extension_do_not_add_up(paper, amara):
    cast.arrange(amara, by=hours(48))
    cast.extend(paper, amara, by=hours(24))
    assert both(paper, amara).due_at == DUE + hours(48)

    cast.extend(paper, amara, by=hours(72))
    assert both(paper, amara).due_at == DUE + hours(72)


def test_a_revoked_arrangement_counts_no_longer(paper, amara, head_fellow):
    cast.arrange(amara, by=hours(48), revoked_at=cast.WEEK_3, revoked_by=head_fellow)

    assert both(paper, amara).due_at == DUE


@pytest.mark.parametrize(
    ("zone", "due", "days", "is_then"),
    [
        # Sunday 7 March 23:59; New York's clocks go forward in the night to the 14th.
        ("America/New_York", "2027-03-07, 23:59", 7, datetime(2027, 3, 15, 3, 59, tzinfo=UTC)),
        # 02:30 on the 14th does not exist: 03:00.
        ("America/New_York", "2027-03-12, 02:30", 2, datetime(2027, 3, 14, 7, 0, tzinfo=UTC)),
        # 01:30 on 7 November stands on the clocks twice: the second.
        ("America/New_York", "2027-11-05, 01:30", 2, datetime(2027, 11, 7, 6, 30, tzinfo=UTC)),
        # Beirut skips the hour after midnight.
        ("Asia/Beirut", "2027-03-26, 00:20", 2, datetime(2027, 3, 27, 22, 0, tzinfo=UTC)),
        # Lord Howe's clocks move by half an hour.
        ("Australia/Lord_Howe", "2027-10-01, 02:10", 2, datetime(2027, 10, 2, 15, 30, tzinfo=UTC)),
    ],
)
def test_arranged_days_are_days_on_the_clocks_of_the_session(program, zone, due, days, is_then):
    session = cast.make_session(program, zone=zone, work_ends_on=date(2027, 12, 30), access_ends_on=date(2027, 12, 31))
    place = cast.enroll(cast.make_user("Noor Haddad", zone="Asia/Kolkata"), session)
    paper = cast.make_assignment(cast.make_module(session, number=3), due=due)
    cast.arrange(place, days=days, until=date(2027, 12, 31))

    assert both(paper, place).due_at == is_then


# --- revisions ----------------------------------------------------------------------------------------------------


def test_a_released_please_revise_has_its_own_date(paper, amara, fellow):
    until = DUE + timedelta(days=10)
    submission = cast.make_submission(paper, amara)
    answer = cast.make_feedback(submission, fellow, result="please_revise", revise_until=until, status="held")
    assert paper.window_for(amara).due_at == DUE

    Feedback.objects.filter(pk=answer.pk).update(status="released", released_at=cast.WEEK_3, released_by=fellow)

    window = paper.window_for(amara)
    assert (window.due_at, window.closes_at) == (until, CLOSES + timedelta(days=10))
    assert window.provenance[1] == "date of the revision that Milica Petrović asked for"
    assert edges(window) == EDGES


def test_a_revision_handed_in_on_time_may_be_handed_in_again_until_its_date(paper, amara, fellow):
    until = DUE + timedelta(days=10)
    cast.make_feedback(cast.make_submission(paper, amara), fellow, result="please_revise", revise_until=until)
    cast.make_submission(paper, amara, text="The revision.", at=until - hours(2))

    assert paper.window_for(amara).phase(until - hours(1)) is Phase.OPEN


def test_a_corrected_answer_takes_its_date_along(paper, amara, fellow):
    submission = cast.make_submission(paper, amara)
    cast.make_feedback(submission, fellow, result="please_revise", revise_until=DUE + hours(100))
    cast.make_feedback(submission, fellow, result="please_revise", revise_until=DUE + hours(50), version=2)
    assert paper.window_for(amara).due_at == DUE + hours(50)

    cast.make_feedback(submission, fellow, result="complete", version=3)
    assert paper.window_for(amara).due_at == DUE


def test_an_unreleased_correction_changes_nothing(paper, amara, fellow):
    submission = cast.make_submission(paper, amara)
    cast.make_feedback(submission, fellow, result="please_revise", revise_until=DUE + hours(100))
    cast.make_feedback(submission, fellow, result="complete", version=2, status="held")

    assert paper.window_for(amara).due_at == DUE + hours(100)


def test_many_windows_cost_three_queries(loa, module, amara, jack, django_assert_num_queries):
    papers = [cast.make_assignment(module, title=f"Paper {number}") for number in range(3)]
    for paper in papers:
        cast.extend(paper, amara, by=hours(24))

    for asked in (papers[:1], papers):
        with django_assert_num_queries(3):
            windows_for(asked, amara)
    for people in ([amara], [amara, jack]):
        with django_assert_num_queries(3):
            windows_of(papers[0], people)
    with django_assert_num_queries(1):
        assert [row.own_window.due_at for row in Assignment.objects.with_due_for(amara)] == [DUE + hours(24)] * 3


minutes = st.integers(-3 * 24 * 60, 10 * 24 * 60).map(lambda count: timedelta(minutes=count))
later = st.integers(1, 10 * 24 * 60).map(lambda count: timedelta(minutes=count))
extensions = st.fixed_dictionaries(
    {
        "who": st.sampled_from(["amara", "jack"]),
        "amount": st.one_of(later.map(lambda span: {"by": span}), minutes.map(lambda span: {"until": DUE + span})),
        "is_revoked": st.booleans(),
    }
)
answers = st.fixed_dictionaries(
    {
        "result": st.sampled_from(["please_revise", "please_revise", "complete"]),
        "status": st.sampled_from(["released", "released", "held"]),
        "until": minutes,
    }
)
arrangements = st.fixed_dictionaries(
    {
        "who": st.sampled_from(["amara", "jack"]),
        "amount": st.one_of(
            later.map(lambda span: {"by": span}), st.integers(1, 40).map(lambda count: {"days": count})
        ),
        "since": st.integers(-3, 2).map(lambda count: SUNDAY + timedelta(days=count)),
        "length": st.integers(0, 3).map(lambda count: timedelta(days=count)),
        "is_revoked": st.booleans(),
    }
)
attempts = st.lists(st.lists(answers, max_size=3), max_size=3)


def write_history(paper, people, fellow, granted, arranged, amaras_attempts):
    Extension.objects.all().delete()
    Arrangement.objects.all().delete()
    for case in arranged:
        revoked = {"revoked_at": cast.WEEK_3, "revoked_by": fellow} if case["is_revoked"] else {}
        days = {"since": case["since"], "until": case["since"] + case["length"]}
        cast.arrange(people[case["who"]], granter=fellow, **case["amount"], **days, **revoked)
    for case in granted:
        revoked = {"revoked_at": cast.WEEK_3, "revoked_by": fellow} if case["is_revoked"] else {}
        cast.extend(paper, people[case["who"]], granter=fellow, **case["amount"], **revoked)
    for attempt in amaras_attempts:
        submission = cast.make_submission(paper, people["amara"])
        held = [answer for answer in attempt if answer["status"] == "held"][:1]
        released = [answer for answer in attempt if answer["status"] == "released"]
        for version, answer in enumerate([*released, *held], start=1):
            until = {"revise_until": DUE + answer["until"]} if answer["result"] == "please_revise" else {}
            cast.make_feedback(
                submission, fellow, result=answer["result"], status=answer["status"], version=version, **until
            )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(extensions, max_size=6), st.lists(arrangements, max_size=4), attempts)
def test_python_and_its_twin_in_sql_say_the_same(paper, amara, jack, fellow, granted, arranged, amaras_attempts):
    with transaction.atomic():
        write_history(paper, {"amara": amara, "jack": jack}, fellow, granted, arranged, amaras_attempts)
        by_person = windows_of(paper, [amara, jack])
        for enrollment in (amara, jack):
            window = window_for(paper, enrollment)
            row = Assignment.objects.with_due_for(enrollment).get(pk=paper.pk)
            assert by_person[enrollment.pk] == window
            assert (row.own_due_at, row.own_closes_at) == (window.due_at, window.closes_at)
            said = Assignment.objects.with_state_for(enrollment).with_answer_for(enrollment).get(pk=paper.pk)
            if said.own_provenance:
                assert window.provenance[1].startswith(said.own_provenance.partition(",")[0])
        for row in with_due_for_assignment(Enrollment.objects.filter(session=paper.session), paper):
            window = by_person[row.pk]
            assert (row.own_due_at, row.own_closes_at) == (window.due_at, window.closes_at)
            for moment in (window.due_at, window.due_at + MINUTE - SECOND, window.due_at + MINUTE):
                is_on_time = Assignment.objects.with_due_for(row).due_after(moment).filter(pk=paper.pk).exists()
                assert is_on_time == (window.phase(moment) is Phase.OPEN)
        transaction.set_rollback(True)
    assert not Submission.objects.exists()
