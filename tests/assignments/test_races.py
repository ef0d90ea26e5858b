"""People, tabs and machines at the same instant, on PostgreSQL. Each of these was seen to fail without its guard."""

from functools import partial
from uuid import uuid4

import pytest

from assignments.models import Draft, Extension, KeptText, Reader, Submission
from assignments.services import StaleDraft, grant_extensions, reallot_section, settle_kept_text
from cohorts.models import SectionFellow
from core.windows import hours
from modules.models import ItemProgress
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3
from tests.races import at_once, overlapping

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 8


def test_a_double_click_hands_in_once(transactional_db, give, amara):
    """Seen to fail without the lock on the enrollment: a unique constraint refused the second with a server error."""
    key = uuid4()

    outcomes = at_once(*[partial(give, amara, key=key)] * TIMES)

    assert len({submission.receipt for submission in outcomes}) == 1
    assert Submission.objects.count() == Notice.objects.count() == Reader.objects.count() == 1
    assert ItemProgress.objects.count() == 1


def test_two_tabs_hand_in_as_two_attempts_rightly_numbered(transactional_db, give, amara):
    """Seen to fail without the lock on the enrollment: both counted themselves as the first."""
    outcomes = at_once(*[partial(give, amara, f"From tab {tab}.") for tab in range(TIMES)])

    assert sorted(submission.number for submission in outcomes) == list(range(1, TIMES + 1))
    counting = Submission.objects.counting().get()
    assert counting.number == TIMES
    assert Reader.objects.current().primary().filter(submission=counting).count() == 1


@pytest.fixture
def newcomer(transactional_db):
    return cast.make_user("Thabo Nkosi")


def test_papers_that_come_at_once_are_shared_evenly(transactional_db, give, amara, jack, section, newcomer):
    """Seen to fail without the session's lock: both papers went to the same reader."""
    SectionFellow.objects.create(section=section, user=newcomer)

    overlapping(partial(give, amara), partial(give, jack))

    assert Reader.objects.values("user").distinct().count() == 2


def test_a_fellow_who_leaves_while_a_paper_comes_in_does_not_keep_it(
    transactional_db, give, amara, section, fellow, newcomer
):
    """Seen to fail without the session's lock: the paper stayed with the one who had left."""

    def replace_fellow():
        SectionFellow.objects.filter(section=section).update(user=newcomer)
        return reallot_section(section=section, actor=None, now=WEEK_3)

    overlapping(partial(give, amara), replace_fellow)

    assert Submission.objects.in_queue_of(newcomer).count() == 1
    assert not Submission.objects.in_queue_of(fellow).exists()


def test_a_double_click_gives_more_time_once(transactional_db, paper, amara, jack, director):
    """Seen to fail without the lock on the enrollments: a unique constraint refused the second with a server error."""
    give_more = partial(
        grant_extensions,
        assignment=paper,
        enrollments=[jack, amara],
        by=hours(48),
        reason="Floods",
        actor=director,
        now=WEEK_3,
        grant_id=uuid4(),
    )

    outcomes = at_once(*[give_more] * TIMES)

    assert {frozenset(extension.pk for extension in granted) for granted in outcomes} == {
        frozenset(Extension.objects.values_list("pk", flat=True))
    }
    assert Extension.objects.count() == Notice.objects.count() == 2


def test_of_saves_from_one_revision_one_goes_on_and_every_other_text_is_kept(transactional_db, write, amara):
    """Seen to fail with a read and a save in place of the conditional UPDATE: texts were overwritten."""
    write(amara, "The beginning")

    outcomes = at_once(*[partial(write, amara, f"From tab {tab}", based_on=1) for tab in range(TIMES)])

    assert sum(isinstance(outcome, StaleDraft) for outcome in outcomes) == TIMES - 1
    texts = {Draft.objects.get().text, *KeptText.objects.values_list("text", flat=True)}
    assert texts == {f"From tab {tab}" for tab in range(TIMES)}
    assert Draft.objects.get().revision == 2


def test_first_saves_at_once_make_one_draft_and_lose_nothing(transactional_db, write, amara):
    """Seen to fail without `ignore_conflicts`: the second first save was a server error."""
    outcomes = at_once(*[partial(write, amara, f"From tab {tab}") for tab in range(TIMES)])

    assert {type(outcome) for outcome in outcomes} == {Draft, StaleDraft}
    texts = {Draft.objects.get().text, *KeptText.objects.values_list("text", flat=True)}
    assert texts == {f"From tab {tab}" for tab in range(TIMES)}


def test_saving_while_handing_in_loses_no_text(transactional_db, write, give, amara):
    """Seen to fail when handing in wrote its text over a draft that had just gone on."""
    write(amara, "The beginning")

    at_once(partial(give, amara, "The beginning, handed in", based_on=1), partial(write, amara, "Going on", based_on=1))

    texts = {Draft.objects.get().text, *KeptText.objects.values_list("text", flat=True)}
    assert "Going on" in texts
    assert Submission.objects.get().text == "The beginning, handed in"


def test_the_first_save_that_comes_while_handing_in_costs_neither(transactional_db, write, give, amara):
    """Seen to fail when handing in made the draft by itself: a unique constraint refused it with a server error."""
    overlapping(partial(write, amara, "The beginning"), partial(give, amara, "The beginning and the end.", based_on=0))

    assert Submission.objects.get().text == "The beginning and the end."
    assert Draft.objects.get().text == "The beginning"


def test_choosing_a_kept_text_loses_nothing_that_is_just_being_saved(transactional_db, write, amara):
    """Seen to fail without the lock on the draft: the choice was written over the text that had just gone on."""
    write(amara, "From the laptop")
    with pytest.raises(StaleDraft) as stale:
        write(amara, "From the phone")

    overlapping(
        partial(write, amara, "From the laptop, going on", based_on=1),
        partial(settle_kept_text, kept=stale.value.kept, is_chosen=True, actor=amara.user, now=WEEK_3),
    )

    draft = Draft.objects.get()
    assert (draft.text, draft.revision) == ("From the phone", 3)
    assert KeptText.objects.filter(text="From the laptop, going on").exists()
