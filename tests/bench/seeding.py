"""Five hundred participants in the middle of a session: the session by its service, the rest in bulk."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from assignments.models import (
    Assignment,
    Comment,
    Draft,
    Feedback,
    FeedbackLevel,
    Reader,
    Submission,
    SubmissionAuthor,
)
from assignments.services.handing_in import new_receipt
from assignments.texts import count_words, fingerprint
from cohorts.models import Enrollment, Meeting, Section, SectionFellow
from core.moves import move
from core.rules import Side
from core.rules.resolver import instant_of
from engines.addresses import CHECKOUT
from modules.models import Item, ItemProgress, Module
from operations.demo import texts
from operations.sessions import create_session
from programs.models import Program, Session
from programs.services import appoint

PARTICIPANTS, SECTION, QUEUE = 500, 12, 25
ZONE = "America/New_York"
# The week of the session in which today lies.
WEEK = 5


@dataclass
class Seeded:
    """Who and what the pages are measured with."""

    session: Session
    participant: User
    fellow: User
    module: Module
    assignment: Assignment
    paper: Submission
    nine: datetime


def seed(now):
    """Fill an empty, migrated database."""
    call_command("load_program", Path(CHECKOUT, "operations", "programs", "loa.yaml"), verbosity=0, stdout=NoWords())
    today = now.astimezone(ZoneInfo(ZONE)).date()
    starts_on = today - timedelta(days=today.weekday(), weeks=WEEK - 1)
    before = now - timedelta(weeks=WEEK + 3)
    director = make_people(["director"], before)[0]
    appoint(user=director, role=Role.DIRECTOR, program=Program.objects.get(), actor=None, now=before)
    session = make_session(starts_on, director, before)
    fellows = make_people([f"fellow{n}" for n in range(-(-PARTICIPANTS // SECTION))], before)
    enrollments = enroll(session, fellows, before)
    current = write_history(session, enrollments, fellows, now)
    nine = plan_meeting(session, starts_on)
    queue = Submission.objects.filter(assignment=current, enrollment__section__fellows__user=fellows[0])
    return Seeded(
        session, enrollments[0].user, fellows[0], current.item.module, current, queue.order_by("handed_in_at")[0], nine
    )


class NoWords:
    """Swallows what a command says."""

    def write(self, text=""):
        return len(text)


def make_people(names, at):
    password = make_password(None)
    return User.objects.bulk_create(
        User(
            email=f"{name}@example.org",
            name=f"{name.title()} of the Bench",
            password=password,
            zone=ZONE,
            joined_at=at,
            first_steps_at=at,
        )
        for name in names
    )


def make_session(starts_on, director, at):
    last_day = starts_on + timedelta(weeks=15, days=-1)
    session = create_session(
        version=Program.objects.get().versions.latest("number"),
        label="bench",
        starts_on=starts_on,
        work_ends_on=last_day + timedelta(weeks=2),
        access_ends_on=last_day + timedelta(weeks=26),
        zone=ZONE,
        actor=director,
        now=at,
    )
    move(session, Session.Status.PUBLISHED)
    return session


def enroll(session, fellows, at):
    """Sections of twelve with a fellow and a weekly meeting each."""
    sections = Section.objects.bulk_create(
        Section(session=session, name=f"Section {n + 1}", position=n) for n in range(len(fellows))
    )
    SectionFellow.objects.bulk_create(
        SectionFellow(section=section, user=fellow) for section, fellow in zip(sections, fellows, strict=True)
    )
    for section in sections:
        for week in range(15):
            add_meeting(session, session.starts_on + timedelta(weeks=week, days=2), section=section)
    people = make_people([f"participant{n}" for n in range(PARTICIPANTS)], at)
    return Enrollment.objects.bulk_create(
        Enrollment(
            session=session,
            user=person,
            section=sections[n // SECTION],
            status=Enrollment.Status.ACTIVE,
            enrolled_at=at,
            accepted_at=at,
        )
        for n, person in enumerate(people)
    )


def add_meeting(session, on, **fields):
    meeting = Meeting(
        session=session,
        title="Section meeting",
        on_date=on,
        at_time=time(19),
        link="https://meet.example.org/",
        **fields,
    )
    meeting.save()
    return meeting


def write_history(session, enrollments, fellows, now):
    """Everybody's papers up to today; the newest unanswered. Returns the assignment that is being worked on."""
    opened = [
        work
        for work in Assignment.objects.for_session(session).select_related("item__module", "session__program")
        if work.item.module.releases_at < now and work.answered_by == Assignment.AnsweredBy.FELLOW
    ]
    for number, assignment in enumerate(opened):
        at = min(assignment.due_at, now) - timedelta(hours=5)
        writers = enrollments if number < len(opened) - 1 else enrollments[1:]
        hand_in_all(assignment, writers, at, fellows, answered=number < len(opened) - 3)
    Draft.objects.create(
        assignment=opened[-1], enrollment=enrollments[0], text=texts.begun(1), revision=3, saved_at=now
    )
    items = Item.objects.filter(module__session=session, module__releases_at__lt=now).ticked_by_hand()
    ItemProgress.objects.bulk_create(
        [
            ItemProgress(item=item, enrollment=enrollment, done_at=now - timedelta(days=1))
            for number, item in enumerate(items)
            for enrollment in enrollments
            if number % 3
        ],
        batch_size=5000,
    )
    return opened[-1]


def hand_in_all(assignment, writers, at, fellows, *, answered):
    """One paper of everybody, each with its section's reader; the measured queue is filled up to its length."""
    papers = Submission.objects.bulk_create(
        make_paper(assignment, enrollment, at + timedelta(minutes=n)) for n, enrollment in enumerate(writers)
    )
    SubmissionAuthor.objects.bulk_create(
        SubmissionAuthor(submission=paper, enrollment=paper.enrollment, due_at=assignment.due_at) for paper in papers
    )
    full = answered or Reader.objects.filter(user=fellows[0], submission__feedback=None).count()
    readers = []
    for paper in papers:
        number = paper.enrollment.section.position
        if number == 0 and not answered:
            full += 1
            number = 0 if full <= QUEUE else 1
        readers.append(Reader(submission=paper, user=fellows[number], since=paper.handed_in_at))
    Reader.objects.bulk_create(readers)
    ItemProgress.objects.bulk_create(
        ItemProgress(item=assignment.item, enrollment=paper.enrollment, done_at=paper.handed_in_at) for paper in papers
    )
    if answered:
        answer_all(assignment, papers, readers)


def make_paper(assignment, enrollment, at):
    text = texts.paper(enrollment.pk)
    return Submission(
        assignment=assignment,
        enrollment=enrollment,
        number=1,
        text=text,
        words=count_words(text),
        sha256=fingerprint(text),
        prompt=assignment.prompt,
        handed_in_at=at,
        handed_in_by=enrollment.user,
        key=uuid4(),
        receipt=new_receipt("LOA"),
    )


def answer_all(assignment, papers, readers):
    """Released feedback with a level for each criterion and a remark."""
    answers = Feedback.objects.bulk_create(
        Feedback(
            submission=paper,
            author=reader.user,
            status=Feedback.Status.RELEASED,
            result=Feedback.Result.COMPLETE,
            text=texts.PRAISE[0],
            next_step=texts.ADVICE[0],
            saved_at=paper.handed_in_at + timedelta(days=3),
            released_at=paper.handed_in_at + timedelta(days=3),
            released_by=reader.user,
        )
        for paper, reader in zip(papers, readers, strict=True)
    )
    best = [criterion.levels.last() for criterion in assignment.criteria.all()]
    FeedbackLevel.objects.bulk_create(
        FeedbackLevel(feedback=answer, criterion_id=level.criterion_id, level=level)
        for answer in answers
        for level in best
    )
    Comment.objects.bulk_create(
        Comment(
            feedback=answer, starts_at_char=0, ends_at_char=20, quote=answer.submission.text[:20], text=texts.REMARKS[0]
        )
        for answer in answers
    )


def plan_meeting(session, starts_on):
    """A live class of everybody on a day when nothing else is told; returns the moment of its reminder."""
    day = starts_on - timedelta(days=10)
    add_meeting(session, day)
    return instant_of(day - timedelta(days=1), time(9), ZONE, Side.RELEASE)


def sign_in(user):
    """A client that is this person."""
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client
