from datetime import timedelta
from functools import partial

import pytest

from audit.models import Entry
from modules.models import Item, ItemProgress, Module, ModuleOpening
from modules.services import (
    AlreadyOpen,
    AlreadyReleased,
    DoneByHandingIn,
    ModuleInPreparation,
    NotOfThisSession,
    mark_done,
    note_change,
    open_module_for,
    set_in_preparation,
    set_ready,
    unmark_done,
)
from tests import cast
from tests.modules.test_opening import SECOND, WEEK_1, WEEK_2
from tests.races import at_once

LATER = WEEK_1 + timedelta(hours=1)


def test_done_counts_from_the_first_time(first, learner):
    mark_done(item=first, enrollment=learner, now=WEEK_1)
    again = mark_done(item=first, enrollment=learner, now=LATER)

    assert again.done_at == WEEK_1
    assert ItemProgress.objects.count() == 1


def test_a_tick_can_be_taken_back_and_handed_in_work_cannot(first, learner):
    reading = cast.make_item(first.module)
    for item in (reading, first):
        mark_done(item=item, enrollment=learner, now=WEEK_1)

    unmark_done(item=reading, enrollment=learner)
    unmark_done(item=reading, enrollment=learner)
    with pytest.raises(DoneByHandingIn, match="cannot be taken back"):
        unmark_done(item=first, enrollment=learner)

    assert ItemProgress.objects.get().item == first


@pytest.mark.django_db(transaction=True)
def test_done_from_two_tabs_at_once_is_done_once(first, learner):
    for item in [first, *(cast.make_item(first.module) for _ in range(5))]:
        acts = [partial(mark_done, item=item, enrollment=learner, now=WEEK_1)] * 4

        assert {row.done_at for row in at_once(*acts)} == {WEEK_1}
        assert ItemProgress.objects.filter(item=item).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_module_opened_by_two_at_once_is_opened_once(second, learner, director):
    for _ in range(5):
        ModuleOpening.objects.all().delete()
        given = {"module": second.module, "enrollment": learner, "reason": "Travels", "actor": director, "now": LATER}

        outcomes = at_once(*[partial(open_module_for, **given)] * 2)

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyOpen", "ModuleOpening"]
        assert ModuleOpening.objects.count() == 1


def test_opening_for_one_person_is_recorded_with_its_reason(second, learner, director, cpv):
    open_module_for(module=second.module, enrollment=learner, reason="Travels", actor=director, now=LATER)

    entry = Entry.objects.about(second.module).get()
    assert (entry.actor, entry.reason, entry.scope, entry.at) == (director, "Travels", cpv.scope, LATER)
    assert entry.after["person"] == learner.user.email


def test_a_module_is_opened_only_for_people_of_its_session(second, participant_in_kolkata, director):
    with pytest.raises(NotOfThisSession, match="another session"):
        open_module_for(
            module=second.module, enrollment=participant_in_kolkata, reason="Travels", actor=director, now=LATER
        )


def test_what_is_open_needs_no_opening(first, learner, director):
    with pytest.raises(AlreadyOpen):
        open_module_for(module=first.module, enrollment=learner, reason="Travels", actor=director, now=WEEK_1)
    assert not ModuleOpening.objects.exists()
    assert not Entry.objects.exists()


def test_what_is_in_preparation_is_opened_for_nobody(second, learner, director):
    set_in_preparation(module=second.module, actor=director, now=WEEK_1)

    with pytest.raises(ModuleInPreparation, match="Set it ready first"):
        open_module_for(module=second.module, enrollment=learner, reason="Travels", actor=director, now=LATER)


def test_preparation_is_recorded_once_each_way(second, director):
    module = second.module
    for _ in range(2):
        set_in_preparation(module=module, actor=director, now=WEEK_1)
    for _ in range(2):
        set_ready(module=module, actor=director, now=LATER)

    assert [entry.after for entry in Entry.objects.about(module)] == [{"is_ready": True}, {"is_ready": False}]
    assert Module.objects.get(pk=module.pk).ready_at == LATER


def test_what_people_have_seen_is_not_put_back_into_preparation(second, learner, director):
    module = second.module
    with pytest.raises(AlreadyReleased):
        set_in_preparation(module=module, actor=director, now=module.releases_at)

    open_module_for(module=module, enrollment=learner, reason="Travels", actor=director, now=LATER)
    with pytest.raises(AlreadyReleased):
        set_in_preparation(module=module, actor=director, now=LATER)
    assert Module.objects.get(pk=module.pk).is_ready


@pytest.mark.parametrize(
    ("changed", "at", "is_told"),
    [
        ({"body"}, WEEK_2, True),
        ({"transcript", "position"}, WEEK_2, True),
        ({"position", "minutes"}, WEEK_2, False),
        ({"body"}, WEEK_2 - SECOND, False),
    ],
)
def test_a_text_changed_after_its_release_says_so(second, changed, at, is_told):
    assert note_change(second, changed, now=at) is is_told
    assert second.changed_at == (at if is_told else None)


def test_a_text_changed_when_only_one_person_may_read_it_says_so_too(second, learner, director):
    open_module_for(module=second.module, enrollment=learner, reason="Travels", actor=director, now=LATER)

    assert note_change(second.module, {"introduction"}, now=LATER)
    assert second.module.changed_at == LATER


def test_a_text_in_preparation_changes_without_a_word(second):
    Module.objects.filter(pk=second.module_id).update(is_ready=False)

    assert not note_change(Item.objects.get(pk=second.pk), {"body"}, now=WEEK_2)
