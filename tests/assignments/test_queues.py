"""Every handed-in paper that waits for an answer stands in exactly one queue or under “No reader yet”, whatever
happened before: people hand in and revise, fellows come and go, people change sections, papers are given away."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from assignments.models import Assignment, Feedback, Reader, Submission
from assignments.services import (
    MayNotRead,
    assign_reader,
    hand_in,
    reallot_enrollment,
    reallot_section,
    reallot_session,
)
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
        hand_in(assignment=paper, enrollment=person, text=f"{one} {other}", key=uuid4(), actor=person.user, now=self.at)

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
        for reader in Reader.objects.current().primary().select_related("submission__enrollment"):
            assert reader.user_id != reader.submission.enrollment.user_id


ACTS = st.sampled_from(
    [
        *["hands_in"] * 3,
        *["fellow_comes"] * 2,
        "is_answered",
        "is_answered_in_draft",
        "fellow_leaves",
        "changes_section",
        "is_given_away",
    ]
)
histories = st.lists(st.tuples(ACTS, st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=12)


@pytest.mark.parametrize("has_sections", [True, False])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
