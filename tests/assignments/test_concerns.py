"""A paper under review: nothing about it goes out, a few are told, its writer only that feedback comes later."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from assignments import notices
from assignments.models import Concern, Feedback, Submission
from assignments.services import (
    AnswerIncomplete,
    UnderReview,
    arrange_cover,
    correct_feedback,
    finish_feedback,
    hold_feedback,
    let_go_feedback,
    release_feedback,
    release_held,
    release_promised,
)
from assignments.services.concerns import (
    ConcernIncomplete,
    MayNotEnd,
    MayNotRaise,
    UnderReviewAlready,
    clear_concern,
    raise_concern,
    write_to_participant,
)
from assignments.services.covering import Plan
from assignments.services.looking_first import ask_first_look, pass_feedback
from assignments.services.second_readings import DrawRefused, draw_sample
from audit.models import Entry
from cohorts.models import Enrollment
from core.moves import WrongState
from notifications.models import Notice
from tests import cast
from tests.assignments.answering import save
from tests.assignments.pages import a_form, words
from tests.assignments.test_likeness import OURS, TAKEN, THEIRS
from tests.cast import WEEK_3

PROMISED = datetime(2027, 3, 1, 4, 59, tzinfo=UTC)
AFTER = PROMISED + timedelta(days=3)
NOTE = "CANARYNOTE The second paragraph reads like another paper."


@pytest.fixture
def submission(give, amara, head_fellow, director):
    return give(amara, OURS)


@pytest.fixture
def finished(submission, fellow):
    return finish_feedback(feedback=save(submission, fellow, "CANARYANSWER"), actor=fellow, now=WEEK_3)


@pytest.fixture
def concern(submission, fellow):
    return raise_concern(submission=submission, note=NOTE, actor=fellow, now=WEEK_3)


def status(feedback):
    return Feedback.objects.get(pk=feedback.pk).status


# What waits


def test_nobody_releases_it_and_neither_does_the_promise(finished, concern, fellow, head_fellow, director):
    """Seen to fail without the question in `show_to_writer` and in `going_out`."""
    for user in (fellow, head_fellow, director):
        with pytest.raises(UnderReview):
            release_feedback(feedback=finished, actor=user, now=AFTER)
    outcome = release_held(held=Feedback.objects.all(), actor=director, now=AFTER)
    assert (len(outcome.released), len(outcome.kept_back)) == (0, 1)
    assert release_promised(now=AFTER) == 0
    hold_feedback(feedback=finished, actor=fellow, now=AFTER)
    let_go_feedback(feedback=finished, actor=fellow, now=AFTER)

    assert status(finished) == "held"


def test_a_look_that_was_wished_first_does_not_let_it_out(loa, submission, concern, fellow, head_fellow):
    ask_first_look(session=loa, user=fellow, actor=head_fellow, now=WEEK_3)
    finished = finish_feedback(feedback=save(submission, fellow), actor=fellow, now=AFTER)

    pass_feedback(feedback=finished, actor=head_fellow, now=AFTER)

    assert status(finished) == "held"


def test_what_is_written_about_a_newer_attempt_waits_too(concern, give, amara, fellow):
    newer = give(amara, "Written anew.", at=WEEK_3 + timedelta(hours=1))
    finished = finish_feedback(feedback=save(newer, fellow), actor=fellow, now=AFTER)

    assert release_promised(now=AFTER) == 0
    with pytest.raises(UnderReview):
        release_feedback(feedback=finished, actor=fellow, now=AFTER)


def test_a_correction_waits_and_what_was_released_stays(submission, fellow):
    released = release_feedback(feedback=save(submission, fellow), actor=fellow, now=WEEK_3)
    raise_concern(submission=submission, note=NOTE, actor=fellow, now=WEEK_3)
    correction = correct_feedback(feedback=released, actor=fellow, now=WEEK_3)

    with pytest.raises(UnderReview):
        release_feedback(feedback=correction, actor=fellow, now=AFTER)
    assert status(released) == "released"


def test_papers_of_others_go_out(concern, give, jack, fellow):
    finish_feedback(feedback=save(give(jack), fellow), actor=fellow, now=WEEK_3)

    assert release_promised(now=AFTER) == 1


# Who raises and ends it


def test_only_who_answers_the_paper_puts_it_under_review_and_never_a_peer(
    submission, chair, director, amara, jack, loa, module, give
):
    for user in (chair, director, amara.user, jack.user):
        with pytest.raises(MayNotRaise):
            raise_concern(submission=submission, note=NOTE, actor=user, now=WEEK_3)
    for_peers = cast.make_assignment(module, title="For a peer", answered_by="peers")
    give(jack, "Mine.", assignment=for_peers)
    theirs = give(amara, "A text of somebody else.", assignment=for_peers)
    with pytest.raises(MayNotRaise):
        raise_concern(submission=theirs, note=NOTE, actor=jack.user, now=WEEK_3)


def test_it_needs_a_note_and_there_is_one_at_a_time(submission, fellow, head_fellow):
    with pytest.raises(ConcernIncomplete):
        raise_concern(submission=submission, note="  ", actor=fellow, now=WEEK_3)
    first = raise_concern(submission=submission, note=NOTE, actor=fellow, now=WEEK_3)

    with pytest.raises(UnderReviewAlready) as already:
        raise_concern(submission=submission, note="Another.", actor=head_fellow, now=WEEK_3)
    assert already.value.concern == first


def test_head_and_director_are_told_at_once_and_nobody_else(concern, head_fellow, director, amara, fellow):
    told = Notice.objects.filter(kind="assignments.concern_raised")

    assert set(told.values_list("recipient", flat=True)) == {head_fellow.pk, director.pk}
    assert set(told.values_list("scope", flat=True)) == {""}
    described = notices.concerns.describe_concerns(list(told), WEEK_3)
    assert NOTE not in str(described)
    assert amara.user.name not in str(described)


def test_it_ends_once_with_a_reason(concern, head_fellow, director, fellow):
    with pytest.raises(MayNotEnd):
        clear_concern(concern=concern, outcome="Fine.", actor=fellow, now=WEEK_3)
    with pytest.raises(MayNotEnd):
        write_to_participant(concern=concern, outcome="x", words="y", actor=head_fellow, now=WEEK_3)
    with pytest.raises(ConcernIncomplete):
        clear_concern(concern=concern, outcome=" ", actor=head_fellow, now=WEEK_3)
    stale = Concern.objects.select_related("assignment__session", "submission").get()
    clear_concern(concern=concern, outcome="A quotation.", actor=head_fellow, now=WEEK_3)

    with pytest.raises(WrongState):
        write_to_participant(concern=stale, outcome="x", words="y", actor=director, now=WEEK_3)
    assert not Notice.objects.filter(kind="assignments.director_wrote").exists()


def test_what_was_done_is_recorded_and_not_what_was_written(concern, director):
    write_to_participant(concern=concern, outcome="CANARYOUTCOME", words="CANARYWORDS", actor=director, now=WEEK_3)

    verbs = ["put a paper under review", "ended a review: wrote to the participant"]
    entries = Entry.objects.about(concern)
    assert list(entries.order_by("pk").values_list("verb", flat=True)) == verbs
    assert "CANARY" not in " ".join(f"{one.before} {one.after} {one.reason}" for one in entries)


def test_cleared_before_the_promise_it_goes_out_as_promised(finished, concern, head_fellow):
    clear_concern(concern=concern, outcome="A quotation.", actor=head_fellow, now=WEEK_3)

    assert release_promised(now=PROMISED - timedelta(minutes=1)) == 0
    assert release_promised(now=PROMISED) == 1


def test_cleared_after_the_promise_what_is_finished_goes_out_within_the_minute(finished, concern, head_fellow):
    clear_concern(concern=concern, outcome="A quotation.", actor=head_fellow, now=AFTER)

    assert release_promised(now=AFTER) == 1


def test_cleared_after_the_promise_the_reader_has_two_days(submission, concern, fellow, head_fellow):
    clear_concern(concern=concern, outcome="A quotation.", actor=head_fellow, now=AFTER)

    moved = submission.moved_promises.get()
    assert AFTER + timedelta(days=2) <= moved.promised_at < AFTER + timedelta(days=3)


def test_once_the_director_has_written_what_is_finished_is_held_until_it_is_let_go(finished, concern, director, fellow):
    write_to_participant(concern=concern, outcome="Copied.", words="Please call me.", actor=director, now=AFTER)

    assert release_promised(now=AFTER) == 0
    held = Feedback.objects.get()
    assert held.held_by == director
    let_go_feedback(feedback=held, actor=fellow, now=AFTER)
    assert status(held) == "released"


def test_a_paper_under_review_is_not_drawn_for_a_second_reading(concern, loa, paper, head_fellow):
    cast.make_section(loa, cast.make_user("Thabo Nkosi"), name="Section B")

    with pytest.raises(DrawRefused):
        draw_sample(assignment=paper, count=1, key=uuid4(), actor=head_fellow, now=WEEK_3)


# What its writer sees


def own_pages(amara, submission, paper, visit, client, loa):
    client.force_login(amara.user)
    places = (f"/s/{loa.slug}/", f"/s/{loa.slug}/assignments/", f"/s/{loa.slug}/assignments/mine/", "/")
    pages = [visit(amara.user, "assignment-open", paper)]
    pages.append(client.get(submission.get_absolute_url()))
    pages += [client.get(place, follow=True) for place in places]
    return [page.content.decode() for page in pages]


@pytest.mark.parametrize("at", [WEEK_3 + timedelta(hours=1), AFTER])
def test_the_writer_sees_only_that_feedback_comes_later(
    submission, paper, amara, fellow, visit, client, loa, time_machine, at
):
    """Seen to fail without `comes_later`: after the promise the page said that feedback was late."""
    time_machine.move_to(at, tick=False)
    raise_concern(submission=submission, note=NOTE, actor=fellow, now=WEEK_3)

    pages = own_pages(amara, submission, paper, visit, client, loa)

    assert "Feedback comes later." in pages[0]
    assert "comes later" in pages[1]
    for page in pages:
        for word in ("review", "concern", "CANARYNOTE", "is late", "was promised", "Feedback by"):
            assert word not in page
    assert not Notice.objects.filter(recipient=amara.user).exclude(kind="assignments.receipt").exists()


def test_no_mail_names_a_day_that_does_not_hold(loa, submission, concern, fellow, head_fellow, amara):
    (receipt,) = Notice.objects.filter(kind="assignments.receipt")
    described = notices.events.describe_receipts([receipt], WEEK_3)[receipt.pk]
    assert described.context["promised_at"] is None

    thabo = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, thabo, name="Section B")
    later = PROMISED + timedelta(days=2)
    plan = Plan(session=loa, away=fellow, colleagues=(thabo,), starts_at=WEEK_3, promises_to=later)
    arrange_cover(plan=plan, message="Thabo answers.", actor=head_fellow, now=WEEK_3)
    (cover,) = Notice.objects.filter(kind="assignments.cover_arranged", recipient=amara.user)
    assert notices.covers.describe_covers([cover], WEEK_3)[cover.pk].context["moved"] == []


def test_the_writer_reads_what_the_director_wrote_and_is_told_once(
    submission, concern, paper, amara, jack, director, visit, client, loa, time_machine
):
    time_machine.move_to(AFTER, tick=False)
    write_to_participant(concern=concern, outcome="CANARYOUTCOME", words="Please call me.", actor=director, now=AFTER)

    pages = own_pages(amara, submission, paper, visit, client, loa)

    assert "Please call me." in pages[0]
    assert f"{director.name} has written to you" in pages[0]
    assert "Feedback comes later." in pages[0]
    for page in pages:
        assert not [word for word in ("CANARY", "under review", "is late") if word in page]
    (notice,) = Notice.objects.filter(kind="assignments.director_wrote")
    assert notice.recipient == amara.user
    assert "Please call me." not in str(notices.concerns.describe_words([notice], AFTER))
    assert "Please call me." not in visit(jack.user, "assignment-open", paper).content.decode()


def test_a_revision_whose_date_passed_during_the_review_is_the_readers_to_write_anew(submission, fellow, head_fellow):
    """Seen to fail when it stayed finished: it never went out, and nobody was told that it waited."""
    until = PROMISED + timedelta(days=1)
    wish = {"result": "please_revise", "revise_reason": "Say who.", "revise_until": until}
    finished = finish_feedback(feedback=save(submission, fellow, **wish), actor=fellow, now=WEEK_3)
    concern = raise_concern(submission=submission, note=NOTE, actor=fellow, now=WEEK_3)

    clear_concern(concern=concern, outcome="A quotation.", actor=head_fellow, now=AFTER)

    assert status(finished) == "draft"
    assert notices.waiting.queues_of([(fellow.pk, submission.assignment.session_id)], AFTER)
    assert Submission.objects.with_promise().get(pk=submission.pk).promised_at >= AFTER + timedelta(days=2)


def test_a_revision_is_not_due_before_the_feedback_that_asks_for_it_goes_out(submission, fellow):
    """Seen to fail when it was finished all the same: at the promised instant it was too late, and never went out."""
    wish = {"result": "please_revise", "revise_reason": "Say who."}
    begun = save(submission, fellow, revise_until=PROMISED, **wish)

    with pytest.raises(AnswerIncomplete, match="choose a later one"):
        finish_feedback(feedback=begun, actor=fellow, now=WEEK_3)

    later = save(submission, fellow, revise_until=PROMISED + timedelta(minutes=1), based_on=1, **wish)
    finish_feedback(feedback=later, actor=fellow, now=WEEK_3)
    assert release_promised(now=PROMISED) == 1


def test_no_day_counts_as_missed_for_an_attempt_that_came_during_the_review(
    concern, give, paper, amara, director, visit, time_machine
):
    """Seen to fail when only the attempt that was being read kept no day: the newer one was called late."""
    newer = give(amara, "Written anew.", at=WEEK_3 + timedelta(hours=1))
    time_machine.move_to(AFTER, tick=False)
    write_to_participant(concern=concern, outcome="x", words="Please call me.", actor=director, now=AFTER)

    said = words(visit(amara.user, "assignment-open", paper))

    assert "Feedback comes later." in said
    assert "is late" not in said
    assert not notices.waiting.late_papers(AFTER).filter(pk=newer.pk).exists()


def test_what_is_handed_in_after_the_director_wrote_has_a_day_again(concern, give, paper, amara, director):
    write_to_participant(concern=concern, outcome="x", words="Please call me.", actor=director, now=WEEK_3)

    newer = give(amara, "Written anew.", at=WEEK_3 + timedelta(hours=1))

    assert not Submission.objects.with_promise().get(pk=newer.pk).comes_later


def test_once_it_is_answered_the_page_says_so_and_no_more_that_it_comes_later(
    finished, concern, paper, amara, director, fellow, visit, time_machine
):
    time_machine.move_to(AFTER, tick=False)
    write_to_participant(concern=concern, outcome="x", words="Please call me.", actor=director, now=AFTER)
    release_feedback(feedback=Feedback.objects.get(), actor=fellow, now=AFTER)

    said = words(visit(amara.user, "assignment-open", paper))

    assert "comes later" not in said
    assert "has answered your paper" in said


# On the desk


def test_the_reader_sees_the_note_and_that_it_waits_and_the_chair_does_not(
    submission, concern, fellow, chair, head_fellow, director, visit, time_machine
):
    time_machine.move_to(AFTER, tick=False)

    page = words(visit(fellow, "desk-paper", submission))
    assert "Under review" in page
    assert "Release" not in page.replace("To “Release”; Enter releases", "")
    assert "Under review" in words(visit(fellow, "desk-queue"))
    assert "Under review" in words(visit(director, "desk-papers", query="?only=past"))
    assert "1 under review" in words(visit(director, "desk-all"))
    assert NOTE in words(visit(fellow, "desk-concern", concern))
    for name, rows in (("desk-paper", [submission]), ("desk-papers", []), ("desk-all", [])):
        assert "nder review" not in words(visit(chair, name, *rows))
    visit(chair, "desk-concern", concern, status=404)


def test_a_colleague_of_another_section_learns_nothing(loa, concern, visit):
    thabo = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, thabo, name="Section B")

    visit(thabo, "desk-concern", concern, status=404)
    assert not Concern.objects.visible_to(thabo, WEEK_3).exists()


def test_similar_passages_name_the_other_writer_to_head_and_director_alone(
    submission, give, jack, fellow, head_fellow, director, concern, visit, post, time_machine
):
    """Only words of the paper under review are shown, and that another has them too is a look at that one."""
    time_machine.move_to(AFTER, tick=False)
    other = give(jack, THEIRS)

    for_fellow = words(visit(fellow, "desk-concern", concern))
    assert TAKEN.rstrip(".") in for_fellow
    assert "also in another paper of this program" in for_fellow
    assert jack.user.name not in for_fellow
    assert "council meets at noon" not in for_fellow
    assert Entry.objects.about(other).filter(verb="saw a passage of a paper", actor=fellow).count() == 1
    assert Entry.objects.about(submission).filter(verb="read a paper", actor=fellow).count() == 1

    assert f"also in {jack.user.name}’s" in words(visit(head_fellow, "desk-concern", concern))
    for_director = words(visit(director, "desk-concern", concern))
    assert "Passages of the paper are shown to those who may read it" in for_director
    assert TAKEN[:30] not in for_director
    assert not Entry.objects.about(other).filter(actor=director).exists()
    post(director, "desk-open", submission, reason="A fellow asked me to look.")
    assert f"also in {jack.user.name}’s" in words(visit(director, "desk-concern", concern))


def test_raising_on_the_page(submission, fellow, head_fellow, post, visit):
    empty = post(fellow, "desk-concern-raise", submission, note="")
    assert (empty.status_code, Concern.objects.count()) == (422, 0)
    visit(fellow, "desk-concern-raise", submission)
    assert post(fellow, "desk-concern-raise", submission, note=NOTE).status_code == 302

    late = post(head_fellow, "desk-concern-raise", submission, note="What I saw as well.")
    assert late.status_code == 409
    assert "What I saw as well." in late.content.decode()


def test_ending_on_the_page_keeps_what_was_typed(submission, concern, head_fellow, director, fellow, post, visit):
    lacking = post(director, "desk-concern-end", concern, act="write", words="Please call me.", outcome="")
    assert (lacking.status_code, "Please call me." in lacking.content.decode()) == (422, True)
    both = post(director, "desk-concern-end", concern, act="clear", words="Please call me.", outcome="x")
    assert (both.status_code, "Please call me." in both.content.decode()) == (422, True)
    assert post(head_fellow, "desk-concern-end", concern, act="clear", outcome="A quotation.").status_code == 302
    late = post(director, "desk-concern-end", concern, act="write", words="Please call me.", outcome="y")
    assert (late.status_code, "Please call me." in late.content.decode()) == (409, True)

    assert "A quotation." in words(visit(director, "desk-concern", concern))
    for_fellow = words(visit(fellow, "desk-concern", concern))
    assert "A quotation." not in for_fellow
    assert "Feedback goes on as promised." in for_fellow


def test_a_double_click_is_one_review_and_no_refusal(submission, fellow, head_fellow, director, post):
    """Seen to fail when the second post was told that somebody had been quicker."""
    assert post(fellow, "desk-concern-raise", submission, note=NOTE).status_code == 302
    assert post(fellow, "desk-concern-raise", submission, note=NOTE).status_code == 302

    assert Concern.objects.count() == 1
    assert Notice.objects.filter(kind="assignments.concern_raised", recipient=director).count() == 1


@pytest.mark.parametrize(("status", "is_told"), [("active", True), ("withdrawn", True), ("removed", False)])
def test_the_director_reads_whether_the_participant_is_told(
    concern, amara, director, visit, post, client, status, is_told
):
    """Seen to fail when everybody was said to be told, whether they could still read it or not."""
    Enrollment.objects.filter(pk=amara.pk).update(status=status)
    before = words(visit(director, "desk-concern", concern))

    post(director, "desk-concern-end", concern, act="write", outcome="A quotation.", words="Please call me.")

    after = words(visit(director, "desk-concern", concern))
    assert ("They are told by mail" in before) is is_told
    assert ("is told now that you have written" in after) is is_told
    assert ("nobody is told by mail" in after) is not is_told
    (notice,) = Notice.objects.filter(kind="assignments.director_wrote")
    assert (notices.concerns.readable_words([notice], WEEK_3)[notice.pk] is True) is is_told


@pytest.mark.parametrize("act", ["clear", "write"])
def test_a_double_click_ends_it_once_and_is_not_told_that_nothing_was_sent(concern, amara, director, post, act):
    """Seen to fail when the second post read that somebody else had ended it and nothing was sent."""
    meant = {"act": act, "outcome": "A quotation.", "words": "Please call me." if act == "write" else ""}
    assert post(director, "desk-concern-end", concern, **meant).status_code == 302
    assert post(director, "desk-concern-end", concern, **meant).status_code == 302

    assert Entry.objects.filter(verb__startswith="ended a review").count() == 1
    told = Notice.objects.filter(kind="assignments.director_wrote", recipient=amara.user).count()
    assert told == (1 if act == "write" else 0)


def test_what_a_browser_let_pass_is_kept_to_the_last_word(submission, fellow, director, post):
    """A browser counts a line end once and sends it as two. Seen to fail when the two were counted here."""
    text = "A line.\r\n" * 500
    assert len(text.replace("\r\n", "\n")) == 4000
    typed = text[:-6] + "END."

    post(fellow, "desk-concern-raise", submission, note=typed)
    concern = Concern.objects.get()
    post(director, "desk-concern-end", concern, act="write", outcome=typed, words=typed)

    concern.refresh_from_db()
    assert [said[-4:] for said in (concern.note, concern.outcome, concern.words)] == ["END."] * 3


def test_finishing_under_review_says_that_it_waits(submission, concern, paper, fellow, post, visit):
    post(fellow, "desk-answer", submission, **a_form(paper, fellow, act="release"))

    assert status(Feedback.objects.get()) == "held"
    assert "It waits, because the paper is under review." in words(visit(fellow, "desk-paper", submission))


def test_the_office_names_papers_under_review_to_the_director_and_not_to_the_coordinator(
    concern, director, coordinator, client, time_machine
):
    time_machine.move_to(AFTER, tick=False)

    client.force_login(director)
    said = words(client.get("/office/", follow=True))
    assert "1 paper is under review, 1 past the promised date" in said
    client.force_login(coordinator)
    assert "under review" not in words(client.get("/office/", follow=True))
