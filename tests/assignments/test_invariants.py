"""Each promise about papers is seen broken once, by hand, and found."""

from datetime import timedelta
from uuid import uuid4

import pytest

from assignments import invariants
from assignments.models import Assignment, Extension, Submission, SubmissionAuthor
from assignments.services import grant_extension
from assignments.services.concerns import raise_concern
from cohorts.models import SectionFellow
from core.windows import days
from modules.models import ItemProgress
from tests import cast
from tests.assignments.answering import save
from tests.cast import WEEK_3


def found(check):
    return list(check(WEEK_3))


CHECKS = [check for name, check in vars(invariants).items() if getattr(check, "__module__", "") == invariants.__name__]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_where_nothing_is_wrong_nothing_is_found(check, give, amara, jack, paper, director):
    give(amara)
    give(jack, at=paper.due_at + timedelta(hours=3))
    give(amara, "Again.", at=paper.due_at)
    grant_extension(
        assignment=paper, enrollment=amara, by=days(7, "America/New_York"), reason="x", actor=director, now=WEEK_3
    )

    assert found(check) == []


def test_a_reader_who_left_is_found(give, amara, fellow):
    submission = give(amara)
    SectionFellow.objects.all().delete()

    (said,) = found(invariants.readers_who_may_not_read)
    assert said.startswith(f"Paper {submission.receipt} waits for Milica Petrović")


def a_paper(paper, amara, **fields):
    return Submission.objects.create(
        assignment=paper, enrollment=amara, text="x", words=1, sha256="", prompt="", handed_in_at=WEEK_3,
        handed_in_by=amara.user, key=uuid4(), receipt=uuid4().hex[:20], **fields,
    )  # fmt: skip


def test_a_gap_in_the_numbers_is_found(paper, amara):
    a_paper(paper, amara, number=2)

    (said,) = found(invariants.attempts_numbered_wrongly)
    assert "1 attempts" in said
    assert "up to 2" in said


def test_a_wrong_mark_of_lateness_is_found(paper, amara):
    submission = a_paper(paper, amara, number=1)
    SubmissionAuthor.objects.create(
        submission=submission, enrollment=amara, due_at=paper.due_at, late_by=timedelta(hours=1)
    )

    assert len(found(invariants.lateness_that_is_wrong)) == 1


def test_a_paper_whose_item_is_not_done_is_found(give, amara):
    give(amara)
    ItemProgress.objects.all().delete()

    assert len(found(invariants.papers_whose_item_is_not_done)) == 1


def test_days_that_were_left_behind_by_a_moved_deadline_are_found(loa, amara, director):
    paper = cast.make_assignment(cast.make_module(loa, number=5))
    grant_extension(
        assignment=paper, enrollment=amara, by=days(7, "America/New_York"), reason="x", actor=director, now=WEEK_3
    )
    Assignment.objects.filter(pk=paper.pk).update(due_at=paper.due_at + timedelta(days=7))

    assert len(found(invariants.days_that_are_not_days)) == 1
    assert Extension.objects.count() == 1


def test_an_item_that_blocks_longer_than_its_work_is_found(paper):
    Assignment.objects.filter(pk=paper.pk).update(closes_at=paper.closes_at - timedelta(days=1))

    assert len(found(invariants.items_that_block_too_long)) == 1


def test_a_second_reader_who_knows_the_first_answer_or_was_never_asked_is_found(
    give, amara, fellow, head_fellow, paper
):
    submission = give(amara)
    submission.readers.create(user=head_fellow, kind="second", since=WEEK_3)
    save(submission, head_fellow)

    not_drawn, not_blind = found(invariants.second_readings_that_are_not_blind)
    assert "nobody drew it" in not_drawn
    assert "knows the first answer" in not_blind


def test_an_answer_that_went_out_under_review_is_found(give, amara, fellow):
    submission = give(amara)
    raise_concern(submission=submission, note="Look at this.", actor=fellow, now=WEEK_3 - timedelta(hours=1))
    cast.make_feedback(submission, fellow)

    (said,) = found(invariants.answers_released_under_review)
    assert said.startswith(f"An answer to paper {submission.receipt} was released")
