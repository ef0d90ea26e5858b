"""Whoever stands in and whoever is away are told of it, and so is who knows of a cover that somebody ends.

Seen failing: with nobody but participants told, with whoever arranged it told of their own act, with a beginning
that is told after the end, with an end told to those who never heard of the cover, with an end that does not hold back
what a sender could take meanwhile, with an end that does not ask whether it is over already, with begun answers counted
among what goes back, and with every cover of the session shown to everybody.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from assignments.models import Submission
from assignments.services import arrange_cover, begin_cover, end_cover, mind_covers
from assignments.services.covering import Plan, preview_end
from audit.models import Entry
from cohorts.models import Enrollment, SectionFellow
from notifications import sender
from notifications.inbox import read_notices
from notifications.models import Notice
from tests import cast
from tests.assignments.answering import save
from tests.assignments.pages import page, words
from tests.cast import WEEK_3
from tests.races import at_once

DAY = timedelta(days=1)
COLLEAGUE, AWAY, PARTICIPANTS = "assignments.stands_in", "assignments.covered_for", "assignments.cover_arranged"
QUERIES = 10
AGAIN = "Milica Petrović reads your papers again."


@pytest.fixture
def arrange(loa, section, fellow, thabo, head_fellow):
    def _arrange(*colleagues, now=WEEK_3, actor=head_fellow, message="Thabo answers.", **fields):
        fields = {"starts_at": WEEK_3, "ends_at": WEEK_3 + 4 * DAY, "away": fellow} | fields
        plan = Plan(session=loa, colleagues=colleagues or (thabo,), **fields)
        return arrange_cover(plan=plan, message=message, actor=actor, now=now)

    return _arrange


@pytest.fixture
def mails(mailoutbox):
    """What goes out by then, as one text for each person."""

    def _mails(at=WEEK_3):
        mailoutbox.clear()
        sender.send_due(now=at)
        return {mail.to[0]: " ".join(f"{mail.subject} {mail.body}".split()) for mail in mailoutbox}

    return _mails


def inbox(user, at=WEEK_3):
    told = read_notices(Notice.objects.visible_to(user, at).order_by("pk"), at)
    return [f"{one.title} {one.words}" for one in told if one.notice.object_type == "assignments.cover" and one.holds]


def told(kind, occurrence=""):
    return set(Notice.objects.filter(kind=kind, occurrence=occurrence).values_list("recipient", flat=True))


# Those who stand in, and the one who is away


def test_who_stands_in_and_who_is_away_are_told_who_reads_what_until_when(
    give, amara, jack, fellow, thabo, head_fellow, section, arrange, mails
):
    give(amara)
    give(jack)
    save(give(amara, "Again"), fellow, "Begun")
    mails()

    arrange(sections=(section,))
    out = mails()

    colleague, away = out[thabo.email], out[fellow.email]
    assert "You read in place of Milica Petrović" in colleague
    assert "Ruth Adeyemi has arranged that you read the papers of Section A in place of Milica Petrović" in colleague
    assert "until Sunday 21 February" in colleague
    assert "2 of these papers wait in your queue now." in colleague
    assert "/desk/" in colleague
    assert "Who reads in your place" in away
    assert "Thabo Nkosi, from Wednesday 17 February" in away
    assert "until Sunday 21 February" in away
    assert "comes back to you by itself" in away
    assert "2 papers wait with them now" in away
    assert inbox(thabo)
    assert inbox(fellow)
    assert mails() == {}


def test_of_a_cover_to_come_they_are_told_what_waits_today(give, amara, fellow, thabo, lena, arrange, mails):
    give(amara)
    mails()

    arrange(thabo, lena, starts_at=WEEK_3 + DAY, ends_at=None)
    out = mails()

    for user in (thabo, lena):
        assert ", for good." in out[user.email]
        assert "split evenly: Lena Fuchs, Thabo Nkosi" in out[user.email]
        assert "1 paper waits there today." in out[user.email]
    assert ", for good." in out[fellow.email]
    assert "1 paper would go over today" in out[fellow.email]


def test_nobody_is_told_of_their_own_act(give, amara, fellow, thabo, head_fellow, arrange, director):
    cover = arrange(thabo, head_fellow)
    assert told(COLLEAGUE) == {thabo.pk}
    assert told(AWAY) == {fellow.pk}

    end_cover(cover=cover, message=AGAIN, actor=director, now=WEEK_3 + DAY)
    assert told(COLLEAGUE, "over") == {thabo.pk, head_fellow.pk}
    assert told(AWAY, "over") == {fellow.pk}


def test_a_mail_of_its_own_only_where_papers_change_hands_soon(fellow, arrange):
    arrange(starts_at=WEEK_3 + 10 * DAY, ends_at=WEEK_3 + 12 * DAY)
    assert set(Notice.objects.filter(kind__in=(COLLEAGUE, AWAY)).values_list("lane", flat=True)) == {"reminder"}

    arrange(starts_at=WEEK_3 + DAY, ends_at=WEEK_3 + 2 * DAY)
    assert Notice.objects.filter(kind__in=(COLLEAGUE, AWAY), lane="event").count() == 2


def test_a_cover_that_is_over_or_called_off_tells_nothing_about_its_beginning(
    amara, fellow, thabo, head_fellow, arrange, mails
):
    over = arrange()
    off = arrange(starts_at=WEEK_3 + 10 * DAY, ends_at=WEEK_3 + 12 * DAY)
    for cover in (over, off):
        end_cover(cover=cover, message=AGAIN, actor=head_fellow, now=WEEK_3)

    out = mails()

    # Of the one that ran papers had changed hands; of the other nobody knew.
    assert set(out) == {fellow.email, thabo.email}
    assert "You do not read in place of Milica Petrović" in out[thabo.email]
    assert "has arranged" not in " ".join(out.values())
    assert inbox(amara.user) == []
    assert told(COLLEAGUE, "over") == {thabo.pk}
    assert Notice.objects.filter(occurrence="over").count() == 2


def test_at_its_own_time_nobody_is_told_and_its_beginning_no_longer_holds(amara, fellow, thabo, arrange, mails):
    cover = arrange()

    # Nobody has minded it yet.
    assert mails(cover.ends_at) == {}
    mind_covers(now=cover.ends_at)

    assert mails(cover.ends_at) == {}
    assert not Notice.objects.filter(occurrence="over").exists()


def test_who_no_longer_reads_there_is_told_nothing(thabo, fellow, arrange, mails):
    arrange()
    SectionFellow.objects.filter(user=thabo).delete()

    assert set(mails()) == {fellow.email}


def test_an_early_end_is_told_with_what_waits_in_the_own_queue_now(
    give, amara, jack, fellow, thabo, head_fellow, arrange, mails
):
    give(amara)
    begun = give(jack)
    cover = arrange()
    save(begun, thabo, "Begun by Thabo")
    mails()

    end_cover(cover=cover, message=AGAIN, actor=head_fellow, now=WEEK_3 + DAY)
    out = mails(WEEK_3 + DAY)

    assert "Ruth Adeyemi has ended the cover: Milica Petrović reads again." in out[thabo.email]
    assert (
        "what you have begun stays with you until you finish it. 1 paper waits in your own queue." in out[thabo.email]
    )
    assert (
        "you read your papers yourself, not Thabo Nkosi. What was not begun stands in your queue again"
        in out[fellow.email]
    )
    assert "1 paper waits in your queue." in out[fellow.email]


def test_a_cover_that_is_called_off_is_told_to_those_who_knew(fellow, thabo, head_fellow, arrange, mails):
    cover = arrange(starts_at=WEEK_3 + DAY)
    mails()

    end_cover(cover=cover, message=AGAIN, actor=head_fellow, now=WEEK_3)
    out = mails()

    assert "called the cover off: Milica Petrović goes on reading." in out[thabo.email]
    assert "called the cover off: you go on reading" in out[fellow.email]
    assert not begin_cover(cover=cover, actor=None, now=WEEK_3 + DAY)


# Participants


def test_an_early_end_is_told_to_participants_who_know_of_the_cover_and_whom_it_still_concerns(
    loa, amara, jack, thabo, head_fellow, arrange, mails
):
    gone = cast.enroll(cast.make_user("Ines Vidal"), loa, section=amara.section)
    moved = cast.enroll(cast.make_user("Omar Said"), loa, section=amara.section)
    cover = arrange()
    mails()
    Enrollment.objects.filter(pk=gone.pk).update(status="withdrawn")
    Enrollment.objects.filter(pk=moved.pk).update(section=thabo.fellowships.get().section)
    newcomer = cast.enroll(cast.make_user("Bea Lund"), loa, section=amara.section)

    assert preview_end(cover=cover, now=WEEK_3 + DAY).told == 2
    end_cover(cover=cover, message=AGAIN, actor=head_fellow, now=WEEK_3 + DAY)
    out = mails(WEEK_3 + DAY)

    assert told(PARTICIPANTS, "over") == {amara.user_id, jack.user_id}
    assert AGAIN in out[amara.user.email]
    assert AGAIN in out[jack.user.email]
    assert not {one.user.email for one in (gone, moved, newcomer)} & set(out)
    # What they were told before holds no longer.
    assert [AGAIN in one for one in inbox(amara.user, WEEK_3 + DAY)] == [True]


def test_who_never_heard_of_a_cover_is_not_told_of_its_end_but_of_a_promise_that_was_moved(
    give, amara, jack, head_fellow, arrange, mails
):
    give(amara)
    mails()
    cover = arrange(promises_to=WEEK_3 + 20 * DAY)

    end_cover(cover=cover, message=AGAIN, actor=head_fellow, now=WEEK_3)
    out = mails()

    assert told(PARTICIPANTS, "over") == set()
    assert "now comes by Tuesday 9 March" in out[amara.user.email]
    assert "Thabo answers." not in out[amara.user.email]
    assert jack.user.email not in out


@pytest.mark.parametrize(
    "changes", [{"read_at": WEEK_3}, {"status": "cancelled", "withheld": "choice"}, {"status": "claimed"}]
)
def test_who_read_it_in_the_app_or_is_just_being_told_knows_of_it(amara, head_fellow, arrange, changes):
    cover = arrange()
    Notice.objects.filter(kind=PARTICIPANTS, recipient=amara.user).update(**changes)

    end_cover(cover=cover, message=AGAIN, actor=head_fellow, now=WEEK_3)

    assert told(PARTICIPANTS, "over") == {amara.user_id}


def test_where_another_cover_has_begun_since_nobody_reads_that_all_is_as_before(
    amara, thabo, lena, head_fellow, arrange, mails
):
    cover = arrange()
    mails()
    end_cover(cover=cover, message=AGAIN, actor=head_fellow, now=WEEK_3 + DAY)
    arrange(lena, starts_at=WEEK_3 + DAY, now=WEEK_3 + DAY, message="Lena answers.")

    out = mails(WEEK_3 + DAY)

    assert "Lena answers." in out[amara.user.email]
    assert AGAIN not in out[amara.user.email]


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_looks_while_a_cover_is_being_ended_tells_nothing_of_its_beginning(
    transactional_db, amara, head_fellow, arrange, mails
):
    cover = arrange()

    with transaction.atomic():
        end_cover(cover=cover, message=AGAIN, actor=head_fellow, now=WEEK_3)
        # Another connection, which does not see the end yet.
        (outcome,) = at_once(lambda: sender.send_due(now=WEEK_3))
        assert not isinstance(outcome, Exception)

    assert amara.user.email not in mails()
    assert not Notice.objects.filter(kind=PARTICIPANTS, recipient=amara.user, status="sent").exists()


# What a teaching fellow sees of covers


def test_a_teaching_fellow_sees_the_covers_that_concern_them_and_arranges_none(
    fellow, thabo, lena, head_fellow, arrange, visit, post
):
    arrange()
    foreign = arrange(head_fellow, away=lena, starts_at=WEEK_3 + DAY)

    for user, line in ((fellow, "You everything Thabo Nkosi"), (thabo, "Milica Petrović everything you")):
        said = words(visit(user, "desk-cover"))
        assert line in said
        assert "Lena Fuchs" not in said
        assert "End it now" not in said
        assert not page(visit(user, "desk-cover")).select("form[action*=cover], a[href*=arrange]")
        assert "/desk/cover/" in visit(user, "desk-queue").content.decode()
        visit(user, "desk-cover-arrange", status=403)
        assert post(user, "desk-cover-end", foreign).status_code == 403
    assert "Lena Fuchs" in words(visit(head_fellow, "desk-cover"))


def test_a_teaching_fellow_without_a_cover_reads_that_they_read_their_own_papers(section, fellow, visit):
    assert "Nobody reads in your place, and you stand in for nobody." in words(visit(fellow, "desk-cover"))


def test_the_head_teaching_fellow_is_asked_for_cover_then_the_director_then_the_office(
    loa, section, fellow, head_fellow, director, chair, visit
):
    def asked():
        return [link["href"] for link in page(visit(fellow, "desk-cover")).select('a[href^="mailto:"]')]

    subject = "?subject=Cover%20in%20Leadership%2C%20Organizing%20and%20Action%3A%20Leading%20Change%202027"
    assert asked() == [f"mailto:{head_fellow.email}{subject}"]
    head_fellow.is_active = False
    head_fellow.save()
    assert asked() == [f"mailto:{director.email}{subject}"]
    director.appointments.all().delete()
    assert asked() == [f"mailto:{loa.program.office_email}{subject}"]
    # Who sees all queues and reads none needs no cover.
    assert not page(visit(chair, "desk-cover")).select('a[href^="mailto:"]')


def test_the_list_of_covers_asks_as_much_whatever_it_holds(
    fellow, thabo, lena, arrange, visit, django_assert_max_num_queries
):
    for days in (0, 5, 10):
        arrange(thabo, lena, starts_at=WEEK_3 + days * DAY, ends_at=WEEK_3 + (days + 2) * DAY)

    visit(fellow, "desk-cover")

    with django_assert_max_num_queries(8):
        visit(fellow, "desk-cover")


# The page on which a cover is ended


def test_ending_is_asked_first_with_what_it_comes_to_and_the_words_that_participants_are_told(
    give, amara, jack, fellow, thabo, head_fellow, arrange, mails, visit, post
):
    give(amara)
    begun = give(jack)
    cover = arrange()
    save(begun, thabo, "Begun by Thabo")
    mails()

    listed = page(visit(head_fellow, "desk-cover"))
    assert [link.get_text() for link in listed.select('td a[href$="/end/"]')] == [
        "End it now: cover for Milica Petrović"
    ]
    asked = visit(head_fellow, "desk-cover-end", cover)
    said = words(asked)
    assert "1 paper goes back to the queue of Milica Petrović at once." in said
    assert "1 with a begun answer stays with whoever began it until it is finished" in said
    assert "What 2 participants are told" in said
    proposed = page(asked).select_one("textarea").get_text().strip()
    assert proposed.endswith("Milica Petrović reads and answers the papers again.")
    cover.refresh_from_db()
    assert cover.ended_at is None

    assert post(head_fellow, "desk-cover-end", cover, message=AGAIN).status_code == 302
    cover.refresh_from_db()
    assert (cover.ended_by, cover.end_message) == (head_fellow, AGAIN)
    assert [len(Submission.objects.in_queue_of(one)) for one in (fellow, thabo)] == [1, 1]
    assert told(PARTICIPANTS, "over") == {amara.user_id, jack.user_id}

    # A second click, and the page opened again.
    post(head_fellow, "desk-cover-end", cover, message="Other")
    assert "It was over already" in words(visit(head_fellow, "desk-cover"))
    assert visit(head_fellow, "desk-cover-end", cover, status=302)
    cover.refresh_from_db()
    assert cover.end_message == AGAIN
    assert Notice.objects.filter(kind=PARTICIPANTS, occurrence="over").count() == 2


def test_an_end_without_words_for_those_who_know_changes_nothing_and_asks_for_them(
    amara, head_fellow, arrange, mails, post
):
    cover = arrange()
    mails()

    empty = post(head_fellow, "desk-cover-end", cover, message="  ")
    assert empty.status_code == 422
    assert "Write what the participants are told" in words(empty)
    # As from a page that was opened before anybody knew of the cover.
    late = post(head_fellow, "desk-cover-end", cover)
    assert late.status_code == 422
    assert "reads and answers the papers again." in page(late).select_one("textarea").get_text()

    cover.refresh_from_db()
    assert cover.ended_at is None
    assert not Notice.objects.filter(occurrence="over").exists()


def test_a_cover_that_has_not_begun_is_called_off_in_words_too(
    amara, head_fellow, arrange, mails, visit, post, time_machine
):
    time_machine.move_to(WEEK_3, tick=False)
    cover = arrange(starts_at=WEEK_3 + DAY)
    mails()

    asked = visit(head_fellow, "desk-cover-end", cover)
    assert "every paper stays where it is" in words(asked)
    proposed = page(asked).select_one("textarea").get_text().strip()
    assert proposed.startswith("Milica Petrović goes on reading and answering the papers")

    post(head_fellow, "desk-cover-end", cover, message=proposed)
    assert proposed in mails()[amara.user.email]


def test_where_no_participant_knows_of_a_cover_no_words_are_asked_for(amara, head_fellow, arrange, visit, post):
    cover = arrange()

    asked = visit(head_fellow, "desk-cover-end", cover)
    assert "No participant has been told of the cover" in words(asked)
    assert not page(asked).select("textarea")

    assert post(head_fellow, "desk-cover-end", cover).status_code == 302
    cover.refresh_from_db()
    assert cover.ended_at
    assert told(PARTICIPANTS, "over") == set()


def test_what_the_page_counts_is_what_goes_back_over_two_covers(
    give, amara, jack, fellow, thabo, lena, head_fellow, arrange
):
    give(amara)
    save(give(jack), fellow, "Begun by Milica")
    first = arrange()
    arrange(lena, away=thabo)
    save(Submission.objects.get(enrollment=jack), lena, "Gone on with by Lena", based_on=1)

    prospect = preview_end(cover=first, now=WEEK_3)
    end_cover(cover=first, message=AGAIN, actor=head_fellow, now=WEEK_3)

    assert prospect.back == len(Submission.objects.in_queue_of(fellow))
    assert prospect.begun == len(Submission.objects.in_queue_of(lena))


def test_the_page_asks_as_much_however_many_papers_there_are(
    loa, give, amara, head_fellow, arrange, mails, visit, django_assert_num_queries
):
    give(amara)
    cover = arrange()
    mails()
    visit(head_fellow, "desk-cover-end", cover)
    for number in range(4):
        give(cast.enroll(cast.make_user(f"Person {number}"), loa, section=amara.section))

    with django_assert_num_queries(QUERIES):
        visit(head_fellow, "desk-cover-end", cover)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_end_it_at_once_one_does_and_it_is_told_once(transactional_db, amara, head_fellow, arrange, mails):
    cover = arrange()
    mails()
    end = partial(end_cover, cover=cover, message=AGAIN, actor=head_fellow, now=WEEK_3)

    assert sorted(at_once(*[end] * 4)) == [False, False, False, True]

    assert Notice.objects.filter(kind=PARTICIPANTS, occurrence="over").count() == 1
    assert Entry.objects.filter(verb="cover ended").count() == 1
