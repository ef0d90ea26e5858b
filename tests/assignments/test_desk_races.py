"""Two readers and two clicks at the same instant, on PostgreSQL. Each was seen to fail without its guard."""

from functools import partial

import pytest

from assignments.models import BankedComment, ChairMark, Presence, Resolution, Tag, Tagging
from assignments.services import (
    bank_comment,
    mark_for_chair,
    note_presence,
    release_feedback,
    resolve_comment,
    tag_paper,
)
from audit.models import Entry
from tests.assignments.answering import a_remark, save
from tests.cast import WEEK_3
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def submission(transactional_db, give, amara):
    return give(amara)


def failures(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_two_readers_who_mark_at_once_make_one_mark_and_one_record(submission, fellow, head_fellow):
    """Seen to fail with a look and a create in place of `get_or_create`: the second was a server error."""
    marks = [
        partial(mark_for_chair, submission=submission, is_marked=True, actor=actor, now=WEEK_3)
        for actor in (fellow, head_fellow) * 3
    ]

    assert failures(at_once(*marks)) == []
    assert ChairMark.objects.count() == 1
    assert Entry.objects.filter(verb="marked for the chair").count() == 1


def test_a_tag_given_twice_at_once_is_given_once(submission, loa, fellow, head_fellow):
    """Seen to fail with a look and a create in place of `get_or_create`: the second was a server error."""
    tag = Tag.objects.create(session=loa, title="Story", position=1)
    gifts = [
        partial(tag_paper, submission=submission, tag=tag, is_tagged=True, actor=actor, now=WEEK_3)
        for actor in (fellow, head_fellow) * 3
    ]

    assert failures(at_once(*gifts)) == []
    assert Tagging.objects.count() == 1


def test_a_comment_kept_twice_at_once_is_kept_once(submission, fellow):
    """Seen to fail without the constraint: it was kept once for each click."""
    outcomes = at_once(*[partial(bank_comment, text="Say who decided.", actor=fellow, now=WEEK_3)] * 6)

    assert failures(outcomes) == []
    assert BankedComment.objects.count() == 1


def test_a_comment_resolved_by_two_at_once_is_resolved_once(submission, give, amara, fellow, head_fellow):
    """Seen to fail with a look and a create in place of `get_or_create`: the second was a server error."""
    feedback = save(submission, fellow, remarks=(a_remark(submission),))
    release_feedback(feedback=feedback, actor=fellow, now=WEEK_3)
    second = give(amara, "A second attempt.")
    comment = feedback.comments.get()
    acts = [
        partial(resolve_comment, comment=comment, on=second, is_resolved=True, actor=actor, now=WEEK_3)
        for actor in (fellow, head_fellow) * 3
    ]

    assert failures(at_once(*acts)) == []
    assert Resolution.objects.count() == 1


def test_two_tabs_that_say_at_once_that_they_are_there_are_one_reader(submission, fellow):
    """Seen to fail with a look and a create in place of the upsert: the second was a server error."""
    signs = [partial(note_presence, submission=submission, actor=fellow, now=WEEK_3)] * 6

    assert failures(at_once(*signs)) == []
    assert Presence.objects.count() == 1
