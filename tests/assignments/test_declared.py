"""What is said beside a text: kept like the text, handed in with it, and never more than its writer said."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from assignments.declared import Declared, Quoting, host_of, is_link
from assignments.models import Assignment, Draft, KeptText, QuotingChoice, Submission
from assignments.services import (
    BadLink,
    EmptyText,
    NotAffirmed,
    NotTheWriter,
    StaleDraft,
    change_quoting,
    settle_kept_text,
)
from assignments.texts import fingerprint
from audit.models import Entry
from tests import cast
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(minutes=1)
OURS = "This is my own work. I name all help that I used."
SAID = Declared(quoting="named", commitment="Ask before I answer.")


@pytest.fixture(autouse=True)
def _a_minute_later(time_machine):
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def honest(loa, paper):
    loa.honesty = OURS
    loa.save()
    paper.session = loa
    return paper


@pytest.fixture
def practice(paper):
    Assignment.objects.filter(pk=paper.pk).update(kind=Assignment.Kind.PRACTICE, takes_text="optional", most_files=1)
    paper.refresh_from_db()
    return paper


def now_said(submission):
    return Submission.objects.with_quoting().get(pk=submission.pk).may_be_quoted


# --- the draft ---------------------------------------------------------------------------------------------------
def test_what_is_said_beside_the_text_moves_on_with_it(write, amara):
    write(amara, "I asked", declared=SAID)
    draft = write(amara, "I asked", based_on=1, declared=Declared(commitment="Listen."), at=LATER)

    assert (draft.revision, draft.commitment, draft.quoting) == (2, "Listen.", "no")


def test_the_same_text_with_the_same_beside_it_can_be_sent_again(write, amara):
    write(amara, "I asked", declared=SAID)

    assert write(amara, "I asked", declared=SAID, at=LATER).revision == 1
    assert not KeptText.objects.exists()


def test_a_commitment_from_an_older_page_never_overwrites_and_is_kept(write, amara):
    write(amara, "I asked", declared=SAID)

    with pytest.raises(StaleDraft) as stale:
        write(amara, "I asked", declared=Declared(commitment="From the phone."), at=LATER)

    assert Draft.objects.get().commitment == "Ask before I answer."
    draft = settle_kept_text(kept=stale.value.kept, is_chosen=True, actor=amara.user, now=LATER)
    assert (draft.commitment, draft.quoting, draft.revision) == ("From the phone.", "no", 2)
    assert KeptText.objects.filter(commitment="Ask before I answer.").exists()


def test_a_page_that_asks_nothing_beside_the_text_leaves_it_as_it_is(write, amara):
    write(amara, "I asked", declared=SAID)

    assert write(amara, "I asked ten", based_on=1, at=LATER).declared == SAID


# --- handing in --------------------------------------------------------------------------------------------------
def test_what_is_said_is_handed_in_with_the_paper_and_is_no_newer_draft(give, write, amara):
    write(amara, "I asked", declared=SAID)

    submission = give(amara, "I asked", declared=SAID, based_on=1)

    assert submission.declared == SAID
    assert not Draft.objects.not_handed_in().exists()


def test_a_double_click_gives_one_receipt_and_another_commitment_another_attempt(give, amara):
    key = uuid4()
    first = give(amara, key=key, declared=SAID)

    assert give(amara, key=key, declared=SAID, at=LATER) == first
    second = give(amara, key=key, declared=Declared(commitment="Listen."), at=LATER)
    assert (second.number, second.receipt != first.receipt) == (2, True)
    assert give(amara, key=key, declared=SAID, at=LATER) == first


def test_how_the_statement_was_ticked_makes_no_other_post(give, amara, honest):
    key = uuid4()
    first = give(amara, key=key, affirmed=fingerprint(OURS))

    assert give(amara, key=key, affirmed="", at=LATER) == first


def test_without_the_tick_nothing_is_handed_in_and_everything_is_kept(give, amara, honest):
    with pytest.raises(NotAffirmed):
        give(amara, "All of it", declared=SAID)

    assert not Submission.objects.exists()
    assert (Draft.objects.get().text, Draft.objects.get().declared) == ("All of it", SAID)


def test_the_tick_of_a_statement_that_was_changed_since_does_not_count(give, amara, honest):
    with pytest.raises(NotAffirmed):
        give(amara, affirmed=fingerprint("What stood there before."))


def test_a_paper_keeps_the_statement_as_it_stood(give, amara, honest, loa):
    submission = give(amara, affirmed=fingerprint(OURS), declared=Declared(help_used="My sister read it."))
    loa.honesty = "Another one."
    loa.save()

    submission.refresh_from_db()
    assert (submission.honesty, submission.help_used) == (OURS, "My sister read it.")


def test_where_no_statement_is_set_none_is_asked_for_or_kept(give, amara):
    submission = give(amara, declared=Declared(help_used="A trace from another session"))

    assert (submission.honesty, submission.help_used) == ("", "")


def test_what_was_handed_in_is_never_changed(give, amara):
    submission = give(amara, declared=SAID)
    change_quoting(submission=submission, choice=Quoting.NO, actor=amara.user, now=LATER)

    for rows, change in (
        (Submission.objects.all(), {"commitment": ""}),
        (Submission.objects.all(), {"quoting": "no"}),
        (Submission.objects.all(), {"honesty": "x"}),
        (QuotingChoice.objects.all(), {"choice": "named"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)


# --- a link ------------------------------------------------------------------------------------------------------
def test_skill_practice_can_be_a_link_alone(give, amara, practice):
    submission = give(amara, "", assignment=practice, declared=Declared(link=" https://video.example.org/a?b=1 "))

    assert (submission.link, submission.link_host) == ("https://video.example.org/a?b=1", "video.example.org")


def test_a_link_is_asked_of_skill_practice_only(give, amara, paper):
    with pytest.raises(EmptyText):
        give(amara, "", declared=Declared(link="https://video.example.org/a"))


@pytest.mark.parametrize(
    "link",
    [
        "http://video.example.org/a",
        "javascript:alert(1)",
        "https://bank.example.com@evil.example.org/",
        "https://",
        "video.example.org/a",
        "data:text/html,x",
        "https://exa mple.org/",
        "https://example.org/\nx",
        "https://[::1",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_an_address_that_cannot_be_opened_is_refused_and_kept(give, amara, practice, link):
    assert not is_link(link)
    with pytest.raises(BadLink):
        give(amara, "Here it is", assignment=practice, declared=Declared(link=link))

    assert (Draft.objects.get().text, Draft.objects.get().link) == ("Here it is", link)


def test_letters_of_another_script_do_not_pose_as_a_known_host():
    assert host_of("https://yоutube.com/a").startswith("xn--")


# --- being quoted ------------------------------------------------------------------------------------------------
def test_nobody_is_quoted_who_did_not_say_so(give, amara):
    assert now_said(give(amara)) == "no"


def test_consent_can_be_withdrawn_at_any_time_and_what_is_said_last_counts(give, amara):
    submission = give(amara, declared=SAID)
    change_quoting(submission=submission, choice=Quoting.NO, actor=amara.user, now=LATER)
    change_quoting(submission=submission, choice=Quoting.UNNAMED, actor=amara.user, now=LATER + timedelta(days=99))

    assert now_said(submission) == "unnamed"
    assert QuotingChoice.objects.count() == 2
    entry = Entry.objects.about(submission).first()
    assert (entry.before, entry.after) == ({"quoting": "no"}, {"quoting": "unnamed"})


def test_saying_the_same_again_is_no_row(give, amara):
    submission = give(amara, declared=SAID)

    assert change_quoting(submission=submission, choice=Quoting.NAMED, actor=amara.user, now=LATER) is None
    assert not QuotingChoice.objects.exists()


def test_what_is_said_with_a_newer_attempt_counts_for_all(give, amara):
    first = give(amara, declared=SAID)
    second = give(amara, "Again.", declared=Declared(), at=LATER)

    assert (now_said(first), now_said(second)) == ("no", "no")
    change_quoting(submission=first, choice=Quoting.UNNAMED, actor=amara.user, now=LATER)
    assert (now_said(first), now_said(second)) == ("unnamed", "unnamed")


def test_the_post_sent_again_after_consent_was_withdrawn_does_not_bring_it_back(give, amara):
    key = uuid4()
    submission = give(amara, key=key, declared=SAID)
    change_quoting(submission=submission, choice=Quoting.NO, actor=amara.user, now=LATER)

    give(amara, key=key, declared=SAID, at=LATER)

    assert now_said(submission) == "no"
    assert Draft.objects.get().quoting == "no"


def test_nobody_speaks_for_somebody_else(give, amara, jack):
    submission = give(amara)
    with pytest.raises(NotTheWriter):
        change_quoting(submission=submission, choice=Quoting.NAMED, actor=jack.user, now=LATER)


# --- the next paper ----------------------------------------------------------------------------------------------
def commitment_before(assignment, enrollment):
    return Assignment.objects.with_commitment_for(enrollment).get(pk=assignment.pk).own_commitment


def test_the_next_paper_shows_its_writer_what_they_wanted_to_do(give, amara, jack, paper, loa):
    following = cast.make_assignment(cast.make_module(loa, number=4), title="The next one")
    give(amara, declared=SAID)

    assert commitment_before(following, amara) == {"title": str(paper), "text": "Ask before I answer."}
    assert commitment_before(paper, amara) is None
    assert commitment_before(following, jack) is None


def test_of_two_attempts_the_newest_says_what_one_wanted(give, amara, loa):
    following = cast.make_assignment(cast.make_module(loa, number=4), title="The next one")
    give(amara, declared=SAID)
    give(amara, "Again.", declared=Declared(), at=LATER)

    assert commitment_before(following, amara) is None


# --- the pages ---------------------------------------------------------------------------------------------------
@pytest.fixture
def at_work(client, loa, paper, amara):
    client.force_login(amara.user)

    def _at(name, *more, **fields):
        address = reverse(f"assignments:{name}", args=[loa.slug, paper.pk, *more])
        if not fields:
            return client.get(address)
        return client.post(
            address, {"based_on": 0, "editor": uuid4(), "key": uuid4(), "writer": amara.user_id} | fields
        )

    return _at


def test_the_page_without_script_hands_in_all_that_was_said(at_work, honest):
    assert OURS in at_work("assignment-open").text

    reply = at_work(
        "paper-hand-in",
        text="I asked",
        commitment="Listen.",
        quoting="unnamed",
        help_used="None",
        affirmed=fingerprint(OURS),
    )

    assert reply.status_code == 302
    assert Submission.objects.get().declared == Declared(quoting="unnamed", commitment="Listen.", help_used="None")
    receipt = at_work("receipt-read", Submission.objects.get().receipt).text
    assert "Listen." in receipt
    assert OURS in receipt


def test_a_refused_page_shows_everything_that_was_typed_and_goes_on_from_it(at_work, honest):
    reply = at_work("paper-hand-in", text="I asked", commitment="Listen.", quoting="named", help_used="An AI")

    assert reply.status_code == 422
    assert "Tick this to hand in." in reply.text
    for kept in ("I asked", "Listen.", "An AI", 'value="named" checked', 'name="based_on" value="1"'):
        assert kept in reply.text


def test_the_reader_sees_beside_the_paper_what_was_said_and_what_is_said_now(give, amara, fellow, visit):
    submission = give(amara, declared=SAID)
    page = visit(fellow, "desk-paper", submission).text
    assert "May be quoted with the name" in page
    assert "Ask before I answer." in page

    change_quoting(submission=submission, choice=Quoting.NO, actor=amara.user, now=LATER)

    assert "Not to be quoted" in visit(fellow, "desk-paper", submission).text


def test_a_choice_that_is_none_of_the_three_is_refused(at_work, give, amara):
    submission = give(amara)

    assert at_work("quoting-change", submission.receipt, quoting="everything").status_code == 409
    assert at_work("quoting-change", submission.receipt, quoting="named").status_code == 302
    assert now_said(submission) == "named"


def test_a_draft_with_a_broken_link_is_saved_all_the_same(at_work, practice):
    assert at_work("draft-save", text="Soon", quoting="no", link="htp:/").status_code == 302
    assert Draft.objects.get().link == "htp:/"
