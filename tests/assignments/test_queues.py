"""Every handed-in paper that waits for an answer stands in exactly one queue or under “No reader yet”, whatever
happened before: people hand in and revise, fellows come and go, people change sections, papers are given away, and
colleagues cover for each other.

Seen failing: with the way of a cover of a cover forgotten.
"""

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from assignments.invariants import covers_that_are_wrong, papers_left_with_silent_peers
from assignments.models import Assignment, Cover, Feedback, PassedOn, Reader, Submission
from assignments.services import (
    CoverRefused,
    MayNotRead,
    NotTaken,
    arrange_cover,
    assign_reader,
    end_cover,
    hand_in,
    mind_covers,
    pass_on_silent,
    reallot_enrollment,
    reallot_section,
    reallot_session,
    release_promised,
)
from assignments.services.allotting import Allotment
from assignments.services.covering import Plan
from cohorts.models import Enrollment, SectionFellow
from programs.models import Appointment
from tests import cast
from tests.cast import WEEK_3

PEOPLE, FELLOWS, SECTIONS = 4, 3, 2


class Term:
    """A small class to which things happen."""

    def __init__(self, session, papers, has_sections):
        self.session, self.papers, self.has_sections = session, papers, has_sections
        self.at = WEEK_3
        self.sections = [
            cast.make_section(session, name=f"Section {n}") for n in range(SECTIONS if has_sections else 0)
        ]
        self.people = [cast.enroll(cast.make_user(f"Person {n}"), session) for n in range(PEOPLE)]
        self.fellows = [cast.make_user(f"Fellow {n}") for n in range(FELLOWS)]
        self.head = cast.make_user("Head")
        cast.appoint(self.head, Role.HEAD_TEACHING_FELLOW, session=session)

    def happens(self, act, one, other):
        self.at += timedelta(minutes=1)
        getattr(self, act)(one, other)

    def hands_in(self, one, other):
        person, paper = self.people[one % PEOPLE], self.papers[other % len(self.papers)]
        with suppress(NotTaken):
            hand_in(
                assignment=paper, enrollment=person, text=f"{one} {other}", key=uuid4(), actor=person.user, now=self.at
            )

    def is_answered(self, one, other):
        waiting = list(Submission.objects.awaiting_feedback().order_by("pk"))
        if waiting:
            paper = waiting[one % len(waiting)]
            result = ["complete", "please_revise", "not_yet_complete"][other % 3]
            paper.feedback.filter(status="draft").delete()
            cast.make_feedback(paper, self.head, result=result, at=self.at)

    def is_answered_in_draft(self, one, other):
        waiting = list(Submission.objects.awaiting_feedback().filter(feedback=None).order_by("pk"))
        if waiting:
            cast.make_feedback(waiting[one % len(waiting)], self.head, status="draft", result="")

    def fellow_comes(self, one, other):
        fellow = self.fellows[one % FELLOWS]
        if self.has_sections:
            section = self.sections[other % SECTIONS]
            SectionFellow.objects.get_or_create(section=section, user=fellow)
            reallot_section(section=section, actor=self.head, now=self.at)
        elif not fellow.appointments.exists():
            cast.appoint(fellow, Role.TEACHING_FELLOW, session=self.session)
            reallot_session(session=self.session, actor=self.head, now=self.at)

    def fellow_leaves(self, one, other):
        fellow = self.fellows[one % FELLOWS]
        if self.has_sections:
            section = self.sections[other % SECTIONS]
            SectionFellow.objects.filter(section=section, user=fellow).delete()
            reallot_section(section=section, actor=self.head, now=self.at)
        else:
            Appointment.objects.filter(user=fellow).delete()
            reallot_session(session=self.session, actor=self.head, now=self.at)

    def changes_section(self, one, other):
        person = self.people[one % PEOPLE]
        if self.has_sections:
            Enrollment.objects.filter(pk=person.pk).update(section=[None, *self.sections][other % (SECTIONS + 1)])
            reallot_enrollment(enrollment=person, actor=self.head, now=self.at)

    def is_given_away(self, one, other):
        papers = list(Submission.objects.counting().order_by("pk"))
        reader = [self.head, *self.fellows][other % (FELLOWS + 1)]
        if papers:
            try:
                assign_reader(submission=papers[one % len(papers)], user=reader, actor=self.head, now=self.at)
            except MayNotRead:
                assert reader != self.head

    def is_covered(self, one, other):
        away, able = self.fellows[one % FELLOWS], [self.head, *self.fellows]
        colleagues = {able[other % len(able)], able[(other + one) % len(able)]} - {away}
        plan = Plan(
            session=self.session,
            away=away,
            colleagues=tuple(sorted(colleagues, key=lambda user: user.pk)),
            sections=tuple(self.sections[:1] if other % 3 == 0 else ()),
            starts_at=self.at + timedelta(minutes=other % 2),
            ends_at=None if one % 4 == 0 else self.at + timedelta(minutes=3 + one),
            promises_to=self.at + timedelta(days=9) if other % 2 else None,
        )
        with suppress(CoverRefused):
            arrange_cover(plan=plan, message="Somebody else reads.", actor=self.head, now=self.at)

    def who_covers_is_covered(self, one, other):
        standing = Cover.objects.running().order_by("pk")
        if standing:
            away = standing[one % len(standing)].colleagues.order_by("pk")[0]
            able = [user for user in (self.head, *self.fellows) if user != away]
            plan = Plan(
                session=self.session,
                away=away,
                colleagues=(able[other % len(able)],),
                starts_at=self.at,
                ends_at=None if other % 3 == 0 else self.at + timedelta(minutes=2 + one),
            )
            with suppress(CoverRefused):
                arrange_cover(plan=plan, message="Somebody else reads.", actor=self.head, now=self.at)

    def cover_is_ended(self, one, other):
        standing = Cover.objects.standing()
        if standing:
            end_cover(cover=standing[one % len(standing)], actor=self.head, now=self.at)

    def time_passes(self, one, other):
        self.at += timedelta(minutes=one)
        mind_covers(now=self.at)
        self.check_seats()
        release_promised(now=self.at)

    def check_seats(self):
        """What waits is read by whoever of the pool is there, or by whoever stands in for them, by whatever way."""
        allotment = Allotment(self.session)
        chosen = Reader.objects.current().primary().filter(allotted_by=None, submission__feedback=None)
        waiting = Submission.objects.awaiting_feedback().exclude(pk__in=Submission.objects.for_peers())
        for reader in chosen.filter(submission__in=waiting).select_related(
            "submission__enrollment", "submission__assignment"
        ):
            assert reader.seat in allotment.seats(reader.submission), reader

    def a_week_passes(self, one, other):
        self.at += timedelta(days=7)
        self.time_passes(1, other)
        pass_on_silent(now=self.at)
        assert list(papers_left_with_silent_peers(self.at + timedelta(hours=1))) == []

    def person_leaves_or_returns(self, one, other):
        person = self.people[one % PEOPLE]
        status = [Enrollment.Status.ACTIVE, Enrollment.Status.ON_LEAVE, Enrollment.Status.WITHDRAWN][other % 3]
        Enrollment.objects.filter(pk=person.pk).update(status=status)
        reallot_enrollment(enrollment=person, actor=self.head, now=self.at)

    def is_begun_by_its_reader(self, one, other):
        waiting = list(Reader.objects.current().primary().filter(submission__feedback=None).order_by("pk"))
        if waiting:
            reader = waiting[one % len(waiting)]
            if reader.submission.superseded_at is None:
                cast.make_feedback(reader.submission, reader.user, status="draft", result="")

    def check(self):
        answered = set(Feedback.objects.filter(status="released").values_list("submission", flat=True))
        everybody = [self.head, *self.fellows, *(person.user for person in self.people)]
        queues = [set(Submission.objects.in_queue_of(user).values_list("pk", flat=True)) for user in everybody]
        queues.append(set(Submission.objects.without_reader().values_list("pk", flat=True)))
        for paper in Submission.objects.select_related("assignment"):
            is_waiting = (
                paper.superseded_at is None
                and paper.pk not in answered
                and paper.assignment.answered_by != Assignment.AnsweredBy.NOBODY
            )
            assert sum(paper.pk in queue for queue in queues) == is_waiting, paper
        for reader in Reader.objects.current().primary().select_related("submission__enrollment", "cover"):
            assert reader.user_id != reader.submission.enrollment.user_id
            if reader.kind == Reader.Kind.COVERING:
                is_over = Cover.objects.filter(pk__in=reader.seat.way, ended_at__isnull=False).exists()
                assert not is_over or reader.submission.feedback.filter(status="draft").exists()
                assert reader.cover.colleagues.filter(pk=reader.user_id).exists()
        assert list(covers_that_are_wrong(self.at)) == []
        self.check_peers()

    def check_peers(self):
        """Nobody waits without an answerer while there is anybody: a peer, or staff once it was passed on."""
        passed = set(PassedOn.objects.values_list("submission__assignment", "submission__enrollment"))
        told = Enrollment.objects.working().notified()
        for paper in Submission.objects.without_reader().filter(assignment__answered_by="peers"):
            if (paper.assignment_id, paper.enrollment_id) in passed:
                able = SectionFellow.objects.filter(section__enrollments=paper.enrollment_id)
                if not self.has_sections:
                    able = Appointment.objects.filter(role=Role.TEACHING_FELLOW)
            else:
                others = Submission.objects.counting().filter(assignment=paper.assignment_id, enrollment__in=told)
                able = others.exclude(enrollment=paper.enrollment_id)
            assert not able.exists(), paper


ACTS = st.sampled_from(
    [
        *["hands_in"] * 3,
        *["fellow_comes"] * 2,
        "is_answered",
        "is_answered_in_draft",
        "fellow_leaves",
        "changes_section",
        "is_given_away",
        *["is_covered"] * 3,
        "who_covers_is_covered",
        *["a_week_passes"] * 2,
        "person_leaves_or_returns",
        "cover_is_ended",
        "time_passes",
        "is_begun_by_its_reader",
    ]
)
NUMBERS = st.integers(0, 11)
histories = st.lists(st.tuples(ACTS, NUMBERS, NUMBERS), min_size=1, max_size=12)
# What happens once somebody covers.
COVERED = st.sampled_from(
    [
        *["who_covers_is_covered"] * 3,
        *["cover_is_ended"] * 2,
        *["time_passes"] * 2,
        "is_covered",
        "hands_in",
        "fellow_leaves",
        "fellow_comes",
        "changes_section",
        "is_begun_by_its_reader",
        "is_answered",
    ]
)


@pytest.mark.parametrize("has_sections", [True, False])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories)
def test_every_waiting_paper_stands_in_exactly_one_queue(loa, module, has_sections, history):
    with transaction.atomic():
        answers = Assignment.AnsweredBy
        papers = [
            cast.make_assignment(module, title=str(by), answered_by=by)
            for by in (answers.FELLOW, answers.PEERS, answers.NOBODY)
        ]
        term = Term(loa, papers, has_sections)
        for act, one, other in history:
            term.happens(act, one, other)
            term.check()
        transaction.set_rollback(True)


@pytest.mark.parametrize("has_sections", [True, False])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(st.tuples(COVERED, NUMBERS, NUMBERS), min_size=2, max_size=9))
def test_papers_find_their_way_home_through_covers_of_covers(loa, module, has_sections, history):
    with transaction.atomic():
        term = Term(loa, [cast.make_assignment(module)], has_sections)
        for fellow in range(FELLOWS):
            term.happens("fellow_comes", fellow, fellow)
        for person in range(PEOPLE):
            term.happens("changes_section", person, 1 + person % SECTIONS)
            term.happens("hands_in", person, 0)
        by_hand = Submission.objects.order_by("pk")[1]
        assign_reader(submission=by_hand, user=term.fellows[1], actor=term.head, now=term.at)
        # The second fellow reads a section alone; the head and the first stand in.
        term.happens("is_covered", 1, 4)
        for act, one, other in history:
            term.happens(act, one, other)
            term.check()
        Feedback.objects.filter(status="draft").delete()
        for cover in Cover.objects.standing():
            end_cover(cover=cover, actor=term.head, now=term.at)
        # What was begun in a cover that was over before, too.
        mind_covers(now=term.at)
        assert not Reader.objects.current().covering().exists()
        if ("fellow_leaves", 1) not in {(act, one % FELLOWS) for act, one, _ in history}:
            assert by_hand.readers.current().get().user == term.fellows[1]
        transaction.set_rollback(True)
