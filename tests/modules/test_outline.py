import random
from datetime import timedelta

import pytest

from accounts.roles import Role
from cohorts.access import membership_of
from cohorts.models import Enrollment
from modules.models import Item, ItemProgress, Module, ModuleOpening
from modules.opening import Standing
from modules.outline import Outline
from tests import cast
from tests.modules.test_opening import END_OF_WEEK_2, SECOND, WEEK_1, WEEK_2, WEEK_3


def outline_for(user, session, at):
    return Outline.of(session, membership_of(user, session, at), at)


def by_hand(module, items, enrollment):
    """The rule once more, in plain Python: the first of these instants, or None."""
    instants = [module.releases_at, module.ready_at or module.releases_at]
    if enrollment.session.order == "strict" and module.kind != "live" and enrollment.kind == "participant":
        for item in items:
            if item.module.position < module.position and item.kind == "assignment" and item.is_required:
                done = [row.done_at for row in item.progress.all() if row.enrollment_id == enrollment.pk]
                settled = [moment for moment in (*done, item.blocks_until) if moment]
                if not settled:
                    instants = None
                    break
                instants.append(min(settled))
    own = [row.opened_at for row in module.openings.all() if row.enrollment_id == enrollment.pk]
    candidates = [*own, *([max(instants)] if instants else [])]
    return min(candidates) if candidates else None


@pytest.mark.parametrize("seed", range(12))
def test_page_list_and_rule_agree_on_any_history(db, seed):
    chance = random.Random(seed)
    session = cast.make_session(
        cast.make_program(code="CPV", title="Creating Public Value"),
        order=chance.choice(["strict", "strict", "calendar"]),
    )
    people = [
        cast.enroll(
            cast.make_user(f"Person {number}"),
            session,
            kind=chance.choice(["participant", "participant", "observer"]),
            status=chance.choice(["active", "on_leave", "withdrawn", "completed"]),
        )
        for number in range(4)
    ]
    moments = [WEEK_1 + timedelta(days=chance.randrange(-3, 40), seconds=chance.randrange(3)) for _ in range(12)]
    teller = cast.make_user("Ilse Brandt")
    for number in range(1, 6):
        module = cast.make_module(
            session,
            number=number,
            kind=chance.choice(["core", "core", "live"]),
            is_ready=chance.random() > 0.2,
            ready_at=chance.choice([None, None, chance.choice(moments)]),
        )
        for _ in range(chance.randrange(3)):
            item = cast.make_item(
                module, kind=chance.choice(["assignment", "assignment", "reading"]), is_required=chance.random() > 0.2
            )
            Item.objects.filter(pk=item.pk).update(blocks_until=chance.choice([None, chance.choice(moments)]))
            for person in people:
                if chance.random() < 0.6:
                    ItemProgress.objects.create(item=item, enrollment=person, done_at=chance.choice(moments))
        if chance.random() < 0.3:
            ModuleOpening.objects.create(
                module=module,
                enrollment=people[0],
                reason="Travels",
                opened_by=teller,
                opened_at=chance.choice(moments),
            )
    items = list(Item.objects.filter(module__session=session).select_related("module").prefetch_related("progress"))
    modules = list(Module.objects.for_session(session).prefetch_related("openings"))
    for person in people:
        reads = person.status in Enrollment.READING
        for at in moments:
            expected = [
                module.number
                for module in modules
                if reads and module.is_ready and (opens := by_hand(module, items, person)) and opens <= at
            ]
            outline = outline_for(person.user, session, at)
            listed = Module.objects.readable_by(person.user, at).for_session(session)
            assert [module.number for module in outline.readable] == expected
            assert [module.number for module in listed] == expected
            if reads:
                opens = [by_hand(module, items, person) for module in modules]
                assert [module.opens_at for module in outline.modules] == opens


def test_a_participant_learns_how_each_module_stands(papers, cpv, learner):
    Item.objects.filter(pk=papers[0].item_id).update(blocks_until=None)
    Module.objects.filter(number=1).update(is_ready=False)

    outline = outline_for(learner.user, cpv, WEEK_1)

    assert [module.standing for module in outline.modules] == [Standing.SHORTLY, Standing.BLOCKED, Standing.BLOCKED]
    assert outline_for(learner.user, cpv, WEEK_1 - SECOND).modules[0].standing is Standing.LATER


def test_unhanded_work_that_closes_before_the_next_module_opens_blocks_nothing(papers, cpv, learner):
    module = papers[2].item.module
    Item.objects.filter(pk=papers[1].item_id).update(blocks_until=END_OF_WEEK_2)

    outline = outline_for(learner.user, cpv, WEEK_2)

    assert (outline.modules[2].standing, outline.modules[2].opens_at) == (Standing.LATER, module.releases_at)


def test_the_current_module_is_what_opened_last_and_never_a_live_class(loa, participant_in_kolkata):
    amara = participant_in_kolkata.user
    for number in (1, 2, 3):
        cast.make_module(loa, number=number)
    cast.make_module(loa, number=4, kind=Module.Kind.LIVE, opens="week 2, Tuesday, 12:00")

    assert outline_for(amara, loa, WEEK_1 - SECOND).current is None
    assert outline_for(amara, loa, WEEK_1).current.number == 1
    in_week_2 = outline_for(amara, loa, WEEK_2 + timedelta(days=2))
    assert (in_week_2.current.number, in_week_2.next_to_open.number) == (2, 3)
    assert outline_for(amara, loa, WEEK_3).next_to_open is None


def test_staff_read_everything_and_see_when_participants_may_expect_it(papers, cpv, learner):
    director = cast.make_user("Dana Whitfield")
    cast.appoint(director, Role.DIRECTOR, program=cpv.program)

    outline = outline_for(director, cpv, WEEK_1)

    assert [module.number for module in outline.readable] == [1, 2, 3]
    assert [module.opens_at for module in outline.modules] == [WEEK_1, WEEK_2, WEEK_3]
    assert outline.current.number == 1


def test_a_module_that_is_not_open_is_not_found(papers, cpv, learner):
    outline = outline_for(learner.user, cpv, WEEK_1)

    assert outline.find("module-1").number == 1
    assert outline.find("module-2") is None
    assert outline.find("module-9") is None


def test_an_operator_who_learns_here_is_a_participant_like_others(papers, cpv, operator):
    cast.enroll(operator, cpv)

    assert [module.number for module in outline_for(operator, cpv, WEEK_1).readable] == [1]


def test_an_outline_is_one_query_whatever_its_length(cpv, learner, django_assert_num_queries):
    for number in (1, 2, 3):
        cast.make_module(cpv, number=number)
        membership = membership_of(learner.user, cpv, WEEK_1)
        with django_assert_num_queries(1):
            assert len(Outline.of(cpv, membership, WEEK_1).modules) == number
