"""A second attempt beside the first: what changed, and what became of what was asked for."""

from datetime import timedelta
from time import perf_counter

import pytest

from assignments.differing import differences, moved, steps_between
from assignments.models import Comment, Resolution
from assignments.quoting import find_again
from assignments.services import MayNotAnswer, carry_over, release_feedback, resolve_comment
from tests.assignments.answering import a_remark, save
from tests.assignments.pages import page, words
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(days=1)
FIRST = "I asked ten neighbours, and learnt to wait.\n\nNobody came. I do not know why."
SECOND = "I asked ten neighbours, and learnt to listen.\n\nNobody came. I asked each of them why."


def said(older, newer):
    marks = {"gone": "-", "new": "+", "same": ""}
    return [marks[part.kind.value] + part.text for part in differences(older, newer)]


def test_words_that_changed_are_found_and_the_rest_is_left_alone():
    assert said("I asked ten neighbours.", "I asked two neighbours.") == ["I asked ", "-ten ", "+two ", "neighbours."]


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        ("", "", []),
        ("", "New.", ["+New."]),
        ("Old.", "", ["-Old."]),
        ("The same.", "The same.", ["The same."]),
        ("The  same.", "The same.", ["The same."]),
        ("One.\n\nTwo.", "Two.", ["-One.\n\n", "Two."]),
        ("One.", "One.\n\nTwo.", ["One.\n\n", "+Two."]),
    ],
)
def test_texts_are_compared_word_by_word(older, newer, expected):
    assert said(older, newer) == expected


def test_a_stray_word_in_common_does_not_break_up_what_was_written_anew():
    older = "What surprised me most of all was how long it took."
    newer = "We drew the whole chain from input to output; the gap was plain to everybody there."

    assert said(older, newer) == [f"-{older}", f"+{newer}"]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (FIRST, SECOND),
        ("a b c d e f", "f e d c b a"),
        ("One.\n\nTwo.\n\nThree.", "Zero.\n\nTwo!\n\nThree.\n\n"),
        ("\n\n x \n\n", "y"),
        ("Ünï ﬁ 😀 cœur", "Ünï 😀 cœur cœur"),
    ],
)
def test_what_is_not_gone_is_the_newer_text_and_what_is_not_new_says_the_older(older, newer):
    parts = differences(older, newer)

    assert "".join(part.text for part in parts if not part.is_gone) == newer
    kept = "".join(part.text for part in parts if not part.is_new)
    assert "".join(kept.split()) == "".join(older.split())


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("a b " * 60_000, "b a " * 60_000),
        ("\n\n".join(f"{n} word" for n in range(20_000)), "\n\n".join(f"{n} other" for n in range(20_000))),
        (" ".join(f"w{n}" for n in range(900)), " ".join(f"w{n}" for n in reversed(range(900)))),
    ],
)
def test_the_longest_texts_are_compared_quickly(older, newer):
    began = perf_counter()

    parts = differences(older, newer)

    assert "".join(part.text for part in parts if not part.is_gone) == newer
    # Without a bound each takes minutes.
    assert perf_counter() - began < 5


def test_a_passage_is_found_again_by_what_stands_around_it():
    older = "We met. They waited. We wrote. They waited."
    newer = "They waited. First of all we met. We wrote. They waited."

    assert find_again(older, newer, 31, 43) == (44, 56)
    assert find_again(older, "Nothing of it.", 31, 43) is None


def test_of_a_passage_that_was_rewritten_the_new_words_are_found():
    place = FIRST.index("learnt to wait")

    moved_to = moved(steps_between(FIRST, SECOND), place, place + len("learnt to wait"))

    assert "learnt to listen" in SECOND[slice(*moved_to)]
    assert moved(steps_between("One. Two.", "One."), 5, 9) is None


@pytest.fixture(autouse=True)
def _a_day_later(request, time_machine):
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def answered(give, amara, fellow):
    """A first attempt with two comments that were released."""
    first = give(amara, FIRST)
    remarks = (a_remark(first, "learnt to wait", "How?"), a_remark(first, "Nobody came.", "Who was asked?"))
    feedback = save(
        first,
        fellow,
        remarks=remarks,
        result="please_revise",
        revise_reason="Say who.",
        revise_until=WEEK_3 + timedelta(days=20),
    )
    return release_feedback(feedback=feedback, actor=fellow, now=WEEK_3)


@pytest.fixture
def second(answered, give, amara):
    return give(amara, SECOND, at=LATER)


def test_the_second_attempt_shows_what_was_asked_for_and_how_the_passage_reads_now(second, fellow, visit):
    asked = page(visit(fellow, "desk-paper", second)).select_one(".earlier").get_text(" ", strip=True)

    assert "learnt to wait" in asked
    assert "Now: “learnt to listen." in asked
    assert "The passage still stands there." in asked


def test_what_changed_can_be_read_without_colour(second, fellow, visit):
    shown = page(visit(fellow, "desk-paper", second, query="?changes=1")).select_one(".changes")

    assert shown.select_one("ins").get_text().startswith("[new: listen.")
    assert shown.select_one("del").get_text().startswith("[gone: wait.")


def test_each_comment_is_open_until_a_reader_resolves_it_and_can_be_opened_again(second, answered, fellow, visit, post):
    comment = Comment.objects.earliest("pk")

    def pressed():
        buttons = page(visit(fellow, "desk-paper", second)).select(".earlier button")
        return [button["aria-pressed"] for button in buttons]

    assert pressed() == ["false", "false"]
    post(fellow, "desk-answer", second, act="resolve", of=comment.pk)
    post(fellow, "desk-answer", second, act="resolve", of=comment.pk)
    assert pressed() == ["true", "false"]
    post(fellow, "desk-answer", second, act="reopen", of=comment.pk)
    assert pressed() == ["false", "false"]


def test_what_the_second_attempt_resolved_is_not_asked_of_the_third(second, give, amara, fellow, visit):
    resolve_comment(comment=Comment.objects.earliest("pk"), on=second, is_resolved=True, actor=fellow, now=LATER)
    third = give(amara, SECOND + " More.", at=LATER + timedelta(hours=1))

    asked = page(visit(fellow, "desk-paper", third)).select(".earlier li")

    assert ["Who was asked?" in one.get_text() for one in asked] == [True]


def test_only_a_reader_of_the_later_attempt_resolves_a_released_comment(second, answered, chair, fellow, give, jack):
    comment = Comment.objects.earliest("pk")
    foreign = give(jack, at=LATER)
    for actor, on in ((chair, second), (fellow, answered.submission), (fellow, foreign)):
        with pytest.raises(MayNotAnswer):
            resolve_comment(comment=comment, on=on, is_resolved=True, actor=actor, now=LATER)
    assert not Resolution.objects.exists()


def test_the_writer_learns_what_was_resolved_with_the_answer_and_not_before(second, amara, fellow, client):
    resolve_comment(comment=Comment.objects.earliest("pk"), on=second, is_resolved=True, actor=fellow, now=LATER)
    feedback = save(second, fellow)
    client.force_login(amara.user)
    first = Comment.objects.earliest("pk").feedback
    assert "Resolved" not in words(client.get(first.get_absolute_url()))

    release_feedback(feedback=feedback, actor=fellow, now=LATER)

    told = words(client.get(feedback.get_absolute_url()))
    assert "How? Resolved" in told
    assert "Who was asked? Open" in told


def test_comments_that_are_taken_along_keep_to_their_own_place(give, amara, fellow):
    first = give(amara, "We met. They waited. We wrote. They waited.")
    feedback = save(first, fellow, remarks=(a_remark(first, "They waited. We"),))
    second = give(amara, "They waited. We slept. We met. They waited. We wrote.", at=LATER)

    copy = carry_over(feedback=feedback, to=second, actor=fellow, now=LATER)

    assert copy.comments.get().starts_at_char == second.text.index("They waited. We wrote")


def test_a_paper_with_many_attempts_takes_the_same_queries(
    answered, give, amara, fellow, visit, django_assert_max_num_queries
):
    for number in range(4):
        newest = give(amara, f"{SECOND} {number}", at=LATER + timedelta(minutes=number))
        visit(fellow, "desk-paper", newest)
        with django_assert_max_num_queries(10 + 1):  # the test itself looks at the session
            visit(fellow, "desk-paper", newest, query="?changes=1")
