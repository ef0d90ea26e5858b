"""A sample is read a second time by somebody who knows nothing of the first answer; participants know of neither."""

from datetime import timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from accounts.roles import Role
from assignments.models import Feedback, KeptReading, Presence, Reader, SecondReading, SecondSample, Submission
from assignments.notices.second_readings import still_asked
from assignments.sampling import Candidate, draw, share_out
from assignments.services import (
    arrange_cover,
    assign_reader,
    finish_feedback,
    mark_for_chair,
    note_presence,
    release_feedback,
)
from assignments.services.covering import Plan
from assignments.services.second_readings import (
    DrawRefused,
    NotReadingSecond,
    ReadingIncomplete,
    draw_sample,
    finish_second_reading,
    take_back_reading,
)
from audit.models import Entry
from cohorts.models import Enrollment
from notifications.models import Notice
from tests import cast
from tests.assignments.answering import all_levels, save
from tests.assignments.pages import words
from tests.assignments.test_bundles import attach
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(hours=3)


@pytest.fixture
def submission(give, amara, fellow, thabo):
    return give(amara, "CANARYPAPER I asked ten neighbours.")


@pytest.fixture
def reading(submission, paper, head_fellow):
    """The submission, to be read by Thabo."""
    drawn(paper, head_fellow)
    return SecondReading.objects.get()


def drawn(paper, actor, count=1, key=None):
    return draw_sample(assignment=paper, count=count, key=key or uuid4(), actor=actor, now=WEEK_3)


def finish(reading, user, result="complete", level=1, note="", at=LATER):
    levels = all_levels(reading.sample.assignment, level)
    return finish_second_reading(reading=reading, levels=levels, result=result, note=note, actor=user, now=at)


def page(based_on=0, editor=None):
    """What the page sends beside what is typed."""
    return {"based_on": based_on, "editor": editor or uuid4()}


# The draw


def candidates(sections=3, papers=8, readers=2):
    """Of so many sections, each of so many papers shared by so many readers."""
    everybody = frozenset(range(sections * readers))
    return [
        Candidate(
            paper=section * 100 + number,
            receipt=f"R-{section}-{number}",
            section=section,
            reader=section * readers + number % readers,
            possible=everybody - {section * readers + number % readers},
        )
        for section in range(sections)
        for number in range(papers)
    ]


def test_the_same_seed_draws_the_same_papers_however_they_are_listed():
    first = draw(candidates(), 5, "a seed")

    assert draw(reversed(candidates()), 5, "a seed") == first
    assert share_out(first, "a seed") == share_out(list(reversed(first)), "a seed")
    assert any(draw(candidates(), 5, f"seed {number}") != first for number in range(5))


@pytest.mark.parametrize("count", [1, 3, 6, 7, 12, 24, 30])
def test_a_draw_is_even_over_sections_and_readers_and_over_second_readers(count):
    for seed in ("one", "two", "three"):
        found = draw(candidates(), count, seed)
        assert len({one.paper for one in found}) == min(count, 24)
        for of in ("section", "reader"):
            shares = [sum(getattr(one, of) == each for one in found) for each in {getattr(c, of) for c in candidates()}]
            assert max(shares) - min(shares) <= 1
        shared = share_out(found, seed)
        assert all(reader in one.possible for one, reader in shared)
        shares = [sum(reader == each for _, reader in shared) for each in range(6)]
        assert max(shares) - min(shares) <= 1


def test_a_small_section_gives_what_it_has_and_the_others_the_rest():
    few = [one for one in candidates() if one.section != 0 or one.paper == 0]

    shares = [sum(one.section == section for one in draw(few, 7, "seed")) for section in range(3)]

    assert shares == [1, 3, 3]


def test_it_is_given_to_somebody_who_has_not_read_it_and_is_told_once(reading, thabo, fellow, head_fellow, paper):
    assert (reading.reader.user, reading.reader.kind) == (thabo, Reader.Kind.SECOND)
    assert list(
        Notice.objects.filter(kind="assignments.second_readings_asked").values_list("recipient", flat=True)
    ) == [thabo.pk]
    assert Entry.objects.filter(verb="drew papers for a second reading", actor=head_fellow).exists()
    with pytest.raises(DrawRefused):
        drawn(paper, head_fellow)


def test_nobody_is_told_of_papers_who_teaches_there_no_longer(reading, thabo):
    """Seen to fail when it was enough that the reading was asked for."""
    notice = Notice.objects.get(kind="assignments.second_readings_asked", recipient=thabo)
    assert still_asked([notice], LATER) == {notice.pk: True}

    thabo.fellowships.all().delete()

    assert still_asked([notice], LATER)[notice.pk] is not True


def test_the_same_post_twice_draws_once(submission, paper, head_fellow):
    key = uuid4()

    assert drawn(paper, head_fellow, key=key) == drawn(paper, head_fellow, key=key)
    assert SecondReading.objects.count() == 1


def test_a_share_is_of_what_can_be_drawn(loa, give, section, thabo, head_fellow, paper):
    for number in range(5):
        give(cast.enroll(cast.make_user(f"Person {number}"), loa, section=section), f"Text {number}")

    sample = draw_sample(assignment=paper, share=40, key=uuid4(), actor=head_fellow, now=WEEK_3)

    assert (sample.readings.count(), sample.candidates) == (2, 5)


@pytest.mark.parametrize("status", ["withdrawn", "removed", "deferred"])
def test_no_paper_of_somebody_who_left_is_drawn_or_read(submission, reading, paper, thabo, head_fellow, visit, status):
    Enrollment.objects.filter(pk=submission.enrollment_id).update(status=status)

    visit(thabo, "desk-second-read", reading, status=302)
    with pytest.raises(NotReadingSecond):
        finish(reading, thabo)
    take_back_reading(reading=reading, actor=head_fellow, now=LATER)
    with pytest.raises(DrawRefused):
        drawn(paper, head_fellow)


def test_it_is_given_to_nobody_who_had_it_before_sees_all_or_is_away(
    loa, submission, paper, fellow, thabo, head_fellow, chair, director
):
    cast.appoint(thabo, Role.DIRECTOR, session=loa)
    with pytest.raises(DrawRefused):
        drawn(paper, head_fellow)
    thabo.appointments.all().delete()
    assign_reader(submission=submission, user=thabo, actor=head_fellow, now=WEEK_3)
    assign_reader(submission=submission, user=fellow, actor=head_fellow, now=WEEK_3)
    with pytest.raises(DrawRefused):
        drawn(paper, head_fellow)

    lena = cast.make_user("Lena Fuchs")
    cast.make_section(loa, lena, name="Section C")
    plan = Plan(session=loa, away=lena, colleagues=(thabo,), starts_at=WEEK_3)
    arrange_cover(plan=plan, message="Thabo answers.", actor=head_fellow, now=WEEK_3)
    with pytest.raises(DrawRefused):
        drawn(paper, head_fellow)


# Alone


def everything_thabo_sees(thabo, submission, reading, amara, visit):
    pages = [
        visit(thabo, "desk-second"),
        visit(thabo, "desk-second-read", reading),
        visit(thabo, "desk-queue"),
        visit(thabo, "desk-queue", query="?show=answered"),
        visit(thabo, "desk-queue", query="?show=held"),
        visit(thabo, "desk-calibrations"),
        visit(thabo, "desk-next", status=302),
        visit(thabo, "desk-paper", submission, status=404),
        visit(thabo, "desk-person", amara, status=404),
    ]
    return " ".join(page.content.decode() for page in pages)


@pytest.mark.parametrize("state", ["nothing", "begun", "held", "released"])
def test_a_second_reader_sees_nothing_of_the_first_answer_in_any_channel(
    submission, reading, amara, fellow, thabo, head_fellow, visit, post, state, time_machine
):
    """The same pages, word by word, however the paper was answered. Seen to fail when a second reader was a reader of
    the desk like any other: the queue said “Answered”, the paper’s page showed all of it."""
    time_machine.move_to(LATER, tick=False)
    before = words_of(everything_thabo_sees(thabo, submission, reading, amara, visit))
    note_presence(submission=submission, actor=fellow, now=LATER)
    if state != "nothing":
        feedback = save(submission, fellow, "CANARYANSWER", result="not_yet_complete", next_step="CANARYSTEP")
        mark_for_chair(submission=submission, is_marked=True, actor=fellow, now=LATER)
    if state == "held":
        finish_feedback(feedback=feedback, actor=fellow, now=LATER)
    if state == "released":
        release_feedback(feedback=feedback, actor=fellow, now=LATER)

    after = everything_thabo_sees(thabo, submission, reading, amara, visit)

    assert words_of(after) == before
    assert "CANARYPAPER" in after
    assert [one for one in ("CANARYANSWER", "CANARYSTEP", "Being read by", fellow.name) if one in after] == []
    assert amara.user.name not in after
    assert post(thabo, "desk-here", submission).status_code == 404
    assert not Presence.objects.filter(user=thabo).exists()
    assert not Feedback.objects.visible_to(thabo, LATER).exists()
    assert not Submission.objects.visible_to(thabo, LATER).exists()


def words_of(pages):
    """Without what changes from one answer to the next by itself."""
    return " ".join(BeautifulSoup(pages, "html.parser").get_text(" ").split())


def test_nobody_but_the_head_and_director_knows_that_a_paper_was_drawn(
    submission, reading, amara, fellow, thabo, visit, time_machine, paper
):
    """Seen to fail when everybody who reads a paper was named to its writer."""
    time_machine.move_to(LATER, tick=False)

    for page in (visit(amara.user, "assignment-open", paper), visit(fellow, "desk-paper", submission)):
        assert "Thabo" not in page.content.decode()
    finish(reading, thabo)
    for page in (visit(amara.user, "assignment-open", paper), visit(fellow, "desk-paper", submission)):
        assert "Thabo" not in page.content.decode()
    assert not Notice.objects.filter(recipient=amara.user).exclude(kind="assignments.receipt").exists()


def test_each_look_is_recorded(submission, reading, thabo, visit, time_machine):
    time_machine.move_to(LATER, tick=False)

    visit(thabo, "desk-second-read", reading)

    assert Entry.objects.about(submission).filter(verb="read a paper", actor=thabo).count() == 1


def test_levels_and_result_are_given_once_and_then_the_paper_is_read_no_longer(
    submission, reading, thabo, post, visit, time_machine
):
    time_machine.move_to(LATER, tick=False)
    form = {f"level-{line}": level for line, level in all_levels(reading.sample.assignment).items()}

    incomplete = post(thabo, "desk-second-read", reading, note="A thought to keep.", result="complete", **page())
    assert incomplete.status_code == 422
    assert "A thought to keep." in incomplete.content.decode()
    assert (
        post(thabo, "desk-second-read", reading, note="Clear.", result="complete", **form, **page(1)).status_code == 302
    )

    reading.refresh_from_db()
    assert (reading.result, reading.note, reading.levels.count()) == ("complete", "Clear.", 2)
    visit(thabo, "desk-second-read", reading, status=302)
    again = post(thabo, "desk-second-read", reading, note="Another thought.", result="complete", **form)
    assert again.status_code == 409
    assert "Another thought." in again.content.decode()
    assert not Reader.objects.current().filter(user=thabo).exists()
    entry = Entry.objects.get(verb="finished a second reading")
    assert "complete" not in f"{entry.before} {entry.after} {entry.reason}"


def test_it_is_saved_while_it_is_written_and_shown_to_nobody_else(
    submission, reading, fellow, thabo, head_fellow, post, visit, time_machine
):
    """Seen to fail when the page's own save was not kept."""
    time_machine.move_to(LATER, tick=False)
    save(submission, fellow, "CANARYFIRST answer", result="not_yet_complete")
    line, level = next(iter(all_levels(reading.sample.assignment).items()))
    typed = {f"level-{line}": level, "note": "CANARYBEGUN thought", "result": "complete"}

    reply = post(thabo, "desk-second-read", reading, accept="application/json", act="save", **typed, **page())

    assert reply.json() == {"revision": 1, "saved": "22:00 Johannesburg", "problem": ""}
    shown = visit(thabo, "desk-second-read", reading).content.decode()
    assert "CANARYBEGUN thought" in shown
    assert "CANARYFIRST" not in shown
    assert BeautifulSoup(shown, "html.parser").select_one("[name=result][checked]")["value"] == "complete"
    assert SecondReading.objects.get().finished_at is None
    assert "CANARYBEGUN" not in visit(head_fellow, "desk-second-sample", reading.sample).content.decode()
    # The same once more, because its reply was lost.
    again = post(thabo, "desk-second-read", reading, accept="application/json", act="save", **typed, **page())
    assert (again.status_code, again.json()["revision"]) == (200, 1)


def test_a_second_window_overwrites_nothing_and_both_notes_are_offered(reading, thabo, post, visit, time_machine):
    """Seen to fail with a save that asked for no revision."""
    time_machine.move_to(LATER, tick=False)
    window = uuid4()
    post(thabo, "desk-second-read", reading, accept="application/json", act="save", note="From the laptop", **page())

    for note in ("From the", "From the phone"):
        stale = post(
            thabo, "desk-second-read", reading, accept="application/json", act="save", note=note, **page(0, window)
        )
        assert stale.status_code == 409

    assert (SecondReading.objects.get().note, KeptReading.objects.get().note) == ("From the laptop", "From the phone")
    said = words(visit(thabo, "desk-second-read", reading))
    assert "From the laptop" in said
    assert "From the phone" in said
    kept = KeptReading.objects.get()
    for _ in range(2):
        assert post(thabo, "desk-second-read", reading, act="kept-take", kept=kept.pk).status_code == 302
    assert SecondReading.objects.get().note == "From the phone"
    assert sorted(KeptReading.objects.exclude(settled_at=None).values_list("note", flat=True)) == [
        "From the laptop",
        "From the phone",
    ]


@pytest.fixture
def two_windows(reading, thabo, post, time_machine):
    """What was said in one window, and then in another that had been opened before: `two_windows(first, late)`."""
    time_machine.move_to(LATER, tick=False)

    def _two_windows(first, late):
        replies = [
            post(thabo, "desk-second-read", reading, accept="application/json", act="save", **said, **page())
            for said in ({"note": ""} | first, {"note": ""} | late)
        ]
        return [reply.status_code for reply in replies]

    return _two_windows


def chosen(reading):
    saved = SecondReading.objects.get(pk=reading.pk)
    levels = {given.criterion.title: given.level.title for given in saved.levels.select_related("criterion", "level")}
    return levels, saved.result, saved.note


def test_levels_and_result_of_a_second_window_are_kept_beside_those_saved_and_can_be_taken(
    reading, thabo, post, visit, two_windows
):
    """Seen to fail when the note alone was kept, and when a click without a word was kept nowhere."""
    low, high = (all_levels(reading.sample.assignment, level) for level in (0, 2))
    asked, learnt = list(low)
    first = {f"level-{asked}": low[asked], f"level-{learnt}": low[learnt], "result": "please_revise"}
    late = {f"level-{asked}": high[asked], "result": "complete"}

    assert two_windows(first, late) == [200, 409]

    titles = [str(line.title) for line in reading.sample.assignment.criteria.all()]
    stands, later = (
        " ".join(column.get_text(" ").split())
        for column in BeautifulSoup(visit(thabo, "desk-second-read", reading).content, "html.parser").select(
            ".kept-answer .columns > div"
        )
    )
    assert f"{titles[0]}: Not yet {titles[1]}: Not yet Result: Please revise" in stands
    assert f"{titles[0]}: Fully {titles[1]}: not chosen Result: Complete" in later
    kept = KeptReading.objects.get()
    for _ in range(2):
        assert post(thabo, "desk-second-read", reading, act="kept-take", kept=kept.pk).status_code == 302
    # Where the later window had chosen nothing, what stood stays.
    assert chosen(reading) == ({titles[0]: "Fully", titles[1]: "Not yet"}, "complete", "")
    record = KeptReading.objects.exclude(pk=kept.pk).get()
    assert (record.result, record.levels) == ("please_revise", {str(line): level for line, level in low.items()})


def test_a_level_taken_from_a_second_window_blanks_no_note(reading, thabo, post, two_windows):
    """Seen to fail when what was kept took the place of all that stood."""
    line, level = next(iter(all_levels(reading.sample.assignment).items()))
    two_windows({"note": "Names who was asked.", "result": "complete"}, {f"level-{line}": level})

    post(thabo, "desk-second-read", reading, act="kept-take", kept=KeptReading.objects.get().pk)

    levels, result, note = chosen(reading)
    assert (list(levels.values()), result, note) == (["In part"], "complete", "Names who was asked.")


def test_what_is_left_stays_on_record_and_changes_nothing(reading, thabo, post, visit, two_windows):
    two_windows({"result": "complete"}, {"result": "please_revise", "note": "Asks too little."})
    kept = KeptReading.objects.get()

    post(thabo, "desk-second-read", reading, act="kept-leave", kept=kept.pk)
    post(thabo, "desk-second-read", reading, act="kept-take", kept=kept.pk)

    assert chosen(reading) == ({}, "complete", "")
    assert "in two windows" not in words(visit(thabo, "desk-second-read", reading))
    assert (KeptReading.objects.get().result, KeptReading.objects.get().note) == ("please_revise", "Asks too little.")


def test_a_second_window_that_says_nothing_new_asks_for_no_choice(reading, thabo, two_windows):
    line, level = next(iter(all_levels(reading.sample.assignment).items()))

    replies = two_windows(
        {"note": "Clear.", "result": "complete", f"level-{line}": level}, {f"level-{line}": level, "note": " "}
    )

    assert replies == [200, 409]
    assert not KeptReading.objects.exists()


@pytest.mark.parametrize("windows", [1, 3])
def test_the_page_asks_as_much_for_many_windows(
    reading, thabo, post, visit, windows, time_machine, django_assert_max_num_queries
):
    time_machine.move_to(LATER, tick=False)
    levels = {f"level-{line}": level for line, level in all_levels(reading.sample.assignment).items()}
    for number in range(windows + 1):
        post(thabo, "desk-second-read", reading, act="save", note=f"Window {number}", **levels, **page())
    assert KeptReading.objects.count() == windows
    visit(thabo, "desk-second-read", reading)

    with django_assert_max_num_queries(10 + 1):  # the test itself looks at the session
        visit(thabo, "desk-second-read", reading)


def test_a_post_that_was_cut_off_blanks_nothing(reading, thabo, post, time_machine):
    time_machine.move_to(LATER, tick=False)
    post(thabo, "desk-second-read", reading, act="save", note="All of it", **page())

    for cut in ({"note": "All"}, {"based_on": 1, "editor": uuid4()}):
        assert post(thabo, "desk-second-read", reading, act="save", **cut).status_code == 422

    assert SecondReading.objects.get().note == "All of it"


def test_what_is_typed_after_it_was_taken_back_is_said_to_the_open_page(
    reading, thabo, head_fellow, post, time_machine
):
    time_machine.move_to(LATER, tick=False)
    take_back_reading(reading=reading, actor=head_fellow, now=LATER)

    late = post(thabo, "desk-second-read", reading, accept="application/json", act="save", note="Late", **page())

    assert late.status_code == 403
    assert "taken back" in late.json()["message"]
    assert SecondReading.objects.get().note == ""


def test_a_double_click_finishes_it_once_and_is_no_refusal(reading, thabo, post, time_machine):
    """Seen to fail when the second post was answered 409."""
    time_machine.move_to(LATER, tick=False)
    form = {f"level-{line}": level for line, level in all_levels(reading.sample.assignment).items()}
    note = "A line.\r\n" * 620 + "END."

    replies = [
        post(thabo, "desk-second-read", reading, note=note, result="complete", **form, **page()) for _ in range(2)
    ]

    assert [reply.status_code for reply in replies] == [302, 302]
    assert SecondReading.objects.get().note.endswith("END.")
    assert Entry.objects.filter(verb="finished a second reading").count() == 1


def test_a_file_comes_to_a_second_reader_under_no_name_of_its_writers(
    submission, reading, fellow, thabo, client, loa, settings, tmp_path, time_machine
):
    """The first reader gets it as it was named. Seen to fail when both did."""
    settings.STORED_FILES_DIR = tmp_path / "files"
    time_machine.move_to(LATER, tick=False)
    attach(submission, name="Amara Rao, reflection.pdf")
    address = reverse("assignments:desk-file", args=[loa.slug, submission.pk, 1])

    named = {}
    for user in (fellow, thabo):
        client.force_login(user)
        reply = client.get(address)
        assert reply.getvalue()
        named[user] = reply.headers["Content-Disposition"]

    assert "Amara" in named[fellow]
    assert named[thabo] == 'attachment; filename="File 1.pdf"'


def test_a_level_of_another_rubric_is_no_level(reading, thabo, module):
    stranger = all_levels(cast.make_assignment(module, title="Another paper"))

    with pytest.raises(ReadingIncomplete):
        finish_second_reading(reading=reading, levels=stranger, result="complete", note="", actor=thabo, now=LATER)


def test_whoever_becomes_the_first_reader_is_the_second_no_longer(submission, reading, thabo, head_fellow):
    assign_reader(submission=submission, user=thabo, actor=head_fellow, now=LATER)

    with pytest.raises(NotReadingSecond):
        finish(reading, thabo)
    assert not SecondReading.objects.visible_to(thabo, LATER).exists()


def test_whoever_comes_to_see_all_papers_reads_no_second_time(loa, reading, thabo, visit, time_machine):
    time_machine.move_to(LATER, tick=False)
    cast.appoint(thabo, Role.HEAD_TEACHING_FELLOW, session=loa)

    with pytest.raises(NotReadingSecond):
        finish(reading, thabo)
    visit(thabo, "desk-second-read", reading, status=302)


# The comparison


def test_the_head_sees_both_side_by_side_once_both_are_finished(
    submission, reading, amara, fellow, thabo, head_fellow, visit, time_machine
):
    time_machine.move_to(LATER, tick=False)
    sample = reading.sample
    assert "No paper has been read by both yet" in words(visit(head_fellow, "desk-second-sample", sample))
    finish(reading, thabo, result="complete", level=2, note="Names who was asked.")
    assert "Names who was asked" not in words(visit(head_fellow, "desk-second-sample", sample))
    finish_feedback(feedback=save(submission, fellow, result="not_yet_complete"), actor=fellow, now=LATER)

    said = words(visit(head_fellow, "desk-second-sample", sample))

    assert "Same result in 0 of 1" in said
    assert f"{fellow}, then {thabo}" in said
    assert "In part Fully" in said
    assert "Not yet complete Complete" in said
    assert "Names who was asked." in said


def test_a_director_sees_how_many_agree_and_not_what_was_written(
    submission, reading, fellow, thabo, director, visit, time_machine
):
    time_machine.move_to(LATER, tick=False)
    finish(reading, thabo, note="CANARYNOTE")
    finish_feedback(feedback=save(submission, fellow), actor=fellow, now=LATER)

    said = words(visit(director, "desk-second-sample", reading.sample))

    assert "Same result in 1 of 1" in said
    assert "CANARYNOTE" not in said
    assert "In part" not in said


def test_a_comparison_is_of_two_people(submission, reading, thabo, head_fellow, visit, time_machine):
    time_machine.move_to(LATER, tick=False)
    finish(reading, thabo)
    assign_reader(submission=submission, user=thabo, actor=head_fellow, now=LATER)
    finish_feedback(feedback=save(submission, thabo), actor=thabo, now=LATER)

    assert "No paper has been read by both yet" in words(visit(head_fellow, "desk-second-sample", reading.sample))


@pytest.mark.parametrize("status", ["withdrawn", "removed", "deferred"])
def test_whoever_left_counts_in_no_comparison(
    submission, reading, amara, jack, give, paper, fellow, thabo, head_fellow, visit, time_machine, status
):
    """Seen to fail when finished readings of everybody were counted."""
    time_machine.move_to(LATER, tick=False)
    finish(reading, thabo)
    finish_feedback(feedback=save(submission, fellow), actor=fellow, now=LATER)
    assert "Same result in 1 of 1" in words(visit(head_fellow, "desk-second-sample", reading.sample))

    Enrollment.objects.filter(pk=amara.pk).update(status=status)

    assert "No paper has been read by both yet" in words(visit(head_fellow, "desk-second-sample", reading.sample))
    assert "0 of 1 paper, drawn" in words(visit(head_fellow, "desk-second"))


@pytest.mark.parametrize("role", [Role.HEAD_TEACHING_FELLOW, Role.DIRECTOR, Role.FACULTY_CHAIR])
def test_whoever_has_come_to_see_all_is_told_of_no_second_reading(loa, reading, thabo, role):
    """Seen to fail when only leaving was asked for."""
    (notice,) = Notice.objects.filter(kind="assignments.second_readings_asked")
    assert still_asked([notice], LATER)[notice.pk] is True

    cast.appoint(thabo, role, **({"program": loa.program} if role == Role.DIRECTOR else {"session": loa}))

    assert still_asked([notice], LATER)[notice.pk] == "they are done, were taken back, or are no longer theirs"


def test_what_is_taken_back_can_be_drawn_again(submission, reading, thabo, head_fellow, post, paper):
    post(head_fellow, "desk-second-take-back", reading)

    with pytest.raises(NotReadingSecond):
        finish(reading, thabo)
    assert not take_back_reading(reading=reading, actor=head_fellow, now=LATER)
    assert drawn(paper, head_fellow).readings.count() == 1


def test_drawing_on_the_page(submission, paper, head_fellow, post, visit, time_machine):
    time_machine.move_to(LATER, tick=False)
    both = post(head_fellow, "desk-second-draw", key=uuid4(), assignment=paper.pk, count=1, share=50)
    assert (both.status_code, SecondSample.objects.count()) == (422, 0)
    assert "Say either how many papers, or which share" in words(both)

    assert post(head_fellow, "desk-second-draw", key=uuid4(), assignment=paper.pk, count=1).status_code == 302
    assert "1 of 1 paper" in words(visit(head_fellow, "desk-second"))


@pytest.mark.parametrize("papers", [1, 3])
def test_the_comparison_asks_as_much_for_many_papers(
    loa, give, section, fellow, thabo, head_fellow, paper, visit, papers, time_machine, django_assert_max_num_queries
):
    time_machine.move_to(LATER, tick=False)
    for number in range(papers):
        handed = give(cast.enroll(cast.make_user(f"Person {number}"), loa, section=section), f"Text {number}")
        finish_feedback(feedback=save(handed, fellow), actor=fellow, now=LATER)
    sample = drawn(paper, head_fellow, count=papers)
    for reading in sample.readings.all():
        finish(reading, thabo)
    visit(head_fellow, "desk-second")

    with django_assert_max_num_queries(9):
        assert f"Same result in {papers} of {papers}" in words(visit(head_fellow, "desk-second-sample", sample))
