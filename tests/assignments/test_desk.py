"""The reading desk as its people use it: queues, one paper, all queues, peers."""

from datetime import timedelta

import pytest
from django.urls import reverse

from assignments.models import Assignment, Feedback, KeptAnswer, Reader
from assignments.services import assign_reader, hold_feedback, release_feedback
from assignments.services.peers import WITHOUT_PROMISE
from audit.models import Entry
from cohorts.models import SectionFellow
from core import clock
from notifications.models import Notice
from tests import cast
from tests.assignments.answering import a_remark, all_levels, save
from tests.assignments.pages import a_form, names, page, words
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(days=1)


@pytest.fixture(autouse=True)
def _a_day_later(time_machine):
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def submission(give, amara):
    return give(amara)


# The queue


def test_the_queue_stands_oldest_first_and_says_how_old(give, amara, jack, fellow, visit):
    give(jack, at=WEEK_3 + timedelta(hours=2))
    give(amara, at=WEEK_3)

    reply = visit(fellow, "desk-queue")

    assert names(reply) == ["Amara Rao", "Jack Nguyen"]
    assert "2 wait, the oldest handed in Wed 17 Feb, 18:00 Belgrade" in words(reply)


def test_a_row_says_attempt_lateness_and_until_when_an_answer_is_promised(paper, give, amara, fellow, visit):
    give(amara)
    give(amara, "Again", at=paper.due_at + timedelta(hours=3))

    row = words(visit(fellow, "desk-queue"))

    assert "attempt 2" in row
    assert "3 hours late" in row
    # It came on Monday in New York: until the end of the Monday a week later.
    assert "Tue 2 Mar, 05:59 Belgrade" in row


def test_an_answer_is_promised_so_many_days_after_the_deadline_however_early_the_paper(submission, fellow, visit):
    # Sunday 28 February, 23:59 in New York.
    assert "Mon 1 Mar, 05:59 Belgrade" in words(visit(fellow, "desk-queue"))


def test_waiting_held_and_answered_papers_are_counted_and_told_apart(give, loa, section, fellow, visit):
    people = [cast.enroll(cast.make_user(f"Person {n}"), loa, section=section) for n in range(3)]
    _, held, answered = (give(person) for person in people)
    hold_feedback(feedback=save(held, fellow), actor=fellow, now=LATER)
    release_feedback(feedback=save(answered, fellow), actor=fellow, now=LATER)

    for shown, person in zip(("waiting", "held", "answered"), people, strict=True):
        reply = visit(fellow, "desk-queue", query=f"?show={shown}")
        assert names(reply) == [person.user.name]
        assert "Waiting 1 Finished 1 Answered 1" in words(reply)


def test_the_queue_can_be_narrowed_to_an_assignment(module, paper, give, amara, jack, fellow, visit):
    other = cast.make_assignment(module, title="Another")
    give(amara)
    give(jack, assignment=other)

    assert names(visit(fellow, "desk-queue", query=f"?assignment={other.pk}")) == ["Jack Nguyen"]


@pytest.mark.parametrize("query", ["?show=nonsense", "?assignment=x&page=-1", "?page=99"])
def test_an_address_that_was_typed_by_hand_is_no_server_error(submission, fellow, visit, query):
    visit(fellow, "desk-queue", query=query, status=404 if "nonsense" in query else 200)


def test_of_several_attempts_the_newest_stands_in_the_queue(submission, give, amara, fellow, visit):
    give(amara, "Again.", at=WEEK_3 + timedelta(hours=1))

    assert names(visit(fellow, "desk-queue")) == ["Amara Rao"]


def test_an_empty_queue_says_so(section, fellow, visit):
    assert "No papers yet" in words(visit(fellow, "desk-queue"))


def test_another_fellows_queue_does_not_hold_the_paper(submission, loa, visit):
    other = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, other, name="Section B")

    assert names(visit(other, "desk-queue")) == []


def test_the_queue_takes_the_same_queries_for_one_three_and_twenty_five_papers(
    give, loa, section, fellow, visit, django_assert_max_num_queries
):
    visit(fellow, "desk-queue")
    people = [cast.enroll(cast.make_user(f"Person {n}"), loa, section=section) for n in range(25)]
    given = 0
    for papers in (1, 3, 25):
        for person in people[given:papers]:
            give(person)
        given = papers
        with django_assert_max_num_queries(9 + 1):  # the test itself looks at the session
            assert len(names(visit(fellow, "desk-queue"))) == papers


def test_the_next_paper_is_the_oldest_but_the_one_at_hand(give, amara, jack, loa, fellow, visit):
    first, second = give(amara, at=WEEK_3), give(jack, at=LATER)

    assert visit(fellow, "desk-next", status=302).url.endswith(f"/papers/{first.pk}/")
    assert visit(fellow, "desk-next", query=f"?after={first.pk}", status=302).url.endswith(f"/papers/{second.pk}/")


# One paper


def test_the_page_shows_prompt_text_and_rubric_and_records_the_look(submission, amara, fellow, visit):
    reply = visit(fellow, "desk-paper", submission)

    said = words(reply)
    for part in (submission.prompt, submission.text, "Names what was done", "Fully", "Amara Rao"):
        assert part in said
    entry = Entry.objects.about(submission).get(verb="read a paper")
    assert (entry.actor, entry.at, entry.scope) == (fellow, LATER, submission.assignment.session.scope)


def test_each_look_is_recorded(submission, fellow, head_fellow, visit):
    for user in (fellow, head_fellow, fellow):
        visit(user, "desk-paper", submission)

    assert Entry.objects.filter(verb="read a paper").count() == 3


def test_a_text_is_shown_as_it_was_typed_and_never_as_code(give, amara, fellow, visit):
    submission = give(amara, "First <script>alert(1)</script>\r\nnext line\r\n\r\nSecond & last")

    article = page(visit(fellow, "desk-paper", submission)).select_one("[data-paper]")

    assert [p.get_text("|", strip=True) for p in article.select("p")] == [
        "First <script>alert(1)</script>|next line",
        "Second & last",
    ]
    assert article.select("script") == []


def test_a_paper_page_takes_few_queries(submission, fellow, visit, django_assert_max_num_queries):
    for _ in range(3):
        save(submission, fellow, remarks=(a_remark(submission),))
    visit(fellow, "desk-paper", submission)

    with django_assert_max_num_queries(10 + 1):  # the test itself looks at the session
        visit(fellow, "desk-paper", submission)


@pytest.mark.parametrize("who", ["other fellow", "writer", "neighbour", "stranger"])
def test_a_paper_does_not_exist_for_those_who_do_not_read_it(submission, amara, jack, outsider, loa, visit, post, who):
    other = cast.make_user("Thabo Nkosi")
    cast.make_section(loa, other, name="Section B")
    user, status = {
        "other fellow": (other, 404),
        "writer": (amara.user, 403),
        "neighbour": (jack.user, 403),
        "stranger": (outsider.user, 404),
    }[who]

    visit(user, "desk-paper", submission, status=status)
    assert post(user, "desk-answer", submission, **a_form(submission.assignment, user)).status_code == status
    assert not Entry.objects.filter(verb="read a paper").exists()
    assert not Feedback.objects.exists()


def test_a_paper_of_another_session_is_not_found_here(give, amara, fellow, outsider, loa, visit, client):
    cast.make_section(outsider.session, fellow)
    submission = give(amara)
    client.force_login(fellow)

    assert client.get(reverse("assignments:desk-paper", args=[outsider.session.slug, submission.pk])).status_code == 404


def test_a_replaced_reader_loses_the_paper_and_gets_back_what_was_typed(
    submission, fellow, head_fellow, section, visit, post
):
    newcomer = cast.make_user("Thabo Nkosi")
    SectionFellow.objects.create(section=section, user=newcomer)
    visit(fellow, "desk-paper", submission)
    assign_reader(submission=submission, user=newcomer, actor=head_fellow, now=LATER)

    visit(fellow, "desk-paper", submission, status=404)
    reply = post(fellow, "desk-answer", submission, **a_form(submission.assignment, fellow, text="Half an hour’s work"))

    assert reply.status_code == 409
    assert "Half an hour’s work" in reply.content.decode()
    assert not Feedback.objects.exists()


def test_the_chair_reads_and_writes_nothing(submission, fellow, chair, visit, post):
    save(submission, fellow, "CANARY not released")

    reply = visit(chair, "desk-paper", submission)

    assert submission.text in words(reply)
    assert "CANARY" not in reply.content.decode()
    assert page(reply).select("form[data-autosave]") == []
    assert post(chair, "desk-answer", submission, **a_form(submission.assignment, chair)).status_code == 409
    assert Feedback.objects.get().author == fellow


def test_a_director_opens_a_paper_only_with_a_reason(submission, director, visit, post):
    assert visit(director, "desk-paper", submission, status=302).url == reverse(
        "assignments:desk-open", args=[submission.assignment.session.slug, submission.pk]
    )
    asked = visit(director, "desk-open", submission)
    assert submission.text not in asked.content.decode()

    assert post(director, "desk-open", submission, reason=" ").status_code == 422
    post(director, "desk-open", submission, reason="A complaint about the answer")

    assert submission.text in words(visit(director, "desk-paper", submission))
    assert Entry.objects.about(submission).get(verb="opened a paper").reason == "A complaint about the answer"


# Answering


def test_saving_keeps_everything_that_the_page_sends(submission, paper, fellow, post, visit):
    reply = post(
        fellow,
        "desk-answer",
        submission,
        **a_form(
            paper,
            fellow,
            next_step="Ask ten more.",
            result="please_revise",
            revise_reason="Who decided?",
            revise_on="2027-03-07",
            quote=["ten  neighbours", ""],
            place=["", ""],
            remark=["Who were they?", ""],
        ),
    )

    assert reply.status_code == 302
    feedback = Feedback.objects.get()
    assert (feedback.next_step, feedback.result, feedback.revise_reason) == (
        "Ask ten more.",
        "please_revise",
        "Who decided?",
    )
    # 23:59 in New York.
    assert feedback.revise_until.isoformat() == "2027-03-08T04:59:00+00:00"
    assert feedback.comments.get().quote == "ten neighbours"
    assert dict(feedback.levels.values_list("criterion", "level")) == all_levels(paper)
    shown = page(visit(fellow, "desk-paper", submission))
    assert shown.select_one("mark").get_text() == "ten neighbours"
    assert shown.select_one("[name=revise_on]")["value"] == "2027-03-07"
    assert len(shown.select("input[type=radio][checked]")) == 3


def test_a_passage_that_is_not_in_the_paper_is_said_and_all_else_saved(submission, paper, fellow, post):
    fields = a_form(paper, fellow, act="release", quote=["never written"], place=[""], remark=["Why?"])

    reply = post(fellow, "desk-answer", submission, **fields)

    assert reply.status_code == 422
    assert "does not stand in the paper" in words(reply)
    assert page(reply).select_one("[name=remark]").get_text(strip=True) == "Why?"
    assert page(reply).select_one("[name=based_on]")["value"] == "1"
    assert Feedback.objects.get().status == "draft"


def test_what_is_missing_is_said_before_the_release(submission, paper, fellow, post):
    reply = post(fellow, "desk-answer", submission, **a_form(paper, fellow, act="release", result="", text=""))

    assert reply.status_code == 422
    assert "Choose a result." in words(reply)
    assert "Write at least a sentence" in words(reply)
    assert not Notice.objects.filter(kind="assignments.feedback_released").exists()


def test_a_release_sent_twice_tells_once(submission, paper, fellow, post):
    fields = a_form(paper, fellow, act="release")

    for _ in range(2):
        assert post(fellow, "desk-answer", submission, **fields).status_code == 302

    assert Feedback.objects.get().status == "released"
    assert Notice.objects.filter(kind="assignments.feedback_released").count() == 1


def test_a_text_that_is_too_long_blanks_nothing(submission, paper, fellow, post):
    save(submission, fellow, "What stands")

    reply = post(fellow, "desk-answer", submission, **a_form(paper, fellow, based_on=1, text="x" * 30_000))

    assert reply.status_code == 422
    assert "x" * 30_000 in reply.content.decode()
    assert Feedback.objects.get().text == "What stands"


def test_a_post_that_arrived_without_its_text_blanks_nothing(submission, paper, fellow, post):
    save(submission, fellow, "What stands")
    fields = a_form(paper, fellow, based_on=1)
    del fields["text"]

    assert post(fellow, "desk-answer", submission, **fields).status_code == 409
    assert Feedback.objects.get().text == "What stands"


def test_somebody_else_who_signed_in_meanwhile_saves_nothing(submission, paper, fellow, head_fellow, post):
    reply = post(head_fellow, "desk-answer", submission, **a_form(paper, fellow, text="By Milica"))

    assert reply.status_code == 409
    assert "By Milica" in reply.content.decode()
    assert not Feedback.objects.exists()


def test_the_page_saves_by_itself(submission, paper, fellow, post):
    reply = post(fellow, "desk-answer", submission, accept="application/json", **a_form(paper, fellow))

    assert reply.json() == {"revision": 1, "saved": "18:00 Belgrade", "problem": ""}


def test_what_comes_late_is_shown_beside_what_stands(submission, paper, fellow, post, visit):
    save(submission, fellow, "From the laptop")

    reply = post(fellow, "desk-answer", submission, accept="application/json", **a_form(paper, fellow, text="By phone"))
    assert reply.status_code == 409
    shown = visit(fellow, "desk-paper", submission)
    assert "Two texts of this answer" in words(shown)
    assert "By phone" in words(shown)
    assert page(shown).select_one("[name=text]").get_text(strip=True) == "From the laptop"

    post(fellow, "desk-answer", submission, act="kept-take", kept=KeptAnswer.objects.get().pk)
    assert Feedback.objects.get().text == "By phone"
    assert "Two texts of this answer" not in words(visit(fellow, "desk-paper", submission))


def test_what_one_reader_wrote_late_is_not_shown_to_another(submission, paper, fellow, head_fellow, post, visit):
    save(submission, fellow, "From the laptop")
    post(fellow, "desk-answer", submission, **a_form(paper, fellow, text="CANARY by phone"))

    assert "CANARY" not in visit(head_fellow, "desk-paper", submission).content.decode()
    kept = KeptAnswer.objects.get()
    assert post(head_fellow, "desk-answer", submission, act="kept-take", kept=kept.pk).status_code == 404
    assert post(fellow, "desk-answer", submission, act="kept-take", kept="x").status_code == 404


def test_held_taken_back_released_and_corrected_by_its_buttons(submission, paper, fellow, post, visit):
    post(fellow, "desk-answer", submission, **a_form(paper, fellow, act="hold"))
    assert "Finished and held" in words(visit(fellow, "desk-paper", submission))
    post(fellow, "desk-answer", submission, act="take-back")
    assert Feedback.objects.get().status == "draft"
    post(fellow, "desk-answer", submission, **a_form(paper, fellow, act="hold", based_on=1, text="Better"))
    post(fellow, "desk-answer", submission, act="release-held")
    post(fellow, "desk-answer", submission, act="correct")

    assert list(Feedback.objects.values_list("version", "status", "text")) == [
        (1, "released", "Better"),
        (2, "draft", "Better"),
    ]
    assert "stays in force until you release this one" in words(visit(fellow, "desk-paper", submission))


def test_an_unknown_button_is_not_found(submission, fellow, post):
    assert post(fellow, "desk-answer", submission, act="delete").status_code == 404


def test_earlier_attempts_stand_below_and_notes_go_along(submission, give, amara, fellow, post, visit):
    save(submission, fellow, "Notes on the first")
    newer = give(amara, "I asked ten neighbours again.", at=LATER)

    old = visit(fellow, "desk-paper", submission)
    assert "A newer attempt came in" in words(old)
    shown = words(visit(fellow, "desk-paper", newer))
    assert submission.text in shown
    assert "Notes, never released" in shown
    post(fellow, "desk-answer", newer, act="carry")

    assert newer.feedback.get().text == "Notes on the first"


# All queues


def test_all_queues_say_who_reads_how_many_and_what_has_no_reader(give, amara, jack, loa, head_fellow, fellow, visit):
    give(amara)
    Reader.objects.filter(submission=give(jack, at=WEEK_3 - timedelta(days=1))).update(ended_at=WEEK_3)

    reply = visit(head_fellow, "desk-all")

    said = words(reply)
    assert "No reader yet" in said
    assert "Jack Nguyen" in page(reply).select_one("#no-reader").find_parent("section").get_text()
    assert "2\xa0days" in reply.content.decode()
    queue = page(reply).select_one("#queues").find_parent("section").get_text(" ", strip=True)
    assert "Milica Petrović Section A 1 0 0" in queue


@pytest.mark.parametrize("who", ["head_fellow", "director"])
def test_a_paper_without_a_reader_is_given_to_one(request, give, jack, fellow, visit, post, who):
    user = request.getfixturevalue(who)
    submission = give(jack)
    Reader.objects.update(ended_at=WEEK_3)

    post(user, "desk-reader", submission, reader=fellow.pk)

    assert "No reader yet" not in words(visit(user, "desk-all"))
    assert names(visit(fellow, "desk-queue")) == ["Jack Nguyen"]


def test_a_participant_cannot_be_made_the_reader(give, amara, jack, director, post):
    submission = give(jack)

    post(director, "desk-reader", submission, reader=amara.user_id)

    assert not Reader.objects.filter(user=amara.user).exists()


@pytest.mark.parametrize("by", ["section", "assignment"])
def test_held_answers_are_released_together(give, amara, jack, paper, section, loa, fellow, director, visit, post, by):
    other = cast.enroll(cast.make_user("Lena Fuchs"), loa, section=cast.make_section(loa, fellow, name="Section B"))
    for person in (amara, jack, other):
        hold_feedback(feedback=save(give(person), fellow), actor=fellow, now=LATER)

    post(director, "desk-release", **{by: section.pk if by == "section" else paper.pk})

    released = Feedback.objects.filter(status="released").count()
    assert released == (2 if by == "section" else 3)
    assert Notice.objects.filter(kind="assignments.feedback_released").count() == released


def test_lists_show_a_director_names_and_never_a_text(give, amara, fellow, director, visit):
    submission = give(amara, "CANARY in the paper")
    save(submission, fellow, "CANARY in the answer")

    for name in ("desk-all", "desk-papers"):
        reply = visit(director, name).content.decode()
        assert "CANARY" not in reply
    assert "Amara Rao" in reply


@pytest.mark.parametrize("name", ["desk-all", "desk-papers"])
def test_all_queues_take_the_same_queries_however_many_papers(
    give, loa, section, fellow, head_fellow, visit, django_assert_max_num_queries, name
):
    visit(head_fellow, name)
    people = [cast.enroll(cast.make_user(f"Person {n}"), loa, section=section) for n in range(6)]
    given = 0
    for papers in (1, 3, 6):
        for person in people[given:papers]:
            give(person)
        given = papers
        Reader.objects.filter(submission__enrollment__in=people[:2]).update(ended_at=WEEK_3)
        with django_assert_max_num_queries(9 + 1):  # the test itself looks at the session
            visit(head_fellow, name)


@pytest.mark.parametrize(
    ("who", "name", "status"),
    [
        ("fellow", "desk-all", 403),
        ("fellow", "desk-papers", 403),
        ("coordinator", "desk-all", 403),
        ("coordinator", "desk-queue", 403),
        ("director", "desk-queue", 403),
        ("chair", "desk-queue", 403),
        ("chair", "desk-all", 200),
        ("operator", "desk-all", 403),
    ],
)
def test_whose_pages_are_whose(request, section, visit, who, name, status):
    visit(request.getfixturevalue(who), name, status=status)


# Peers


@pytest.fixture
def peer_papers(module, give, amara, jack):
    """Amara's and Jack's, each read by the other."""
    paper = cast.make_assignment(module, title="Peer exchange", answered_by="peers")
    return give(amara, assignment=paper), give(jack, "Mine.", assignment=paper)


def test_a_peer_finds_reads_and_answers_the_paper_they_were_given(peer_papers, amara, jack, visit, post):
    theirs, _ = peer_papers
    queue = visit(jack.user, "desk-peer-queue")
    assert names(queue) == ["Amara Rao"]
    assert page(queue).select(".filter") == [], "of one assignment there is nothing to choose"

    reply = visit(jack.user, "desk-peer-paper", theirs)
    assert theirs.text in words(reply)
    assert page(reply).select("[name=result]") == []
    assert Entry.objects.filter(verb="read a paper", actor=jack.user).count() == 1
    form = a_form(theirs.assignment, jack.user, act="release", result="please_revise")
    assert post(jack.user, "desk-peer-answer", theirs, **form).status_code == 302

    feedback = Feedback.objects.get()
    assert (feedback.status, feedback.result, feedback.author) == ("released", "complete", jack.user)
    assert Notice.objects.get(kind="assignments.feedback_released").recipient == amara.user


def test_a_peer_reads_of_a_promised_day_only_where_one_is_promised(peer_papers, jack, fellow, visit):
    """Seen to fail when “Answer promised by: no date” stood there."""
    theirs, _ = peer_papers
    Assignment.objects.filter(pk=theirs.assignment_id).update(feedback_days=None)
    said = words(visit(jack.user, "desk-peer-queue"))
    assert "no date" not in said
    assert "romised by" not in said
    assert "You have two weeks" in said
    assert timedelta(weeks=2) == WITHOUT_PROMISE

    Assignment.objects.filter(pk=theirs.assignment_id).update(feedback_days=7)
    said = words(visit(jack.user, "desk-peer-queue"))
    assert "Answer promised by" in said
    assert "two weeks" not in said


def test_a_peer_opens_no_other_paper(peer_papers, submission, amara, jack, visit):
    theirs, mine = peer_papers

    visit(jack.user, "desk-peer-paper", mine, status=404)
    visit(jack.user, "desk-peer-paper", submission, status=404)
    visit(jack.user, "desk-paper", theirs, status=403)


# Before the release


@pytest.mark.parametrize("status", ["draft", "held"])
def test_nothing_of_an_answer_is_visible_to_its_participant_before_the_release(
    submission, amara, fellow, client, visit, status
):
    feedback = save(
        submission, fellow, "CANARY words", next_step="CANARY step", remarks=(a_remark(submission, text="CANARY"),)
    )
    if status == "held":
        hold_feedback(feedback=feedback, actor=fellow, now=LATER)
    client.force_login(amara.user)

    slug = submission.assignment.session.slug
    work = f"/s/{slug}/assignments/"
    one = f"{work}{submission.assignment_id}/"
    pages = [
        "/",
        work,
        one,
        f"{one}receipt/{submission.receipt}/",
        f"{one}feedback/1/",
        f"/s/{slug}/desk/peers/",
        f"/s/{slug}/desk/peers/{submission.pk}/",
        f"/s/{slug}/desk/papers/{submission.pk}/",
    ]
    for address in pages:
        reply = client.get(address, follow=True)
        assert "CANARY" not in reply.content.decode(), address
    assert not Feedback.objects.visible_to(amara.user, clock.now()).exists()
    assert not Notice.objects.filter(kind="assignments.feedback_released").exists()


def test_after_the_release_the_participant_reads_all_of_it(submission, amara, fellow, client):
    remarks = (a_remark(submission, text="Who were they?"),)
    feedback = save(submission, fellow, "You saw it.", next_step="Ask ten more.", remarks=remarks)
    release_feedback(feedback=feedback, actor=fellow, now=LATER)
    client.force_login(amara.user)

    said = words(client.get(feedback.get_absolute_url()))

    for part in ("You saw it.", "Ask ten more.", "Who were they?", "Complete", "In part", str(fellow)):
        assert part in said
