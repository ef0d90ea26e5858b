"""Passages that two papers have in common are found, whatever stands around them; and nothing that both were asked."""

import pytest

from assignments.desk.concerns import likenesses
from assignments.likeness import RUN, passages_in, print_of
from assignments.models import PaperPrint
from programs.models import Session
from tests import cast
from tests.cast import WEEK_3

TAKEN = (
    "What I had taken for apathy was, when I looked at it again on the bus home, a quiet kind of arithmetic: people "
    "had counted what it would cost them to be seen with me."
)
OURS = f"I asked ten neighbours and nobody came. {TAKEN} So I went back alone."
THEIRS = f"In my town the council meets at noon.\n\n{TAKEN.upper().replace(',', ' —')} That was the end of it."
ELSE = "Nothing of this was planned, and the second evening went better because three of us had rehearsed what to say."


def words_in(text, *args, **kwargs):
    return [text[one.starts_at : one.ends_at] for one in passages_in(text, *args, **kwargs)]


def test_a_passage_is_found_whatever_the_case_the_punctuation_and_the_line_ends():
    (passage,) = words_in(OURS, THEIRS)

    assert passage == TAKEN.rstrip(".")


def test_texts_with_nothing_in_common_have_no_passage():
    assert words_in(OURS, ELSE) == []
    assert words_in("", THEIRS) == words_in(OURS, "") == []


def test_a_run_of_eight_words_is_a_passage_and_one_of_seven_is_none():
    run = "one two three four five six seven eight"

    assert words_in(f"Before {run} after", f"Other {run} words") == [run]
    assert words_in(f"Before {run}", f"Other {' '.join(run.split()[: RUN - 1])} words") == []


def test_what_both_were_asked_is_no_passage():
    assert words_in(OURS, THEIRS, without=TAKEN) == []


def test_two_passages_apart_are_two_the_longer_first():
    short = "alpha beta gamma delta epsilon zeta eta theta iota"

    found = words_in(f"{short} And then something quite of its own came. {TAKEN}", f"{TAKEN} Meanwhile. {short}")

    assert found == [TAKEN.rstrip("."), short]


@pytest.mark.parametrize("text", ["", "a few words only", "字" * 50])
def test_a_text_without_enough_words_has_no_print(text):
    assert print_of(text) == []


def test_the_print_is_the_same_for_the_same_words_and_holds_no_text():
    assert print_of(OURS) == print_of(OURS.replace("\n", "  ").swapcase())
    assert set(print_of(OURS)) & set(print_of(THEIRS))
    assert all(isinstance(number, int) for number in print_of(OURS))


def test_papers_of_other_people_in_all_sessions_of_the_program_are_found_and_no_others(
    loa, program, give, amara, jack, paper, outsider, django_assert_max_num_queries
):
    ours = give(amara, OURS)
    theirs = give(jack, THEIRS)
    give(amara, f"{OURS} Again.")
    last_year = cast.make_session(program, label="2026", status=Session.Status.PUBLISHED)
    older_work = cast.make_assignment(cast.make_module(last_year, number=1))
    older = printed(older_work, cast.enroll(cast.make_user("Lena Fuchs"), last_year), TAKEN)
    printed(older_work, cast.enroll(amara.user, last_year), OURS)
    elsewhere = cast.make_assignment(cast.make_module(outsider.session, number=1))
    printed(elsewhere, outsider, THEIRS)
    printed(paper, cast.enroll(cast.make_user("Ana Cruz"), loa), ELSE)

    with django_assert_max_num_queries(4):
        found = likenesses(ours)

    assert {one.other.pk for one in found} == {theirs.pk, older.pk}
    assert {one.passages for one in found} == {(TAKEN.rstrip("."),)}


def test_of_several_attempts_of_one_person_the_most_alike_is_told(give, amara, jack):
    ours = give(amara, OURS)
    give(jack, THEIRS)
    second = give(jack, OURS)

    assert [one.other.pk for one in likenesses(ours)] == [second.pk]


def test_handing_in_keeps_the_print(give, amara):
    submission = give(amara, OURS)

    assert PaperPrint.objects.get(submission=submission).numbers == print_of(OURS)


def printed(assignment, place, text):
    submission = cast.make_submission(assignment, place, text=text, at=WEEK_3)
    PaperPrint.objects.create(submission=submission, numbers=print_of(text))
    return submission
