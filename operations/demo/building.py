"""Builds the demo class: both programs in the middle of a session, dated around today, through the product's own acts.

Nothing is written past the services: people are enrolled and invited, drafts saved, papers handed in and answered, each
at the moment at which it would have happened.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from uuid import UUID, uuid5

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Mod

from accounts.models import User
from accounts.roles import Role
from assignments.models import Assignment
from assignments.services import AssignmentClosed, MayNotHandIn, hand_in, save_draft
from assignments.texts import fingerprint
from coaching.services import offer_slots
from cohorts.models import Enrollment, Section
from cohorts.services import accept_place, add_fellow, enroll_person, schedule_meetings, send_invitations
from core.moves import move
from modules.models import Item
from modules.services import mark_done
from notifications.models import ACCOUNT_MAIL, Notice
from operations.demo import texts
from operations.demo.announcing import show_announcements
from operations.demo.answering import answer_some
from operations.demo.desk import show_desk
from operations.demo.people import (
    ASSISTANT,
    CHAIR,
    COORDINATOR,
    CPV_DIRECTOR,
    CPV_FELLOWS,
    CPV_PARTICIPANTS,
    DIRECTOR,
    FELLOWS,
    HEAD_FELLOW,
    LOA_PARTICIPANTS,
    OPERATOR,
    PASSWORD,
    Person,
)
from operations.sessions import create_session
from programs.models import Program, Session
from programs.services import appoint

ZONE = "America/New_York"
# Today lies in this teaching week, so that modules lie behind, before and around it.
LOA_WEEK, CPV_WEEK = 4, 3
ROOM = "https://meet.example.org/"
STAFF = (
    (CHAIR, Role.FACULTY_CHAIR),
    (ASSISTANT, Role.CHAIR_ASSISTANT),
    (COORDINATOR, Role.COORDINATOR),
)
INBOX_HOLDS = timedelta(days=7)
READ_AFTER = timedelta(hours=3)
BEFORE = "it belongs to the time before this demonstration began"
NAMESPACE = UUID("8f9a2b1c-3d4e-5f60-8192-a3b4c5d6e7f8")


class DemoThere(Exception):
    """The demo class exists already."""


@dataclass(frozen=True)
class Class:
    """One session of the demo with its people."""

    session: Session
    enrollments: Sequence[Enrollment]


def is_built() -> bool:
    """Whether the demo class is there."""
    return Session.objects.filter(slug__endswith="-demo").exists()


@transaction.atomic
def build_demo(*, now: datetime, say: Callable[[str], object]) -> None:
    """Make the demo class, all or nothing. `say` gets a line for each step. Raises DemoThere."""
    if is_built():
        raise DemoThere
    operator = make_user(OPERATOR, now, is_superuser=True, is_staff=True)
    say("Leadership, Organizing and Action")
    loa = build_loa(operator, now)
    say("Creating Public Value")
    cpv = build_cpv(operator, now)
    for number, group in enumerate((loa, cpv)):
        say(f"papers of {group.session}")
        write_history(group, Random(number), now)  # noqa: S311 - a demonstration
        show_desk(group.session, now=now)
        show_announcements(group.session, now=now)
    announce_next(operator, now)
    settle_the_past(now)


def settle_the_past(now: datetime) -> None:
    """What would have been told in the past was not mailed: nobody wrote to these people then. The inbox holds the last
    week of it, as if it had been, and two of three have opened it."""
    past = Notice.objects.open().filter(send_at__lt=now).exclude(kind=ACCOUNT_MAIL)
    past.filter(send_at__gt=now - INBOX_HOLDS, recipient__isnull=False).update(
        status=Notice.Status.SENT, accepted_at=F("send_at"), reason=BEFORE
    )
    past.update(status=Notice.Status.CANCELLED, reason=BEFORE)
    told = Notice.objects.filter(reason=BEFORE, status=Notice.Status.SENT, send_at__lt=now - READ_AFTER)
    told.alias(turn=Mod(F("pk"), 3)).exclude(turn=0).update(read_at=F("send_at") + READ_AFTER)


def make_user(person: Person, now: datetime, **fields: object) -> User:
    """An account that has done its first steps, its address verified."""
    user = User.objects.create(
        email=person.email,
        password=hashed_password(),
        name=person.name,
        addressed_as=person.addressed_as,
        pronouns=person.pronouns,
        zone=person.zone,
        joined_at=now,
        first_steps_at=now,
        **fields,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@cache
def hashed_password() -> str:
    """One hash for all of them: hashing is meant to be slow, and seventy of them are half a minute."""
    return make_password(PASSWORD)


def monday_of_week_1(now: datetime, *, weeks: int) -> date:
    """The Monday from which today lies in that week."""
    today = now.date()
    return today - timedelta(days=today.weekday(), weeks=weeks - 1)


def build_loa(operator: User, now: datetime) -> Class:
    """Three sections of ten with a teaching fellow each, and weekly section meetings."""
    program = Program.objects.get(slug="loa")
    starts_on = monday_of_week_1(now, weeks=LOA_WEEK)
    before = now - timedelta(weeks=LOA_WEEK + 3)
    session = make_running(program, starts_on, weeks=15, operator=operator, now=before, fee=2900)
    director, head = make_user(DIRECTOR, before), make_user(HEAD_FELLOW, before)
    appoint(user=director, role=Role.DIRECTOR, program=program, actor=operator, now=before)
    appoint(user=head, role=Role.HEAD_TEACHING_FELLOW, session=session, actor=director, now=before)
    for person, role in STAFF:
        appoint(user=make_user(person, before), role=role, session=session, actor=director, now=before)
    sections = [
        make_section(session, number, make_user(fellow, before), starts_on, now=before)
        for number, fellow in enumerate(FELLOWS)
    ]
    enrollments = [
        enroll(person, session, director, section=sections[number % len(sections)], now=before)
        for number, person in enumerate(LOA_PARTICIPANTS)
    ]
    leave_in_other_states(enrollments)
    for section in sections:
        offer_coaching(session, section.fellows.get().user, now=now)
    return Class(session, enrollments)


def build_cpv(operator: User, now: datetime) -> Class:
    """No sections: papers go evenly to two readers."""
    program = Program.objects.get(slug="cpv")
    starts_on = monday_of_week_1(now, weeks=CPV_WEEK)
    before = now - timedelta(weeks=CPV_WEEK + 3)
    session = make_running(program, starts_on, weeks=9, operator=operator, now=before, fee=None)
    director = make_user(CPV_DIRECTOR, before)
    appoint(user=director, role=Role.DIRECTOR, program=program, actor=operator, now=before)
    for fellow in CPV_FELLOWS:
        appoint(user=make_user(fellow, before), role=Role.TEACHING_FELLOW, session=session, actor=director, now=before)
    enrollments = [enroll(person, session, director, section=None, now=before) for person in CPV_PARTICIPANTS]
    return Class(session, enrollments)


def make_running(
    program: Program, starts_on: date, *, weeks: int, operator: User, now: datetime, fee: int | None
) -> Session:
    """A published session; its dates are samples and say so."""
    version = program.versions.latest("number")
    last_day = starts_on + timedelta(weeks=weeks, days=-1)
    session = create_session(
        version=version,
        label=f"{starts_on:%Y} demo",
        slug=f"{program.slug}-demo",
        starts_on=starts_on,
        work_ends_on=last_day + timedelta(weeks=2),
        access_ends_on=last_day + timedelta(weeks=26),
        zone=ZONE,
        applications_close_on=starts_on - timedelta(days=62),
        apply_url=f"https://apply.example.org/{program.slug}",
        fee_amount=fee,
        is_sample=True,
        actor=operator,
        now=now,
    )
    move(session, Session.Status.PUBLISHED)
    return session


def announce_next(operator: User, now: datetime) -> None:
    """A session ahead of each program, so that the catalogue has something to apply to."""
    for slug, weeks, fee in (("loa", 15, 2900), ("cpv", 9, None)):
        program = Program.objects.get(slug=slug)
        starts_on = monday_of_week_1(now, weeks=1) + timedelta(weeks=14)
        last_day = starts_on + timedelta(weeks=weeks, days=-1)
        session = create_session(
            version=program.versions.latest("number"),
            label=f"{starts_on:%B %Y}",
            starts_on=starts_on,
            work_ends_on=last_day + timedelta(weeks=2),
            access_ends_on=last_day + timedelta(weeks=26),
            zone=ZONE,
            applications_close_on=starts_on - timedelta(days=62),
            apply_url=f"https://apply.example.org/{slug}",
            fee_amount=fee,
            is_sample=True,
            actor=operator,
            now=now,
        )
        move(session, Session.Status.PUBLISHED)


def make_section(session: Session, number: int, fellow: User, starts_on: date, *, now: datetime) -> Section:
    """A section with its fellow and its weekly meeting."""
    letter = "ABC"[number]
    section = Section.objects.create(session=session, name=f"Section {letter}", position=number)
    add_fellow(section=section, user=fellow, actor=None, now=now)
    schedule_meetings(
        session=session,
        section=section,
        title="Section meeting",
        on_date=starts_on + timedelta(days=2 + number % 2),
        at_time=time(10 + 2 * number, 0),
        minutes=90,
        times=15,
        link=f"{ROOM}loa-section-{letter.lower()}",
        actor=None,
        now=now,
    )
    return section


def offer_coaching(session: Session, fellow: User, *, now: datetime) -> None:
    """Three half hours in a row on the day after tomorrow, and a week later."""
    for days in (2, 9):
        offer_slots(
            session=session,
            coach=fellow,
            on_date=session.today(now) + timedelta(days=days),
            at_time=time(9, 0),
            times=3,
            link=f"{ROOM}coaching-{fellow.pk}",
            now=now,
        )


def enroll(person: Person, session: Session, director: User, *, section: Section | None, now: datetime) -> Enrollment:
    """Somebody who was enrolled, invited, and took the place."""
    user = make_user(person, now)
    enrollment, _ = enroll_person(
        session=session, email=user.email, name=user.name, section=section, actor=director, now=now
    )
    send_invitations(enrollments=[enrollment], actor=director, now=now)
    return accept_place(enrollment=enrollment, actor=user, now=now + timedelta(days=1))


def leave_in_other_states(enrollments: Sequence[Enrollment]) -> None:
    """One on leave, one withdrawn: lists and desks have to live with them."""
    move(enrollments[-1], Enrollment.Status.WITHDRAWN)
    move(enrollments[-2], Enrollment.Status.ON_LEAVE)


def write_history(group: Class, dice: Random, now: datetime) -> None:
    """Hand in what was due, begin what is due, answer about half of what has been waiting."""
    work = Assignment.objects.for_session(group.session).select_related("item__module", "session__program")
    for assignment in work:
        if assignment.item.module.releases_at >= now:
            continue
        for number, enrollment in enumerate(group.enrollments):
            write_one(assignment, enrollment, number, dice, now)
        answer_some(assignment, dice, now)
    read_items(group, dice, now)


def write_one(assignment: Assignment, enrollment: Enrollment, number: int, dice: Random, now: datetime) -> None:
    """One person's work on one assignment; the first of the class always has something left to do this week."""
    seed = hash((assignment.pk, number)) & 0xFFFF
    due_at = assignment.due_at
    began_at = min(due_at, now) - timedelta(hours=dice.randint(2, 40), minutes=dice.randint(0, 59))
    began_at = max(began_at, assignment.item.module.releases_at + timedelta(hours=1))
    is_late = number % 11 == 5
    is_missing = number % 13 == 7
    handed_in_at = began_at + timedelta(minutes=50) if not is_late else due_at + timedelta(hours=3)
    if due_at > now:
        # Still to be done: two of five have handed in early, in every section; a third has begun.
        is_missing = number % 5 not in (1, 3)
    if enrollment.status not in Enrollment.WORKING or began_at >= now:
        return
    if is_missing or handed_in_at >= now:
        if number % 3 == 0:
            save_draft(
                assignment=assignment,
                enrollment=enrollment,
                text=texts.begun(seed),
                based_on=0,
                actor=enrollment.user,
                now=began_at,
            )
        return
    try:
        hand_in(
            assignment=assignment,
            enrollment=enrollment,
            text=texts.paper(seed),
            declared=texts.beside(seed),
            affirmed=fingerprint(assignment.session.honesty),
            key=uuid5(NAMESPACE, f"{assignment.pk}-{enrollment.pk}"),
            actor=enrollment.user,
            now=handed_in_at,
        )
    except (AssignmentClosed, MayNotHandIn):
        # Strict order: who left out the work before has this module still closed.
        return


def read_items(group: Class, dice: Random, now: datetime) -> None:
    """Readings and lectures of the modules behind, done by most."""
    items = Item.objects.filter(module__session=group.session, module__releases_at__lt=now - timedelta(days=2)).exclude(
        kind__in=(Item.Kind.ASSIGNMENT, Item.Kind.LIVE)
    )
    for item in items:
        for enrollment in group.enrollments:
            if enrollment.status in Enrollment.WORKING and dice.random() < 0.8:
                mark_done(item=item, enrollment=enrollment, now=now - timedelta(hours=dice.randint(1, 40)))
