from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.roles import Role
from assignments.invariants import items_that_block_too_long
from assignments.models import Assignment
from assignments.services import move_deadline
from cohorts.models import Enrollment
from core.rules import parse_rule
from modules.models import Item, Module
from modules.services import mark_done, open_module_for, set_ready
from tests import cast

SECOND = timedelta(seconds=1)
# Mondays 09:00 New York.
WEEK_1 = datetime(2027, 2, 1, 14, 0, tzinfo=UTC)
WEEK_2 = WEEK_1 + timedelta(days=7)
WEEK_3 = WEEK_1 + timedelta(days=14)
# Sundays 23:59 New York: the paper of module 1 is due in week 1 and taken until the end of week 2.
END_OF_WEEK_1 = datetime(2027, 2, 8, 4, 59, tzinfo=UTC)
END_OF_WEEK_2 = END_OF_WEEK_1 + timedelta(days=7)


def test_by_the_calendar_a_module_opens_at_its_instant_whoever_is_behind(loa, participant_in_kolkata, open_numbers):
    for number in (1, 2):
        cast.make_assignment(cast.make_module(loa, number=number))
    amara = participant_in_kolkata.user

    assert open_numbers(amara, WEEK_1 - SECOND) == []
    assert open_numbers(amara, WEEK_1) == [1]
    assert open_numbers(amara, WEEK_2 - SECOND) == [1]
    assert open_numbers(amara, WEEK_2) == [1, 2]


def test_in_strict_order_a_module_handed_in_early_still_opens_at_its_instant(first, second, learner, opening):
    mark_done(item=first, enrollment=learner, now=WEEK_1 + timedelta(days=1))

    assert opening(second.module, learner) == WEEK_2


def test_in_strict_order_a_module_opens_the_moment_the_work_before_is_handed_in(
    first, second, learner, opening, open_numbers
):
    handed_in = WEEK_2 + timedelta(days=2, hours=3)

    assert opening(second.module, learner) == END_OF_WEEK_2
    assert open_numbers(learner.user, handed_in - SECOND) == [1]
    mark_done(item=first, enrollment=learner, now=handed_in)

    assert opening(second.module, learner) == handed_in
    assert open_numbers(learner.user, handed_in) == [1, 2]


def test_work_of_every_earlier_module_counts_not_only_of_the_one_before(papers, first, second, learner, opening):
    third = papers[2].item
    Item.objects.filter(pk=first.pk).update(blocks_until=None)
    mark_done(item=second, enrollment=learner, now=WEEK_2)

    assert opening(third.module, learner) is None
    mark_done(item=first, enrollment=learner, now=WEEK_3 + timedelta(hours=1))
    assert opening(third.module, learner) == WEEK_3 + timedelta(hours=1)


def test_work_that_closed_unhanded_no_longer_blocks(first, second, learner, open_numbers):
    assert open_numbers(learner.user, END_OF_WEEK_2 - SECOND) == [1]
    assert open_numbers(learner.user, END_OF_WEEK_2) == [1, 2]


def test_what_closed_work_has_opened_stays_open_when_that_work_is_taken_again(papers, learner, director, open_numbers):
    move_deadline(
        assignment=papers[0],
        rule=parse_rule("week 4, Sunday, 23:59"),
        closes_rule=parse_rule("week 5, Sunday, 23:59"),
        actor=director,
        now=END_OF_WEEK_2,
    )

    assert open_numbers(learner.user, END_OF_WEEK_2) == [1, 2]
    assert not list(items_that_block_too_long(END_OF_WEEK_2))


def test_work_handed_in_after_its_close_by_an_extension_does_not_open_the_next_module_later(
    first, second, learner, opening
):
    mark_done(item=first, enrollment=learner, now=END_OF_WEEK_2 + timedelta(days=3))

    assert opening(second.module, learner) == END_OF_WEEK_2


def test_work_that_never_closes_blocks_until_it_is_handed_in(first, second, learner, opening, open_numbers):
    Item.objects.filter(pk=first.pk).update(blocks_until=None)

    assert opening(second.module, learner) is None
    assert open_numbers(learner.user, WEEK_3 + timedelta(days=300)) == []
    assert open_numbers(learner.user, WEEK_3 + timedelta(days=30)) == [1]


def test_only_required_work_to_hand_in_counts(first, second, learner, opening):
    Item.objects.filter(pk=first.pk).update(is_required=False)
    cast.make_item(first.module, kind=Item.Kind.READING)
    cast.make_item(first.module, kind=Item.Kind.DISCUSSION)

    assert opening(second.module, learner) == WEEK_2


def test_what_others_handed_in_opens_nothing_for_oneself(first, second, learner, cpv, opening):
    other = cast.enroll(cast.make_user("Lucía Ortega", zone="America/Bogota", email="lucia@example.org"), cpv)
    mark_done(item=first, enrollment=other, now=WEEK_1)

    assert opening(second.module, learner) == END_OF_WEEK_2
    assert opening(second.module, other) == WEEK_2


def test_being_behind_shifts_no_deadline(papers, first, learner):
    due_before = list(Assignment.objects.order_by("pk").values_list("due_at", "closes_at"))

    mark_done(item=first, enrollment=learner, now=END_OF_WEEK_2)

    assert list(Assignment.objects.order_by("pk").values_list("due_at", "closes_at")) == due_before


def test_handing_in_again_after_please_revise_closes_nothing(first, second, learner, opening):
    """A revision is handed in through the same call; the first moment counts."""
    mark_done(item=first, enrollment=learner, now=WEEK_1)
    mark_done(item=first, enrollment=learner, now=WEEK_3)

    assert opening(second.module, learner) == WEEK_2


def test_a_live_module_is_never_locked_by_order(papers, cpv, learner, opening):
    live = cast.make_module(cpv, number=4, kind=Module.Kind.LIVE, opens="week 2, Wednesday, 12:00")

    assert opening(live, learner) == live.releases_at


def test_an_observer_hands_nothing_in_and_waits_for_nothing(first, second, cpv, open_numbers):
    observer = cast.enroll(cast.make_user("Bea Lund"), cpv, kind=Enrollment.Kind.OBSERVER)

    assert open_numbers(observer.user, WEEK_2 - SECOND) == [1]
    assert open_numbers(observer.user, WEEK_2) == [1, 2]


def test_a_module_opened_for_one_person_is_open_for_that_person_alone(second, learner, cpv, director, open_numbers):
    other = cast.enroll(cast.make_user("Lucía Ortega", zone="America/Bogota", email="lucia@example.org"), cpv)

    open_module_for(
        module=second.module, enrollment=learner, reason="Travels in week 2", actor=director, now=WEEK_1 + SECOND
    )

    assert open_numbers(learner.user, WEEK_1) == [1]
    assert open_numbers(learner.user, WEEK_1 + SECOND) == [1, 2]
    assert open_numbers(other.user, WEEK_1 + SECOND) == [1]


def test_a_module_in_preparation_opens_when_it_is_made_ready(second, first, learner, director, opening, open_numbers):
    mark_done(item=first, enrollment=learner, now=WEEK_1)
    module = second.module
    Module.objects.filter(pk=module.pk).update(is_ready=False)
    module.is_ready = False

    assert open_numbers(learner.user, WEEK_2 + timedelta(hours=5)) == [1]
    set_ready(module=module, actor=director, now=WEEK_2 + timedelta(hours=6))

    assert opening(module, learner) == WEEK_2 + timedelta(hours=6)
    assert open_numbers(learner.user, WEEK_2 + timedelta(hours=6)) == [1, 2]


def test_a_module_made_ready_in_time_opens_at_its_instant(second, first, learner, director, opening):
    mark_done(item=first, enrollment=learner, now=WEEK_1)
    Module.objects.filter(pk=second.module_id).update(is_ready=False)

    set_ready(module=second.module, actor=director, now=WEEK_1)

    assert opening(second.module, learner) == WEEK_2


@pytest.mark.parametrize("status", Enrollment.Status.values)
def test_what_each_status_reads(first, learner, open_numbers, status):
    Enrollment.objects.filter(pk=learner.pk).update(status=status)

    reads = status in {"active", "on_leave", "completed", "not_completed"}
    assert open_numbers(learner.user, WEEK_1) == ([1] if reads else [])
    assert Module.objects.visible_to(learner.user, WEEK_1).exists() == reads


def test_staff_and_fellows_see_everything_before_it_opens(papers, cpv, open_numbers):
    fellow = cast.make_user("Milica Petrović")
    cast.make_section(cpv, fellow)
    chair, director = cast.make_user("Ilse Brandt"), cast.make_user("Dana Whitfield")
    cast.appoint(chair, Role.FACULTY_CHAIR, session=cpv)
    cast.appoint(director, Role.DIRECTOR, program=cpv.program)

    for person in (fellow, chair, director):
        assert open_numbers(person, cast.ENROLLED) == [1, 2, 3]


def test_people_of_other_programs_and_visitors_and_operators_see_nothing(
    papers, participant_in_kolkata, director, operator, fellow, section, open_numbers
):
    for person in (participant_in_kolkata.user, director, operator, fellow, AnonymousUser()):
        assert open_numbers(person, WEEK_3 + timedelta(days=60)) == []
        assert not Module.objects.visible_to(person, WEEK_3).exists()


def test_access_ends_with_the_session(first, learner, cpv, open_numbers):
    assert open_numbers(learner.user, cpv.access_ends_at - SECOND) == [1, 2, 3]
    assert open_numbers(learner.user, cpv.access_ends_at) == []
