"""Who reads a paper is named beforehand, each look is on record, and of a draft staff see only that it is there."""

from uuid import uuid4

import pytest

from assignments.models import Cover, Reader, SecondReading
from assignments.services import arrange_cover, open_paper
from assignments.services.covering import Plan
from assignments.services.second_readings import draw_sample
from audit.models import Entry
from cohorts.models import SectionFellow
from tests import cast
from tests.assignments.pages import words
from tests.cast import WEEK_3


def looks(submission):
    return list(Entry.objects.about(submission).filter(verb="read a paper").values_list("actor__name", flat=True))


@pytest.fixture
def thabo(loa):
    user = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, user, name="Section B")
    return user


def test_every_look_at_a_paper_is_recorded_whoever_reads_it(
    loa, give, amara, fellow, thabo, head_fellow, chair, director, visit
):
    submission = give(amara)
    second = cast.make_user("Lena Fuchs")
    SectionFellow.objects.create(section=cast.make_section(loa, name="Section C"), user=second)
    draw_sample(assignment=submission.assignment, count=1, key=uuid4(), actor=head_fellow, now=WEEK_3)
    reading = SecondReading.objects.get()
    Reader.objects.filter(pk=reading.reader_id).update(user=second)
    visit(fellow, "desk-paper", submission)
    plan = Plan(session=loa, away=fellow, colleagues=(thabo,), starts_at=WEEK_3)
    arrange_cover(plan=plan, message="Thabo answers.", actor=head_fellow, now=WEEK_3)
    visit(second, "desk-second-read", reading)
    for user in (thabo, head_fellow, chair):
        visit(user, "desk-paper", submission)
    visit(director, "desk-paper", submission, status=302)
    assert Cover.objects.running().exists()

    assert sorted(looks(submission)) == sorted(str(user) for user in (fellow, thabo, second, head_fellow, chair))
    visit(fellow, "desk-paper", submission, status=404)
    assert len(looks(submission)) == 5


def test_lists_previews_and_tables_show_no_text_and_so_are_no_looks(
    give, amara, fellow, thabo, head_fellow, visit, post
):
    submission = give(amara, "CANARY of ten neighbours")

    pages = [visit(head_fellow, name) for name in ("desk-all", "desk-papers", "desk-cover", "desk-calibrations")]
    pages.append(post(head_fellow, "desk-cover-arrange", act="preview", away=fellow.pk, colleagues=[thabo.pk]))

    assert all("CANARY" not in page.content.decode() for page in pages)
    assert looks(submission) == []


def test_a_director_reads_after_writing_why_which_is_recorded_too(give, amara, director, visit, monkeypatch):
    submission = give(amara)
    monkeypatch.setattr("core.clock.now", lambda: WEEK_3)
    open_paper(submission=submission, reason="A complaint.", actor=director, now=WEEK_3)
    visit(director, "desk-paper", submission)

    assert looks(submission) == [str(director)]
    assert Entry.objects.filter(verb="opened a paper", reason="A complaint.").exists()


def test_the_writer_reads_before_writing_which_roles_can_read_it(
    paper, amara, head_fellow, chair, director, fellow, visit, monkeypatch
):
    monkeypatch.setattr("core.clock.now", lambda: WEEK_3)
    said = words(visit(amara.user, "assignment-open", paper))

    for name in (fellow, head_fellow, chair, director):
        assert str(name) in said
    assert "The teaching fellow who covers for them" in said
    assert "A second reader, another teaching fellow" in said
    assert "only after writing down why" in said


def test_staff_see_that_a_draft_exists_and_when_it_was_saved_never_its_text(
    write, amara, paper, fellow, head_fellow, director, visit, monkeypatch
):
    write(amara, "CANARY I asked")
    monkeypatch.setattr("core.clock.now", lambda: paper.due_at + cast.timedelta(hours=2))

    for user, name in ((fellow, "desk-queue"), (head_fellow, "desk-papers"), (director, "desk-papers")):
        page = visit(user, name, query="?show=missing")
        assert str(amara.user) in words(page)
        assert "aved" in words(page)
        assert "CANARY" not in page.content.decode()
