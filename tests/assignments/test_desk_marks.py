"""What readers put beside a paper: marks for the chair, tags, comments to use again, and that they are here."""

from datetime import timedelta

import pytest

from assignments.models import BankedComment, ChairMark, Presence, Tag, Tagging
from assignments.services import (
    BankFull,
    MayNotAnswer,
    NothingToKeep,
    bank_comment,
    mark_for_chair,
    note_presence,
    tag_paper,
    with_name,
)
from audit.models import Entry
from core import clock
from tests import cast
from tests.assignments.pages import page, words
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(days=1)


@pytest.fixture(autouse=True)
def _a_day_later(time_machine):
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def submission(give, amara):
    return give(amara)


@pytest.fixture
def story(loa):
    return Tag.objects.create(session=loa, title="Story", position=1)


def test_a_paper_marked_for_the_chair_stands_on_the_chairs_list_with_its_tags(
    submission, story, fellow, chair, visit, post
):
    post(fellow, "desk-answer", submission, act="chair-on")
    post(fellow, "desk-answer", submission, act=f"tag-on:{story.pk}")

    said = words(visit(chair, "desk-chair"))
    assert "Amara Rao" in said
    assert "All of them 1 Story 1" in said
    assert f"{fellow.name} Thu 18 Feb" in said
    assert (
        page(visit(chair, "desk-chair", query=f"?tag={story.pk}"))
        .select("tbody th a")[0]["href"]
        .endswith(f"/papers/{submission.pk}/?everybody=1")
    )
    assert page(visit(chair, "desk-chair", query=f"?tag={story.pk + 1}")).select("tbody tr") == []


def test_a_mark_is_put_and_taken_once_however_often_it_is_sent(submission, story, fellow, post, visit):
    for act, marks in (("chair-on", 1), ("chair-on", 1), ("chair-off", 0), ("chair-off", 0)):
        assert post(fellow, "desk-answer", submission, act=act, accept="application/json").status_code == 200
        assert ChairMark.objects.count() == marks
    for act, tags in (("tag-on", 1), ("tag-on", 1), ("tag-off", 0)):
        post(fellow, "desk-answer", submission, act=f"{act}:{story.pk}")
        assert Tagging.objects.count() == tags
    assert list(Entry.objects.filter(verb__contains="marked").values_list("verb", flat=True).order_by("pk")) == [
        "marked for the chair",
        "no longer marked for the chair",
    ]


def test_only_who_may_answer_marks_and_tags(submission, story, director, chair):
    for actor in (director, chair):
        with pytest.raises(MayNotAnswer):
            mark_for_chair(submission=submission, is_marked=True, actor=actor, now=LATER)
        with pytest.raises(MayNotAnswer):
            tag_paper(submission=submission, tag=story, is_tagged=True, actor=actor, now=LATER)


def test_a_tag_of_another_session_is_refused(submission, outsider, fellow):
    foreign = Tag.objects.create(session=outsider.session, title="Foreign", position=1)

    with pytest.raises(MayNotAnswer):
        tag_paper(submission=submission, tag=foreign, is_tagged=True, actor=fellow, now=LATER)


def test_nothing_of_marks_and_tags_is_seen_by_the_writer(submission, story, fellow, amara, post, client):
    post(fellow, "desk-answer", submission, act="chair-on")
    post(fellow, "desk-answer", submission, act=f"tag-on:{story.pk}")
    client.force_login(amara.user)

    for address in (submission.assignment.get_absolute_url(), submission.get_absolute_url()):
        said = words(client.get(address))
        assert "Story" not in said
        assert "chair" not in said.lower() or "Faculty chair" in said


# Comments to use again


def test_a_kept_comment_is_for_anybody_and_comes_back_with_the_name(submission, amara, jack, fellow):
    kept = bank_comment(
        text="Amara Rao, who asked whom? Amaranth is no name.", about=amara.user, actor=fellow, now=LATER
    )

    assert kept.text == "{name}, who asked whom? Amaranth is no name."
    assert with_name(kept.text, jack.user) == f"{jack.user.salutation}, who asked whom? Amaranth is no name."
    assert bank_comment(text=kept.text, actor=fellow, now=LATER) == kept


def test_an_empty_comment_is_not_kept_and_nobody_keeps_more_than_are_found(fellow):
    with pytest.raises(NothingToKeep):
        bank_comment(text="  \n", actor=fellow, now=LATER)
    BankedComment.objects.bulk_create(
        BankedComment(user=fellow, text=f"Comment {n}", saved_at=LATER) for n in range(BankedComment.MOST)
    )
    with pytest.raises(BankFull):
        bank_comment(text="One more", actor=fellow, now=LATER)


def test_comments_are_kept_changed_and_deleted_by_their_owner_alone(section, fellow, head_fellow, visit, post):
    post(fellow, "desk-bank", act="add", text="Say who decided, {name}.")
    kept = BankedComment.objects.get()

    assert "Say who decided" in words(visit(fellow, "desk-bank"))
    assert "Say who decided" not in words(visit(head_fellow, "desk-bank"))
    assert post(head_fellow, "desk-bank", act="delete", comment=kept.pk).status_code == 404
    post(fellow, "desk-bank", act="change", comment=kept.pk, text="Who decided?")
    assert BankedComment.objects.get().text == "Who decided?"
    post(fellow, "desk-bank", act="change", comment=kept.pk, text=" ")
    assert BankedComment.objects.get().text == "Who decided?"
    post(fellow, "desk-bank", act="delete", comment=kept.pk)
    assert not BankedComment.objects.exists()


def test_the_page_of_a_paper_offers_them_with_the_name_filled_in(submission, amara, fellow, visit, post):
    bank_comment(text="Say who decided, {name}.", actor=fellow, now=LATER)

    assert f"Say who decided, {amara.user.salutation}." in words(visit(fellow, "desk-paper", submission))


# Who is here


def test_a_second_reader_is_told_who_has_the_paper_open(submission, fellow, head_fellow, visit, time_machine):
    visit(fellow, "desk-paper", submission)
    assert f"Being read by {fellow.name} as well" in words(visit(head_fellow, "desk-paper", submission))

    time_machine.move_to(LATER + Presence.LASTS + timedelta(seconds=1), tick=False)
    assert "Being read by" not in words(visit(head_fellow, "desk-paper", submission))


def test_an_open_page_says_that_it_is_there_and_hears_who_else_is(submission, fellow, head_fellow, post, time_machine):
    note_presence(submission=submission, actor=head_fellow, now=LATER)

    assert post(fellow, "desk-here", submission).json() == {"others": [head_fellow.name], "newer": ""}
    time_machine.move_to(LATER + timedelta(minutes=5), tick=False)
    assert post(fellow, "desk-here", submission).json()["others"] == []
    assert Presence.objects.get(user=fellow).seen_at == clock.now()


def test_an_open_page_hears_that_a_newer_attempt_came(submission, give, amara, fellow, post):
    newer = give(amara, "Better.", at=LATER)

    assert post(fellow, "desk-here", submission).json()["newer"].endswith(f"/papers/{newer.pk}/")


def test_nobody_is_there_who_may_not_read(submission, amara, jack, director, loa, post):
    other = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, other, name="Section B")

    assert [post(user, "desk-here", submission).status_code for user in (other, director)] == [404, 404]
    assert not Presence.objects.exists()


def test_a_paper_sent_ahead_is_recorded_as_sent_and_as_read_once_it_is_shown(submission, fellow, client, post):
    client.force_login(fellow)
    address = f"/s/{submission.assignment.session.slug}/desk/papers/{submission.pk}/"

    client.get(address, headers={"X-Desk": "ahead"})
    assert [entry.verb for entry in Entry.objects.filter(actor=fellow)] == ["was sent a paper ahead"]
    assert not Presence.objects.exists()
    post(fellow, "desk-here", submission, looked="1")
    assert Entry.objects.filter(actor=fellow, verb="read a paper").count() == 1


def test_the_chairs_list_takes_the_same_queries_for_one_and_for_many(
    give, loa, section, fellow, chair, story, visit, django_assert_max_num_queries
):
    people = [cast.enroll(cast.make_user(f"Person {n}"), loa, section=section) for n in range(25)]
    given = 0
    for papers in (1, 25):
        for person in people[given:papers]:
            paper = give(person)
            mark_for_chair(submission=paper, is_marked=True, actor=fellow, now=LATER)
            tag_paper(submission=paper, tag=story, is_tagged=True, actor=fellow, now=LATER)
        given = papers
        visit(chair, "desk-chair")
        with django_assert_max_num_queries(8 + 1):  # the test itself looks at the session
            visit(chair, "desk-chair")
