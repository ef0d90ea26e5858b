"""One person's papers in one scroll."""

from datetime import timedelta

import pytest
from django.urls import reverse

from assignments.declared import Declared
from assignments.services import assign_reader, hold_feedback, release_feedback
from audit.models import Entry
from tests import cast
from tests.assignments.answering import a_remark, save
from tests.assignments.pages import page, words
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(days=1)


@pytest.fixture(autouse=True)
def _a_day_later(time_machine):
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def other(module):
    return cast.make_assignment(module, title="A second paper")


@pytest.fixture
def answered(give, amara, fellow):
    paper = give(amara, "My first text, and ten neighbours.")
    remark = a_remark(paper, "ten neighbours", "Who were they?")
    feedback = save(paper, fellow, "You saw it.", next_step="Ask them.", remarks=(remark,))
    release_feedback(feedback=feedback, actor=fellow, now=WEEK_3)
    return paper


def test_the_arc_shows_each_counting_paper_with_its_answer(answered, other, give, amara, fellow, visit):
    give(amara, "An attempt that no longer counts.", assignment=other)
    give(amara, "What counts.", assignment=other, at=LATER)

    reply = visit(fellow, "desk-person", amara)

    said = words(reply)
    for there in ("My first text", "You saw it.", "Ask them.", "Who were they?", "What counts.", "Not answered yet"):
        assert there in said
    assert "no longer counts" not in said
    assert [mark.get_text() for mark in page(reply).select("mark")] == ["ten neighbours"]


def test_the_arc_says_whose_papers_it_leaves_out(answered, other, module, give, amara, fellow, head_fellow, visit):
    """Seen to fail when it said “everything that counts” to who reads a part of it."""
    note = cast.make_assignment(module, title="A note", answered_by="on_handing_in")
    give(amara, "A note to myself.", assignment=note)
    elsewhere = give(amara, "Read by a colleague.", assignment=other)
    colleague = cast.make_user("Thabo Nkosi")
    cast.make_section(other.session, colleague, name="Section B")
    assign_reader(submission=elsewhere, user=colleague, actor=head_fellow, now=WEEK_3)

    own = words(visit(fellow, "desk-person", amara))
    assert "A note to myself." not in own
    assert "Read by a colleague." not in own
    assert "What nobody is to answer, and what is somebody else’s to read, does not stand here." in own

    everything = words(visit(head_fellow, "desk-person", amara))
    assert "A note to myself." in everything
    assert "Read by a colleague." in everything
    assert "Everything that counts" in everything


def test_what_was_said_beside_a_paper_stands_with_it(give, amara, fellow, visit):
    give(amara, declared=Declared(quoting="named", commitment="Ask before I answer."))

    for shown in (words(visit(fellow, "desk-person", amara)), words(visit(amara.user, "own-papers"))):
        assert "Ask before I answer." in shown
        assert "May be quoted with the name" in shown


def test_each_paper_that_is_shown_is_recorded_as_read(answered, other, give, amara, fellow, visit):
    second = give(amara, assignment=other)

    visit(fellow, "desk-person", amara)

    looks = Entry.objects.filter(actor=fellow, verb="read a paper")
    assert {entry.object_id for entry in looks} == {str(answered.pk), str(second.pk)}


def test_only_what_the_reader_may_read_is_in_it(answered, other, give, amara, jack, loa, director, visit, post):
    thabo = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, thabo, name="Section B")
    visit(thabo, "desk-person", amara, status=404)
    assign_reader(
        submission=give(amara, "Another private text.", assignment=other), user=thabo, actor=director, now=WEEK_3
    )

    said = words(visit(thabo, "desk-person", amara))
    assert "Another private text." in said
    assert "My first text" not in said
    assert "My first text" not in words(visit(director, "desk-person", amara))
    visit(amara.user, "desk-person", amara, status=403)


def test_my_papers_show_the_own_ones_and_no_answer_before_its_release(
    answered, other, give, amara, jack, fellow, client
):
    second = give(amara, "My second text.", assignment=other)
    give(jack, "A text of somebody else.")
    feedback = save(second, fellow, "Not to be seen yet.")
    hold_feedback(feedback=feedback, actor=fellow, now=LATER)
    client.force_login(amara.user)
    address = reverse("assignments:own-papers", args=[amara.session.slug])

    said = words(client.get(address))
    for there in ("My first text", "You saw it.", "My second text."):
        assert there in said
    for hidden in ("Not to be seen yet.", "somebody else"):
        assert hidden not in said
    assert not Entry.objects.filter(verb="read a paper", actor=amara.user).exists()

    release_feedback(feedback=feedback, actor=fellow, now=LATER)
    assert "Not to be seen yet." in words(client.get(address))


def test_who_handed_in_nothing_reads_what_will_stand_there(amara, client, paper):
    client.force_login(amara.user)

    assert "No papers yet" in words(client.get(reverse("assignments:own-papers", args=[amara.session.slug])))


def test_an_arc_of_several_papers_begins_with_the_way_to_each(module, give, amara, fellow, visit):
    for number in range(3):
        given = give(amara, assignment=cast.make_assignment(module, title=f"Paper {number}"))
        if number == 1:
            release_feedback(feedback=save(given, fellow, result="not_yet_complete"), actor=fellow, now=WEEK_3)

    soup = page(visit(fellow, "desk-person", amara))
    ways = soup.select(".arc-contents li")

    assert [" ".join(way.get_text(" ").split()) for way in ways] == ["Paper 0", "Paper 1 Not yet complete", "Paper 2"]
    assert all(soup.select_one(way.a["href"]).name == "h2" for way in ways)


def test_an_arc_takes_the_same_queries_for_one_paper_and_for_many(
    module, give, amara, fellow, client, visit, django_assert_max_num_queries
):
    given = 0
    for papers in (1, 6):
        for number in range(given, papers):
            paper = give(amara, assignment=cast.make_assignment(module, title=f"Paper {number}"))
            release_feedback(feedback=save(paper, fellow), actor=fellow, now=WEEK_3)
        given = papers
        visit(fellow, "desk-person", amara)
        with django_assert_max_num_queries(10 + 1):  # the test itself looks at the session
            visit(fellow, "desk-person", amara)
        client.force_login(amara.user)
        address = reverse("assignments:own-papers", args=[amara.session.slug])
        client.get(address)
        with django_assert_max_num_queries(10):
            client.get(address)
