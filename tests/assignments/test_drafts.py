from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from assignments.models import Draft, KeptText
from assignments.services import NotTheWriter, StaleDraft, save_draft, settle_kept_text
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(minutes=1)


def test_the_first_save_makes_the_draft_and_each_next_one_moves_it_on(write, amara):
    first = write(amara, "I asked")
    second = write(amara, "I asked ten neighbours", based_on=first.revision, at=LATER)

    assert (first.revision, second.revision) == (1, 2)
    assert (second.text, second.saved_at) == ("I asked ten neighbours", LATER)
    assert Draft.objects.count() == 1


def test_a_save_whose_answer_was_lost_can_be_sent_again(write, amara):
    write(amara, "I asked")

    again = write(amara, "I asked", based_on=0, at=LATER)

    assert (again.revision, again.saved_at) == (1, WEEK_3)
    assert not KeptText.objects.exists()


def test_an_older_revision_never_overwrites_and_its_text_is_kept(write, amara):
    write(amara, "From the laptop")

    with pytest.raises(StaleDraft) as stale:
        write(amara, "From the phone", based_on=0, at=LATER)

    assert stale.value.draft.text == "From the laptop"
    assert (stale.value.kept.text, stale.value.kept.based_on) == ("From the phone", 0)
    assert Draft.objects.get().text == "From the laptop"


def test_a_second_tab_that_is_blank_blanks_nothing_and_leaves_nothing_to_settle(write, amara):
    write(amara, "From the laptop")

    with pytest.raises(StaleDraft) as stale:
        write(amara, "  \n", based_on=0)

    assert stale.value.kept is None
    assert Draft.objects.get().text == "From the laptop"


def test_somebody_may_empty_their_own_draft(write, amara):
    write(amara, "I asked")

    assert write(amara, "", based_on=1).text == ""


def test_a_page_that_lost_goes_on_being_kept_in_its_own_place(write, amara):
    write(amara, "From the laptop")
    phone, tablet = uuid4(), uuid4()

    for editor, text in ((phone, "Phone"), (tablet, "Tablet"), (phone, "Phone, going on")):
        with pytest.raises(StaleDraft):
            write(amara, text, based_on=0, editor=editor)

    assert set(KeptText.objects.values_list("text", flat=True)) == {"Phone, going on", "Tablet"}


def test_a_revision_that_never_was_is_kept_and_not_taken(write, amara):
    with pytest.raises(StaleDraft):
        write(amara, "From nowhere", based_on=7)

    assert KeptText.objects.get().text == "From nowhere"


def test_a_draft_belongs_to_its_writer(paper, amara, jack):
    with pytest.raises(NotTheWriter):
        save_draft(assignment=paper, enrollment=amara, text="Mine", based_on=0, actor=jack.user, now=WEEK_3)

    assert not Draft.objects.exists()


@pytest.fixture
def kept(write, amara):
    write(amara, "From the laptop")
    with pytest.raises(StaleDraft) as stale:
        write(amara, "From the phone", based_on=0)
    return stale.value.kept


def test_choosing_the_kept_text_sets_the_other_aside(kept, amara):
    draft = settle_kept_text(kept=kept, is_chosen=True, actor=amara.user, now=LATER)

    assert (draft.text, draft.revision) == ("From the phone", 2)
    assert not KeptText.objects.filter(settled_at=None).exists()
    assert set(KeptText.objects.values_list("text", flat=True)) == {"From the phone", "From the laptop"}


def test_staying_with_the_draft_sets_the_kept_text_aside(kept, amara):
    draft = settle_kept_text(kept=kept, is_chosen=False, actor=amara.user, now=LATER)

    assert (draft.text, draft.revision) == ("From the laptop", 1)
    assert KeptText.objects.get().settled_at == LATER


def test_settling_twice_changes_nothing_more(kept, amara):
    settle_kept_text(kept=kept, is_chosen=False, actor=amara.user, now=LATER)

    draft = settle_kept_text(kept=kept, is_chosen=True, actor=amara.user, now=LATER)

    assert draft.text == "From the laptop"


def test_nobody_else_settles(kept, jack):
    with pytest.raises(NotTheWriter):
        settle_kept_text(kept=kept, is_chosen=True, actor=jack.user, now=LATER)


def test_a_person_has_one_draft_of_an_assignment(write, amara):
    draft = write(amara)

    with pytest.raises(IntegrityError, match="draft_once_per_person"):
        Draft.objects.create(assignment=draft.assignment, enrollment=amara, saved_at=WEEK_3)
