import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from assignments.models import Assignment, Draft, KeptText, Submission
from assignments.services import StaleDraft
from cohorts.models import Enrollment
from core.windows import hours
from tests import cast
from tests.cast import WEEK_3

TEXT = "I asked ten neighbours, and learnt to wait before I speak."


@pytest.fixture(autouse=True)
def in_week_3():
    with time_machine.travel(WEEK_3, tick=False) as clock:
        yield clock


@pytest.fixture
def as_amara(client, amara):
    client.force_login(amara.user)
    return client


def page_of(paper):
    return paper.get_absolute_url()


def address(name, paper, *more):
    return reverse(f"assignments:{name}", args=[paper.session.slug, paper.pk, *more])


def fields(enrollment, text=TEXT, **others):
    return {
        "text": text,
        "based_on": 0,
        "editor": str(uuid4()),
        "key": str(uuid4()),
        "writer": enrollment.user_id,
        **others,
    }


def hand_in_by_form(client, paper, enrollment, **others):
    return client.post(address("paper-hand-in", paper), fields(enrollment, **others))


def autosave(client, paper, enrollment, **others):
    return client.post(
        address("draft-autosave", paper), json.dumps(fields(enrollment, **others)), content_type="application/json"
    )


def html(answer):
    return answer.content.decode()


# --- the page -----------------------------------------------------------------------------------------------------


def test_the_page_tells_the_deadline_on_both_clocks_and_who_will_read(as_amara, paper, fellow, head_fellow, chair):
    page = html(as_amara.get(page_of(paper)))

    assert "Monday 22 February, 10:29 Kolkata" in page
    assert "that is Sunday 21 February, 23:59 New York" in page
    for name in (fellow.name, head_fellow.name, chair.name):
        assert name in page
    assert "Names what was done" in page


def test_an_extension_is_shown_with_who_granted_it(as_amara, paper, amara):
    cast.extend(paper, amara, by=hours(48))

    page = html(as_amara.get(page_of(paper)))

    assert "Wednesday 24 February, 10:29 Kolkata" in page
    assert "48 hours more, granted by Ruth Adeyemi" in page


def test_work_without_an_answer_says_so_before_it_is_written(as_amara, paper):
    Assignment.objects.filter(pk=paper.pk).update(answered_by=Assignment.AnsweredBy.NOBODY)

    assert "no feedback will come" in html(as_amara.get(page_of(paper)))


def test_each_page_costs_at_most_eight_queries(
    as_amara, paper, module, amara, give, fellow, django_assert_max_num_queries
):
    for number in range(3):
        cast.make_assignment(module, title=f"Paper {number}")
    cast.extend(paper, amara, by=hours(48))
    first = give(amara, TEXT)
    answer = cast.make_feedback(first, fellow, result="please_revise")
    answer.comments.create(starts_at_char=2, ends_at_char=7, quote="asked", text="How?")
    pages = [
        reverse("assignments:assignment-list", args=[paper.session.slug]),
        page_of(paper),
        first.get_absolute_url(),
        answer.get_absolute_url(),
    ]
    for path in pages:
        as_amara.get(path)
        with django_assert_max_num_queries(8):
            assert as_amara.get(path).status_code == 200


def test_the_list_costs_the_same_for_one_and_for_three(as_amara, paper, module, django_assert_num_queries):
    path = reverse("assignments:assignment-list", args=[paper.session.slug])
    as_amara.get(path)
    with django_assert_num_queries(4):
        as_amara.get(path)
    for number in range(2):
        cast.make_assignment(module, title=f"Paper {number}")
    with django_assert_num_queries(4):
        assert "Paper 1" in html(as_amara.get(path))


def test_what_is_not_open_is_nowhere(as_amara, loa, client):
    hidden = cast.make_assignment(cast.make_module(loa, number=4), title="The canary of week 4")

    assert as_amara.get(page_of(hidden)).status_code == 404
    assert "canary" not in html(as_amara.get(reverse("assignments:assignment-list", args=[loa.slug])))
    for name in ("draft-save", "paper-hand-in"):
        assert as_amara.post(address(name, hidden), {"text": TEXT}).status_code == 404


def test_staff_and_observers_look_and_do_not_write(client, paper, fellow, section, loa):
    observer = cast.enroll(cast.make_user("Olu Ade"), loa, kind=Enrollment.Kind.OBSERVER)
    for user in (fellow, observer.user):
        client.force_login(user)
        page = html(client.get(page_of(paper)))
        assert paper.prompt in page
        assert "<textarea" not in page
        assert client.post(address("paper-hand-in", paper), {"text": TEXT}).status_code == 403


def test_a_stranger_finds_nothing(client, paper, outsider, give, amara):
    submission = give(amara)
    client.force_login(outsider.user)
    for path in (page_of(paper), submission.get_absolute_url(), address("draft-autosave", paper)):
        assert client.get(path).status_code == 404


# --- writing ------------------------------------------------------------------------------------------------------


def test_a_draft_is_saved_by_the_button(as_amara, paper, amara):
    answer = as_amara.post(address("draft-save", paper), fields(amara), follow=True)

    assert answer.redirect_chain[-1][0] == page_of(paper)
    assert "Draft saved at 22:30 Kolkata." in html(answer)
    assert TEXT in html(answer)


def test_the_page_saves_by_itself_and_hears_its_revision(as_amara, paper, amara):
    first = autosave(as_amara, paper, amara)
    second = autosave(as_amara, paper, amara, text=TEXT + " More.", based_on=1)

    assert first.json() == {"revision": 1, "saved": "22:30 Kolkata"}
    assert second.json()["revision"] == 2
    assert Draft.objects.get().text == TEXT + " More."


def test_line_ends_are_of_one_kind_however_they_were_sent(as_amara, paper, amara):
    autosave(as_amara, paper, amara, text="one\ntwo")

    answer = as_amara.post(address("draft-save", paper), fields(amara, text="one\r\ntwo", based_on=1))

    assert answer.status_code == 302
    assert (Draft.objects.get().text, Draft.objects.get().revision) == ("one\ntwo", 1)


def test_a_save_from_an_old_page_is_told_and_both_texts_are_shown(as_amara, paper, amara):
    autosave(as_amara, paper, amara, text="From the laptop")

    answer = autosave(as_amara, paper, amara, text="From the phone")

    assert answer.status_code == 409
    assert "Both texts are kept" in answer.json()["message"]
    page = html(as_amara.get(page_of(paper)))
    assert "From the laptop" in page
    assert "From the phone" in page


def test_of_two_texts_one_is_chosen(as_amara, paper, amara, write):
    write(amara, "From the laptop")
    with pytest.raises(StaleDraft) as stale:
        write(amara, "From the phone")

    answer = as_amara.post(address("kept-text-settle", paper, stale.value.kept.pk), {"choose": "kept"}, follow=True)

    assert Draft.objects.get().text == "From the phone"
    assert "Two texts" not in html(answer)


def test_nobody_settles_for_somebody_else(client, paper, amara, jack, write):
    write(amara, "From the laptop")
    with pytest.raises(StaleDraft) as stale:
        write(amara, "From the phone")
    client.force_login(jack.user)

    assert client.post(address("kept-text-settle", paper, stale.value.kept.pk), {"choose": "kept"}).status_code == 404
    assert Draft.objects.get().text == "From the laptop"


def test_what_another_person_wrote_on_this_computer_is_not_saved_as_mine(client, paper, amara, jack):
    client.force_login(jack.user)

    answer = autosave(client, paper, amara)
    by_button = client.post(address("draft-save", paper), fields(amara))
    handed_in = hand_in_by_form(client, paper, amara)

    assert (answer.status_code, by_button.status_code, handed_in.status_code) == (403, 409, 409)
    assert "Somebody else is signed in" in answer.json()["message"]
    assert TEXT in html(by_button)
    assert TEXT in html(handed_in)
    assert not Draft.objects.exists()
    assert not Submission.objects.exists()


@pytest.mark.parametrize("sent", ["", "[]", "null", "{", '{"text": null}', '{"based_on": 0}', "\xff"])
def test_a_broken_save_blanks_nothing(as_amara, paper, amara, write, sent):
    write(amara, TEXT)

    answer = as_amara.post(address("draft-autosave", paper), sent, content_type="application/json")

    assert answer.status_code == 422
    assert answer.json()["message"]
    assert Draft.objects.get().text == TEXT


@pytest.mark.parametrize(
    "change", [{"based_on": ""}, {"based_on": "-1"}, {"editor": "none"}, {"writer": "x"}, {"based_on": 10**30}]
)
def test_a_form_that_arrives_incomplete_comes_back_with_its_text(as_amara, paper, amara, change):
    answer = as_amara.post(address("draft-save", paper), fields(amara, **change))

    assert answer.status_code == 422
    assert TEXT in html(answer)
    assert "Load the page again" in html(answer)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A text with a NUL\x00 in it", "characters that cannot be kept"),
        ("x" * 500_001, "500,001 characters; up to 500,000"),
    ],
)
def test_a_text_that_cannot_be_kept_comes_back_with_clear_words(as_amara, paper, amara, text, words):
    for name in ("draft-save", "paper-hand-in"):
        answer = as_amara.post(address(name, paper), fields(amara, text=text))
        assert answer.status_code == 422
        assert words in html(answer)
        assert text.replace("\x00", "") in html(answer)
    assert words in autosave(as_amara, paper, amara, text=text).json()["message"]
    assert not Submission.objects.exists()


def test_half_a_character_is_refused_in_words(as_amara, paper, amara):
    answer = autosave(as_amara, paper, amara, text="An emoji cut in two \ud83d")

    assert answer.status_code == 422
    assert "cannot be kept" in answer.json()["message"]


def test_what_is_too_large_for_the_site_is_told_so(as_amara, paper, amara):
    answer = as_amara.post(address("paper-hand-in", paper), fields(amara, text="x" * 6_000_000))

    assert answer.status_code == 413
    assert "your text still stands in the form" in html(answer)


def test_markup_in_a_text_stays_text(as_amara, paper, amara):
    nasty = "</textarea><script>alert(1)</script>"
    autosave(as_amara, paper, amara, text=nasty)
    submission = Submission.objects.get(
        receipt=hand_in_by_form(as_amara, paper, amara, text=nasty, based_on=1).url.split("/")[-2]
    )

    for path in (page_of(paper), submission.get_absolute_url()):
        assert "<script>alert" not in html(as_amara.get(path))


def test_a_text_that_begins_with_an_empty_line_keeps_it(as_amara, paper, amara, write):
    write(amara, "\nIndented by a line")

    assert ">\n\nIndented by a line</textarea>" in html(as_amara.get(page_of(paper)))


# --- handing in ---------------------------------------------------------------------------------------------------


def test_handing_in_shows_the_receipt(as_amara, paper, amara, fellow):
    answer = as_amara.post(address("paper-hand-in", paper), fields(amara), follow=True)

    page = html(answer)
    submission = Submission.objects.get()
    assert answer.redirect_chain == [(submission.get_absolute_url(), 302)]
    for said in (submission.receipt, submission.sha256, "Wednesday 17 February, 22:30 Kolkata", "12:00 New York", TEXT):
        assert said in page


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (20, None, "It has 11 words; at least 20 are asked for."),
        (None, 10, "It has 11 words; no more than 10 are asked for."),
        (11, 11, ""),
        (None, None, ""),
    ],
)
def test_a_length_that_was_not_asked_for_is_said_on_the_receipt_and_never_refused(
    as_amara, paper, amara, least, most, said
):
    Assignment.objects.filter(pk=paper.pk).update(min_words=least, max_words=most)

    page = html(as_amara.get(hand_in_by_form(as_amara, paper, amara).url))

    assert ("the length is not what was asked" in page) == bool(said)
    assert said in page
    assert Submission.objects.count() == 1


def test_a_double_click_shows_one_receipt(as_amara, paper, amara):
    key = str(uuid4())
    first = hand_in_by_form(as_amara, paper, amara, key=key)
    second = hand_in_by_form(as_amara, paper, amara, key=key)

    assert first.url == second.url
    assert Submission.objects.count() == 1


def test_late_work_is_taken_and_says_how_late(as_amara, paper, amara, in_week_3):
    in_week_3.move_to(paper.due_at + timedelta(hours=3))

    page = html(as_amara.post(address("paper-hand-in", paper), fields(amara), follow=True))

    assert "3 hours after the deadline; accepted" in page
    assert "Handed in 3 hours after the deadline; accepted." in html(as_amara.get(page_of(paper)))


def test_after_closing_the_text_is_kept_and_shown(as_amara, paper, amara, in_week_3):
    in_week_3.move_to(paper.closes_at + timedelta(minutes=1))
    as_amara.force_login(amara.user)

    answer = hand_in_by_form(as_amara, paper, amara)

    assert answer.status_code == 409
    page = html(answer)
    assert "Handing in has closed" in page
    assert TEXT in page
    assert "Ask your teaching fellow to accept it" in page
    assert TEXT in html(as_amara.get(page_of(paper)))


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_text_is_refused_in_words(as_amara, paper, amara, text):
    answer = hand_in_by_form(as_amara, paper, amara, text=text)

    assert answer.status_code == 422
    assert "nothing to hand in yet" in html(answer)


def test_who_withdrew_reads_their_papers_and_keeps_the_text_they_send(as_amara, paper, amara, give):
    submission = give(amara)
    Enrollment.objects.filter(pk=amara.pk).update(status=Enrollment.Status.WITHDRAWN)

    assert as_amara.get(submission.get_absolute_url()).status_code == 200
    assert "<textarea" not in html(as_amara.get(page_of(paper)))
    answer = hand_in_by_form(as_amara, paper, amara, text="Another", based_on=1)
    assert answer.status_code == 409
    assert "Your text is kept." in html(answer)
    assert Draft.objects.get().text == "Another"


def test_the_copy_of_the_text_is_what_the_fingerprint_is_of(as_amara, paper, amara, give):
    from hashlib import sha256

    submission = give(amara, "Für alle\n\n“quoted”")
    answer = as_amara.get(address("receipt-text", paper, submission.receipt))

    assert sha256(answer.content).hexdigest() == submission.sha256
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_receipt_is_its_writers_only(client, paper, amara, jack, give, fellow):
    submission = give(amara)
    for user, status in ((jack.user, 404), (fellow, 403)):
        client.force_login(user)
        assert client.get(submission.get_absolute_url()).status_code == status
        assert client.get(address("receipt-text", paper, submission.receipt)).status_code == status


def test_who_opened_a_paper_stands_on_its_receipt(as_amara, amara, give, director):
    from assignments.services import open_paper

    submission = give(amara)
    open_paper(submission=submission, reason="A complaint about plagiarism", actor=director, now=WEEK_3)

    page = html(as_amara.get(submission.get_absolute_url()))
    assert "Dana Whitfield opened this paper" in page
    assert "A complaint about plagiarism" in page


# --- feedback -----------------------------------------------------------------------------------------------------


def test_feedback_is_nowhere_before_its_release(as_amara, amara, paper, give, fellow):
    answer = cast.make_feedback(give(amara), fellow, status="held", text="The canary of the answer")

    assert as_amara.get(answer.get_absolute_url()).status_code == 404
    assert "canary" not in html(as_amara.get(page_of(paper)))
    assert "Handed in" in html(as_amara.get(page_of(paper)))


def test_released_feedback_shows_result_levels_remarks_and_next_step(as_amara, amara, paper, give, fellow):
    answer = cast.make_feedback(give(amara, TEXT), fellow, text="Well observed.", next_step="Ask one more person.")
    criterion = paper.criteria.first()
    answer.levels.create(criterion=criterion, level=criterion.levels.last())
    answer.comments.create(starts_at_char=2, ends_at_char=7, quote="asked", text="How did you ask?")

    page = html(as_amara.get(answer.get_absolute_url()))

    for said in ("Complete", "Well observed.", "Ask one more person.", "Fully", "How did you ask?", ">asked</mark>"):
        assert said in page
    assert "Read the feedback" in html(as_amara.get(page_of(paper)))


def test_please_revise_opens_the_editor_again_with_its_date(as_amara, amara, paper, give, fellow):
    until = paper.due_at + timedelta(days=10)
    cast.make_feedback(give(amara, TEXT), fellow, result="please_revise", revise_until=until)

    page = html(as_amara.get(page_of(paper)))

    assert "Please revise by" in page
    assert "Thursday 4 March, 10:29 Kolkata" in page
    assert "Say who decided." in page
    assert "Your revision" in page
    assert TEXT in page


def test_nobody_reads_anothers_feedback(client, amara, jack, give, fellow):
    answer = cast.make_feedback(give(amara), fellow, text="The canary of the answer")
    client.force_login(jack.user)

    assert client.get(answer.get_absolute_url()).status_code == 404


def test_kept_texts_are_never_anothers(client, paper, amara, jack, write):
    write(amara, "The canary of the laptop")
    with pytest.raises(StaleDraft):
        write(amara, "The canary of the phone")
    client.force_login(jack.user)

    assert "canary" not in html(client.get(page_of(paper)))
    assert KeptText.objects.count() == 1


def test_who_answers_for_others_finds_the_way_to_their_papers(client, loa, module, participant_in_kolkata):
    cast.make_assignment(module, answered_by=Assignment.AnsweredBy.PEERS)
    client.force_login(participant_in_kolkata.user)

    with time_machine.travel(WEEK_3, tick=False):
        text = client.get(f"/s/{loa.slug}/assignments/").content.decode()

    assert f"/s/{loa.slug}/desk/peers/" in text
