"""What the lists of the desk can be asked for, and the way from one paper to the next."""

from datetime import timedelta

import pytest
from django.urls import reverse

from assignments.models import Reader
from assignments.services import release_feedback
from tests import cast
from tests.assignments.answering import save
from tests.assignments.pages import a_form, names, page, words
from tests.cast import WEEK_3

# Four days after the deadline of the paper, and two before its answers are promised.
AFTER = cast.WEEK_3 + timedelta(days=15)


@pytest.fixture(autouse=True)
def _later(time_machine):
    time_machine.move_to(AFTER, tick=False)


def kinds(reply):
    return {
        link.get_text(" ", strip=True).rpartition(" ")[0]: int(link.select_one(".num").get_text())
        for link in page(reply).select(".desk-kind")
    }


def states(reply):
    return page(reply).select_one(".desk-states").get_text(" ", strip=True)


@pytest.fixture
def mixed(paper, give, amara, jack, loa, section):
    """One on time, one late, one handed in twice; one person handed in nothing."""
    cast.enroll(cast.make_user("Zoe Last"), loa, section=section)
    revised = cast.enroll(cast.make_user("Rafael Twice"), loa, section=section)
    give(amara)
    give(jack, at=paper.due_at + timedelta(hours=3))
    give(revised)
    give(revised, "Better.", at=WEEK_3 + timedelta(days=1))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Amara Rao", "Rafael Twice", "Jack Nguyen"]),
        ("?only=late", ["Jack Nguyen"]),
        ("?only=revised", ["Rafael Twice"]),
    ],
)
def test_the_queue_is_narrowed_to_what_was_late_or_revised(mixed, fellow, visit, query, expected):
    assert names(visit(fellow, "desk-queue", query=query)) == expected


def test_each_filter_says_how_many_it_shows(mixed, fellow, visit):
    reply = visit(fellow, "desk-queue")

    assert {"All of them": 3, "Late": 1, "Revised": 1}.items() <= kinds(reply).items()
    for link in page(reply).select(".desk-kind"):
        shown = names(visit(fellow, "desk-queue", query=link["href"]))
        assert len(shown) == int(link.select_one(".num").get_text()), link["href"]


@pytest.mark.parametrize(("days", "only"), [(4.9, None), (5.5, "soon"), (7.5, "past")])
def test_papers_are_found_by_when_their_answer_is_promised(paper, give, amara, fellow, visit, time_machine, days, only):
    """Seven days after the deadline."""
    give(amara)
    time_machine.move_to(paper.due_at + timedelta(days=days), tick=False)

    for choice in ("soon", "past"):
        assert names(visit(fellow, "desk-queue", query=f"?only={choice}")) == (["Amara Rao"] if choice == only else [])


def test_who_handed_in_nothing_is_listed_after_the_own_deadline(mixed, paper, loa, fellow, visit, section):
    extended = cast.enroll(cast.make_user("Later Allowed"), loa, section=section)
    cast.extend(paper, extended, by=timedelta(days=30), granter=fellow)
    on_leave_elsewhere = cast.make_section(loa, cast.make_user("Another Fellow"), name="Section B")
    cast.enroll(cast.make_user("Not Mine"), loa, section=on_leave_elsewhere)

    reply = visit(fellow, "desk-queue", query="?show=missing")

    people = [cell.get_text(" ", strip=True) for cell in page(reply).select("tbody th")]
    assert people == [f"Zoe Last {section.name}"]
    assert "Not handed in 1" in states(reply)


def test_of_a_draft_that_was_not_handed_in_only_its_hour_is_shown(paper, write, amara, fellow, visit):
    write(amara, "Something private")

    reply = words(visit(fellow, "desk-queue", query="?show=missing"))

    assert "Amara Rao" in reply
    assert "saved Wed 17 Feb" in reply
    assert "Something private" not in reply


def test_everybodys_list_can_be_narrowed_to_a_section(mixed, give, loa, head_fellow, visit):
    other = cast.make_section(loa, cast.make_user("Another Fellow"), name="Section B")
    give(cast.enroll(cast.make_user("Of Section B"), loa, section=other))

    assert len(names(visit(head_fellow, "desk-papers"))) == 4
    assert names(visit(head_fellow, "desk-papers", query=f"?section={other.pk}")) == ["Of Section B"]


@pytest.mark.parametrize("query", ["?only=nonsense", "?show=odd"])
def test_a_choice_that_does_not_exist_is_not_found(mixed, fellow, visit, query):
    visit(fellow, "desk-queue", query=query, status=404)


def ways(reply):
    found = {rel: page(reply).select_one(f"a[rel={rel}]") for rel in ("prev", "next")}
    return {rel: link["href"] for rel, link in found.items() if link}


def test_a_paper_leads_to_its_neighbours_in_the_list_it_was_opened_from(mixed, loa, fellow, visit):
    first, second, third = (reader.submission for reader in waiting(fellow))

    assert list(ways(visit(fellow, "desk-paper", first))) == ["next"]
    middle = visit(fellow, "desk-paper", second)
    assert [address.rstrip("/").rpartition("/")[2] for address in ways(middle).values()] == [
        str(first.pk),
        str(third.pk),
    ]
    assert "2 of 3" in words(middle)
    late = visit(fellow, "desk-paper", third, query="?only=late")
    assert ways(late) == {}
    assert page(late).select_one("[data-key~=u]")["href"].endswith("?only=late")


def test_an_answered_paper_still_leads_on_from_where_it_stood(mixed, fellow, visit):
    first, second, third = (reader.submission for reader in waiting(fellow))
    release_feedback(feedback=save(second, fellow), actor=fellow, now=AFTER)

    found = ways(visit(fellow, "desk-paper", second))

    assert (f"/{first.pk}/" in found["prev"], f"/{third.pk}/" in found["next"]) == (True, True)


def test_after_the_release_the_next_paper_follows_if_that_is_wished(mixed, paper, fellow, post, loa):
    first, second, _ = (reader.submission for reader in waiting(fellow))

    reply = post(fellow, "desk-answer", first, **a_form(paper, fellow, act="release", onward="on"))
    assert reply.url == reverse("assignments:desk-paper", args=[loa.slug, second.pk])
    stays = post(fellow, "desk-answer", second, **a_form(paper, fellow, act="release"))
    assert stays.url == reverse("assignments:desk-paper", args=[loa.slug, second.pk])


def waiting(fellow):
    rows = Reader.objects.current().filter(user=fellow, submission__superseded_at=None)
    return rows.select_related("submission").order_by("submission__handed_in_at", "submission_id")


def test_the_chair_walks_through_everybodys_papers(mixed, fellow, chair, visit):
    first, second, _ = (reader.submission for reader in waiting(fellow))

    assert f"/{second.pk}/" in ways(visit(chair, "desk-paper", first))["next"]


@pytest.mark.parametrize("name", ["desk-queue", "desk-paper", "desk-papers"])
def test_lists_and_papers_take_the_same_queries_for_25_and_for_500(
    paper, loa, section, fellow, head_fellow, visit, django_assert_max_num_queries, name
):
    people = [cast.enroll(cast.make_user(f"Person {n}"), loa, section=section) for n in range(500)]
    reader = head_fellow if name == "desk-papers" else fellow
    made = 0
    for papers in (25, 500):
        for person in people[made:papers]:
            submission = cast.make_submission(paper, person, at=WEEK_3 + timedelta(minutes=made))
            Reader.objects.create(submission=submission, user=fellow, since=WEEK_3)
            made += 1
        rows = (submission,) if name == "desk-paper" else ()
        visit(reader, name, *rows)
        with django_assert_max_num_queries(10 + 1):  # the test itself looks at the session
            visit(reader, name, *rows)
