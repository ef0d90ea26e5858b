"""Changing dates: what is to come is resolved again, and what was shown is taken from nobody behind their back."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignments.models import Assignment, Draft, Extension
from assignments.services import DeadlineRefused, TimeWouldShrink, move_deadline
from assignments.windows import window_for
from audit.models import Entry
from cohorts.models import Enrollment
from core.rules import BreakSpan, parse_rule
from modules.models import Item, Module
from modules.services import AlreadyReleased, ReleaseRefused, move_release
from notifications.models import Notice
from operations.dates import DateChanges, change_dates, preview_dates
from operations.sessions import DatesDoNotFit
from programs.models import Session
from tests import cast
from tests.cast import WEEK_3, make_assignment, make_meeting, make_module

SPRING = BreakSpan("Spring break", date(2027, 3, 22), date(2027, 3, 28))
EASTER = BreakSpan("Easter week", date(2027, 3, 29), date(2027, 4, 4))
EARLIER = parse_rule("week 3, Friday, 23:59")
LATER = parse_rule("week 4, Wednesday, 23:59")


def at(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def begin(paper, enrollment):
    return Draft.objects.create(assignment=paper, enrollment=enrollment, text="I began", saved_at=WEEK_3)


def told():
    return set(Notice.objects.filter(kind="assignments.deadline_changed").values_list("recipient__name", flat=True))


def rows(*models):
    return [list(model.objects.order_by("pk").values()) for model in models]


def everything():
    return rows(Session, Module, Item, Assignment, Extension, Entry)


class TestOneDeadline:
    def test_a_later_deadline_takes_the_close_with_it_where_the_item_blocks(self, paper, director):
        moved = move_deadline(
            assignment=paper, rule=LATER, closes_rule=parse_rule("week 5, Sunday, 23:59"), actor=director, now=WEEK_3
        )
        assert moved.due_at == at("2027-02-25 04:59")
        paper.refresh_from_db()
        assert (str(paper.due_rule), paper.due_at) == ("week 4, Wednesday, 23:59", at("2027-02-25 04:59"))
        assert paper.closes_at == paper.item.blocks_until == at("2027-03-08 04:59")
        entry = Entry.objects.about(paper).get()
        assert (entry.verb, entry.before["due"], entry.after["due"]) == (
            "moved the deadline", "week 3, Sunday, 23:59", "week 4, Wednesday, 23:59",
        )  # fmt: skip

    def test_the_same_deadline_again_changes_nothing(self, paper, director):
        before = everything()
        move_deadline(assignment=paper, rule=paper.due_rule, actor=director, now=WEEK_3)
        assert everything() == before

    def test_an_earlier_deadline_that_was_shown_needs_the_list_of_those_who_lose_time(
        self, paper, director, participant_in_kolkata, participant_in_sydney
    ):
        before = everything()
        with pytest.raises(TimeWouldShrink, match="leaves 2 people less time") as refused:
            move_deadline(assignment=paper, rule=EARLIER, actor=director, now=WEEK_3)
        assert {loss.person for loss in refused.value.losses} == {"Amara Rao", "Jack Nguyen"}
        assert everything() == before

        keys = {loss.key for loss in refused.value.losses}
        with pytest.raises(TimeWouldShrink):
            move_deadline(assignment=paper, rule=EARLIER, confirmed=list(keys)[:1], actor=director, now=WEEK_3)
        with pytest.raises(TimeWouldShrink):
            other = parse_rule("week 3, Thursday, 23:59")
            move_deadline(assignment=paper, rule=other, confirmed=keys, actor=director, now=WEEK_3)
        move_deadline(assignment=paper, rule=EARLIER, confirmed=keys, actor=director, now=WEEK_3)
        paper.refresh_from_db()
        assert paper.due_at == at("2027-02-20 04:59")
        assert not Extension.objects.exists()

    def test_whoever_has_begun_keeps_the_old_deadline_and_close(
        self, paper, director, participant_in_kolkata, participant_in_sydney
    ):
        old = window_for(paper, participant_in_kolkata)
        begin(paper, participant_in_kolkata)
        with pytest.raises(TimeWouldShrink) as refused:
            move_deadline(
                assignment=paper,
                rule=EARLIER,
                closes_rule=parse_rule("week 4, Sunday, 23:59"),
                actor=director,
                now=WEEK_3,
            )
        assert {loss.person: loss.has_begun for loss in refused.value.losses} == {
            "Amara Rao": True,
            "Jack Nguyen": False,
        }

        move_deadline(
            assignment=paper,
            rule=EARLIER,
            closes_rule=parse_rule("week 4, Sunday, 23:59"),
            confirmed=[loss.key for loss in refused.value.losses],
            actor=director,
            now=WEEK_3,
        )
        paper.refresh_from_db()
        kept = window_for(paper, participant_in_kolkata)
        assert kept.due_at >= old.due_at
        assert kept.closes_at >= old.closes_at
        assert window_for(paper, participant_in_sydney).due_at == at("2027-02-20 04:59")
        extension = Extension.objects.get()
        assert (extension.enrollment, extension.granted_by) == (participant_in_kolkata, director)
        assert "keeps the old one" in extension.reason

    def test_a_deadline_that_nobody_has_seen_moves_freely(self, loa, director, participant_in_kolkata):
        hidden = make_assignment(make_module(loa, number=9))
        move_deadline(assignment=hidden, rule=parse_rule("week 9, Tuesday, 12:00"), actor=director, now=WEEK_3)

    def test_a_deadline_that_one_person_has_seen_is_shown(self, loa, director, participant_in_kolkata):
        module = make_module(loa, number=9)
        hidden = make_assignment(module)
        module.openings.create(
            enrollment=participant_in_kolkata, reason="Travels then", opened_by=director, opened_at=WEEK_3
        )
        with pytest.raises(TimeWouldShrink):
            move_deadline(assignment=hidden, rule=parse_rule("week 9, Tuesday, 12:00"), actor=director, now=WEEK_3)

    def test_whoever_loses_nothing_is_not_on_the_list(
        self, paper, director, loa, participant_in_kolkata, participant_in_sydney, outsider, section
    ):
        cast.make_submission(paper, participant_in_kolkata)
        cast.extend(paper, participant_in_sydney, until=paper.closes_at)
        for status in (Enrollment.Status.WITHDRAWN, Enrollment.Status.DEFERRED, Enrollment.Status.INVITED):
            cast.enroll(cast.make_user(f"Somebody {status}"), loa, status=status)
        observer = cast.enroll(cast.make_user("Olu Observer"), loa, kind=Enrollment.Kind.OBSERVER)
        on_leave = cast.enroll(cast.make_user("Lena Leave"), loa, status=Enrollment.Status.ON_LEAVE)
        with pytest.raises(TimeWouldShrink) as refused:
            move_deadline(assignment=paper, rule=EARLIER, actor=director, now=WEEK_3)
        assert [loss.enrollment_id for loss in refused.value.losses] == [on_leave.pk]
        assert observer.pk != on_leave.pk

    def test_a_relative_extension_loses_with_its_deadline(self, paper, director, participant_in_kolkata):
        cast.extend(paper, participant_in_kolkata, by=timedelta(hours=48))
        with pytest.raises(TimeWouldShrink) as refused:
            move_deadline(assignment=paper, rule=EARLIER, actor=director, now=WEEK_3)
        [loss] = refused.value.losses
        assert loss.due_at == at("2027-02-24 04:59")
        assert loss.new_due_at == at("2027-02-22 04:59")

    def test_an_earlier_close_alone_takes_time_too(self, paper, director, participant_in_kolkata):
        begin(paper, participant_in_kolkata)
        old = window_for(paper, participant_in_kolkata)
        soon = parse_rule("week 4, Sunday, 23:59")
        with pytest.raises(TimeWouldShrink) as refused:
            move_deadline(assignment=paper, rule=paper.due_rule, closes_rule=soon, actor=director, now=WEEK_3)
        keys = [loss.key for loss in refused.value.losses]
        move_deadline(
            assignment=paper, rule=paper.due_rule, closes_rule=soon, confirmed=keys, actor=director, now=WEEK_3
        )
        paper.refresh_from_db()
        assert window_for(paper, participant_in_kolkata).closes_at >= old.closes_at

    def test_those_who_saw_another_deadline_are_told_and_nobody_else(
        self, paper, director, loa, participant_in_kolkata, participant_in_sydney, outsider
    ):
        begin(paper, participant_in_kolkata)
        on_leave = cast.enroll(cast.make_user("Lena Leave"), loa, status=Enrollment.Status.ON_LEAVE)
        done = cast.enroll(cast.make_user("Dina Done"), loa)
        cast.make_submission(paper, done)
        with pytest.raises(TimeWouldShrink) as refused:
            move_deadline(assignment=paper, rule=EARLIER, actor=director, now=WEEK_3)
        keys = [loss.key for loss in refused.value.losses]
        move_deadline(assignment=paper, rule=EARLIER, confirmed=keys, actor=director, now=WEEK_3)
        # Amara had begun and keeps hers, Lena is on leave and not reminded, Dina has handed in.
        assert told() == {"Jack Nguyen"}
        move_deadline(assignment=paper, rule=LATER, actor=director, now=WEEK_3 + timedelta(hours=1))
        assert told() == {"Jack Nguyen", "Amara Rao"}
        assert on_leave.user.notices.count() == done.user.notices.count() == outsider.user.notices.count() == 0

    def test_nobody_is_told_of_a_deadline_that_is_not_open_for_them(self, loa, director, participant_in_kolkata):
        hidden = make_assignment(make_module(loa, number=9))
        move_deadline(assignment=hidden, rule=parse_rule("week 10, Sunday, 23:59"), actor=director, now=WEEK_3)
        assert told() == set()

    def test_an_extension_by_days_is_days_on_the_clocks_from_the_new_deadline(
        self, loa, director, participant_in_kolkata
    ):
        paper = make_assignment(make_module(loa, number=5))
        cast.extend(paper, participant_in_kolkata, by=timedelta(days=2), later_days=2)
        # From Saturday of week 6, two days later is Monday: New York's clocks change on the Sunday between.
        move_deadline(assignment=paper, rule=parse_rule("week 6, Saturday, 12:00"), actor=director, now=WEEK_3)
        paper.refresh_from_db()
        assert paper.due_at == at("2027-03-13 17:00")
        assert window_for(paper, participant_in_kolkata).due_at == at("2027-03-15 16:00")

    @pytest.mark.parametrize(
        ("rule", "closes", "says"),
        [
            ("week 3, Monday, 09:00", None, "before its module opens"),
            ("week 3, Tuesday, 23:59", None, "would already have passed"),
            ("week 40, Sunday, 23:59", None, "after the last day on which work is taken"),
            ("week 3, Sunday, 23:59", "week 3, Saturday, 23:59", "before it is due"),
            ("week 3, Sunday, 23:59", "week 40, Saturday, 23:59", "would close .* after the last day"),
            ('break "Easter", Sunday, 23:59', None, "no break called “Easter”"),
        ],
    )  # fmt: skip
    def test_a_deadline_that_cannot_be_is_refused(self, paper, director, rule, closes, says):
        before = everything()
        with pytest.raises(DeadlineRefused, match=says):
            move_deadline(
                assignment=paper,
                rule=parse_rule(rule),
                closes_rule=parse_rule(closes) if closes else None,
                actor=director,
                now=WEEK_3,
            )
        assert everything() == before

    def test_a_deadline_that_has_passed_can_be_given_anew(self, paper, director):
        move_deadline(
            assignment=paper, rule=parse_rule("week 6, Sunday, 23:59"), actor=director, now=at("2027-03-10 12:00")
        )


class TestOneRelease:
    def test_a_module_opens_at_another_time(self, module, director):
        moved = move_release(
            module=module, rule=parse_rule("week 3, Wednesday, 09:00"), actor=director, now=at("2027-02-10 12:00")
        )
        module.refresh_from_db()
        assert moved.releases_at == module.releases_at == at("2027-02-17 14:00")
        assert Entry.objects.about(module).get().before["opens"] == "week 3, Monday, 09:00"

    def test_what_people_have_seen_is_not_taken_back(self, module, director):
        with pytest.raises(AlreadyReleased):
            move_release(module=module, rule=parse_rule("week 5, Monday, 09:00"), actor=director, now=WEEK_3)

    @pytest.mark.parametrize(
        ("rule", "says"),
        [
            ("week 1, Monday, 09:00", "has already passed"),
            ("week 20, Monday, 09:00", "after some of its work has closed"),
            ('break "Easter", Monday, 09:00', "no break called"),
        ],
    )
    def test_a_release_that_cannot_be_is_refused(self, module, paper, director, rule, says):
        before = everything()
        with pytest.raises(ReleaseRefused, match=says):
            move_release(module=module, rule=parse_rule(rule), actor=director, now=at("2027-02-10 12:00"))
        assert everything() == before


class TestTheDatesOfASession:
    @pytest.fixture
    def work(self, loa):
        """Modules 2, 3 and 8 with a paper each; WEEK_3 is Wednesday of week 3."""
        return {number: make_assignment(make_module(loa, number=number)) for number in (2, 3, 8)}

    def change(self, session, director, *, now=WEEK_3, confirmed=(), **fields):
        return change_dates(
            session=session, changes=DateChanges(**fields), confirmed=confirmed, actor=director, now=now
        )  # fmt: skip

    def test_a_later_start_moves_what_is_still_to_come(self, loa, work, director, participant_in_kolkata):
        past, current, coming = work.values()
        preview = self.change(loa, director, starts_on=date(2027, 2, 8))
        for one in work.values():
            one.refresh_from_db()
        assert past.due_at == at("2027-02-15 04:59"), "a deadline that has passed stays"
        assert current.due_at == at("2027-03-01 04:59")
        assert coming.due_at == at("2027-04-12 03:59"), "week 8 lies behind the break and the change of the clocks"
        coming.item.module.refresh_from_db()
        current.item.module.refresh_from_db()
        assert coming.item.module.releases_at == at("2027-04-05 13:00")
        assert current.item.module.releases_at == at("2027-02-15 14:00"), "a module that is open stays open"
        assert loa.starts_at == at("2027-02-08 05:00")
        assert [row.what for row in preview.rows] == [
            "Start",
            "Module 8 opens",
            "Module 3, “Reflection paper” is due",
            "Module 8, “Reflection paper” is due",
        ]
        assert not preview.losses
        verbs = Entry.objects.in_scope(loa.scope).values_list("verb", flat=True)
        assert sorted(verbs) == [
            "changed the dates of the session",
            "moved the deadline",
            "moved the deadline",
            "moved the opening of the module",
        ]

    def test_the_preview_changes_nothing_and_says_what_the_change_does(self, loa, work, director):
        before = everything()
        changes = DateChanges(starts_on=date(2027, 2, 8), zone="Europe/Belgrade")
        preview = preview_dates(session=loa, changes=changes, now=WEEK_3)
        assert everything() == before
        keys = [loss.key for loss in preview.losses]
        assert change_dates(session=loa, changes=changes, confirmed=keys, actor=director, now=WEEK_3) == preview

    def test_another_break_shifts_the_weeks_behind_it(self, loa, work, director):
        self.change(loa, director, breaks=(SPRING, EASTER))
        work[8].refresh_from_db()
        assert work[8].due_at == at("2027-04-12 03:59")
        assert [span.name for span in loa.breaks.all()] == ["Spring break", "Easter week"]
        self.change(loa, director, breaks=())
        work[8].refresh_from_db()
        assert work[8].due_at == at("2027-03-29 03:59")
        assert not loa.breaks.exists()

    def test_another_zone_moves_the_instants_and_keeps_the_wall_time(self, loa, work, director, participant_in_kolkata):
        changes = {"zone": "Europe/Belgrade"}
        with pytest.raises(TimeWouldShrink) as refused:
            self.change(loa, director, **changes)
        # Week 8 is not seen yet. Belgrade's midnight comes six hours earlier, also that of the last day of work.
        assert [loss.assignment_id for loss in refused.value.losses] == [work[2].pk, work[3].pk]
        assert [loss.new_due_at for loss in refused.value.losses] == [at("2027-02-15 04:59"), at("2027-02-21 22:59")]
        self.change(loa, director, confirmed=[loss.key for loss in refused.value.losses], **changes)
        work[3].refresh_from_db()
        work[8].refresh_from_db()
        assert work[3].due_at == at("2027-02-21 22:59")
        assert work[8].due_at == at("2027-04-04 21:59")
        assert loa.zone == "Europe/Belgrade"
        assert work[3].closes_at == loa.work_ends_at == work[3].item.blocks_until
        work[2].refresh_from_db()
        assert work[2].due_at == at("2027-02-15 04:59")
        assert work[2].closes_at == loa.work_ends_at, "late work is taken until the session's new end of work"

    def test_an_earlier_end_of_work_closes_what_has_no_close_of_its_own(
        self, loa, work, director, participant_in_kolkata
    ):
        begin(work[3], participant_in_kolkata)
        old = window_for(work[3], participant_in_kolkata)
        preview = preview_dates(session=loa, changes=DateChanges(work_ends_on=date(2027, 5, 18)), now=WEEK_3)
        assert {loss.assignment_id for loss in preview.losses} == {work[2].pk, work[3].pk}
        assert [row.losing for row in preview.rows if row.what.endswith("closes")] == [1, 1, 0]
        keys = [loss.key for loss in preview.losses]
        self.change(loa, director, work_ends_on=date(2027, 5, 18), confirmed=keys)
        work[3].refresh_from_db()
        assert work[3].closes_at == loa.work_ends_at
        assert window_for(work[3], participant_in_kolkata).closes_at >= old.closes_at

    def test_rules_of_a_module_and_its_work_move_together(self, loa, work, director):
        module = work[8].item.module
        self.change(
            loa,
            director,
            releases={module.pk: parse_rule("week 10, Monday, 09:00")},
            deadlines={work[8].pk: parse_rule("week 11, Sunday, 23:59")},
            closes={work[8].pk: parse_rule("week 12, Sunday, 23:59")},
        )
        module.refresh_from_db()
        work[8].refresh_from_db()
        assert str(module.release_rule) == "week 10, Monday, 09:00"
        assert work[8].due_at == at("2027-04-26 03:59")
        assert work[8].closes_at == work[8].item.blocks_until == at("2027-05-03 03:59")

    def test_a_module_is_not_moved_behind_its_own_deadline(self, loa, work, director):
        before = everything()
        with pytest.raises(DatesDoNotFit, match="before its module opens"):
            self.change(loa, director, releases={work[8].item.module_id: parse_rule("week 10, Monday, 09:00")})
        assert everything() == before

    def test_everything_that_does_not_fit_is_told_at_once(self, loa, work, director):
        before = everything()
        with pytest.raises(DatesDoNotFit) as refused:
            self.change(
                loa,
                director,
                work_ends_on=date(2027, 3, 31),
                releases={work[3].item.module_id: parse_rule("week 4, Monday, 09:00")},
                deadlines={work[3].pk: parse_rule("week 3, Monday, 23:59")},
            )
        problems = refused.value.problems
        assert problems[0].startswith("The dates must follow")
        assert problems[1].startswith("Module 3: Module 3 is already open")
        assert problems[2].startswith(
            "Module 3, “Reflection paper”: The deadline “week 3, Monday, 23:59” would already"
        )
        assert problems[3].startswith("Module 8, “Reflection paper”: It would be due")
        assert len(problems) == 4
        assert everything() == before

    def test_a_start_so_early_that_modules_would_open_at_once_is_refused(self, loa, work, director):
        with pytest.raises(DatesDoNotFit, match="has already passed"):
            self.change(loa, director, starts_on=date(2026, 12, 7))

    def test_an_impossible_zone_or_break_is_refused(self, loa, work, director):
        with pytest.raises(DatesDoNotFit, match="not a time zone"):
            self.change(loa, director, zone="Mars/Olympus")
        with pytest.raises(DatesDoNotFit, match="must start after week 1"):
            self.change(loa, director, starts_on=date(2027, 3, 22))

    def test_meetings_keep_their_week_and_their_members_are_told(self, loa, director, participant_in_kolkata):
        held = make_meeting(loa, on=date(2027, 2, 10))
        coming = make_meeting(loa, on=date(2027, 4, 1))
        cancelled = make_meeting(loa, on=date(2027, 4, 1), status="cancelled")
        in_break = make_meeting(loa, on=date(2027, 3, 24))
        preview = self.change(loa, director, starts_on=date(2027, 2, 8))
        for meeting in (held, coming, cancelled, in_break):
            meeting.refresh_from_db()
        assert (coming.on_date, coming.at_time, coming.sequence) == (date(2027, 4, 8), time(19, 0), 1)
        assert [one.on_date.day for one in (held, cancelled, in_break)] == [10, 1, 24]
        assert [one.sequence for one in (held, cancelled, in_break)] == [0, 0, 0]
        assert [row.what for row in preview.rows] == ["Start", "Live class"]
        assert participant_in_kolkata.user.notices.filter(kind="cohorts.meeting_moved").count() == 1

    def test_what_comes_to_lie_after_an_end_is_named_with_how_many_it_touches(
        self, loa, section, director, participant_in_kolkata, participant_in_sydney
    ):
        """Teaching ends on Monday 17 May; the start moves a week later and the end does not."""
        homeless = cast.enroll(cast.make_user("Bo Lind"), loa)
        cast.enroll(cast.make_user("Cy Roy"), loa, status=Enrollment.Status.WITHDRAWN)
        last = make_module(loa, number=14)
        make_assignment(last)
        make_meeting(loa, section=section, on=date(2027, 5, 13))
        make_meeting(loa, on=date(2027, 5, 6))
        late_already = make_meeting(loa, on=date(2027, 5, 20), title="Party")
        assert homeless

        later = DateChanges(starts_on=date(2027, 2, 8), work_ends_on=date(2027, 6, 7))

        preview = preview_dates(session=loa, changes=later, now=WEEK_3)

        said = [(one.what, one.after, one.people) for one in preview.overhangs]
        assert said == [
            ("Module 14, “Reflection paper” is due", "the end of teaching", 3),
            ("Section A: Section meeting", "the end of teaching", 2),
        ]
        assert late_already.title not in str(said), "it lay there before, and was meant to"
        assert "Section A: Section meeting" in [row.what for row in preview.rows]

    def test_an_end_that_comes_too_early_names_what_it_leaves_behind(self, loa, work, director):
        ends = {"teaching_ends_on": date(2027, 3, 1), "work_ends_on": date(2027, 5, 24)}
        preview = preview_dates(session=loa, changes=DateChanges(**ends), now=WEEK_3)

        assert [one.what for one in preview.overhangs] == [
            "Module 8 opens",
            "Module 8, “Reflection paper” is due",
        ]
        assert not preview_dates(session=loa, changes=DateChanges(), now=WEEK_3).overhangs

    def test_meetings_stay_on_their_date_if_wished_and_follow_the_zone(self, loa, director):
        coming = make_meeting(loa, on=date(2027, 4, 1))
        self.change(loa, director, starts_on=date(2027, 2, 8), zone="Europe/Belgrade", meetings_follow=False)
        coming.refresh_from_db()
        assert coming.on_date == date(2027, 4, 1)
        assert coming.starts_at == at("2027-04-01 17:00")
        assert coming.sequence == 1

    def test_the_same_dates_again_change_nothing(self, loa, work, director):
        before = everything()
        preview = self.change(loa, director, starts_on=loa.starts_on, zone=loa.zone, breaks=(SPRING,))
        assert preview.rows == ()
        assert everything() == before

    def test_queries_do_not_grow_with_the_class(self, loa, work, section, director):
        changes = DateChanges(work_ends_on=date(2027, 5, 18))
        counts = []
        for size in (1, 3):
            for number in range(size):
                person = cast.enroll(cast.make_user(f"Person {size} {number}"), loa, section=section)
                begin(work[3], person)
            with CaptureQueriesContext(connection) as queries:
                assert preview_dates(session=loa, changes=changes, now=WEEK_3).losses
            counts.append(len(queries))
        assert counts[0] == counts[1]
