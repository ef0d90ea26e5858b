"""The small cast that every test knows: one session in New York across its clock change, people in other zones.

The session `loa` runs from Monday 1 February 2027 for fifteen weeks with a spring break; New York's clocks change on
14 March, in week 6, Sydney's on 4 April. Amara lives in Kolkata, Jack in Sydney, Noor belongs to another session of
another program and must see nothing. Times of the tests are named, never "now".
"""

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import count
from uuid import uuid4

from accounts.models import User
from assignments.models import (
    Arrangement,
    Assignment,
    Criterion,
    Extension,
    Feedback,
    Level,
    Submission,
    SubmissionAuthor,
)
from cohorts.models import Enrollment, Meeting, Section, SectionFellow
from core.rules import Side, parse_rule, resolve
from modules.models import Item, Module
from programs.models import Appointment, Program, ProgramVersion, Session

ENROLLED = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)
# Wednesday of week 3, noon in New York.
WEEK_3 = datetime(2027, 2, 17, 17, 0, tzinfo=UTC)
# Wednesday of week 6: the clocks of New York change on the Sunday of this week.
WEEK_6 = datetime(2027, 3, 10, 17, 0, tzinfo=UTC)

numbers = count(1)


def make_user(name="Amara Rao", *, zone="Asia/Kolkata", email=None, **fields):
    email = email or f"{name.split()[0].lower()}{next(numbers)}@example.org"
    fields.setdefault("joined_at", ENROLLED)
    fields.setdefault("first_steps_at", ENROLLED)
    return User.objects.create_user(email, "a long pass phrase", name=name, zone=zone, **fields)


def make_program(*, code="LOA", title="Leadership, Organizing and Action: Leading Change", **fields):
    program = Program.objects.create(
        slug=code.lower(), code=code, title=title, office_email=f"{code.lower()}-office@example.org", **fields
    )
    content = {
        "slug": program.slug,
        "code": program.code,
        "title": program.title,
        "weeks": 15,
        "order": "calendar",
        "summary": f"What {program.title} is about.",
        "office": program.office_email,
    }
    ProgramVersion.objects.create(
        program=program, number=1, content_hash=f"{next(numbers):064d}", content=content, source="", loaded_at=ENROLLED
    )
    return program


def make_session(program, *, label="2027", starts_on=date(2027, 2, 1), zone="America/New_York", **fields):
    fields.setdefault("status", Session.Status.PUBLISHED)
    fields.setdefault("teaching_ends_on", starts_on + timedelta(weeks=15))
    fields.setdefault("work_ends_on", starts_on + timedelta(weeks=16))
    fields.setdefault("access_ends_on", starts_on + timedelta(weeks=40))
    return Session.objects.create(
        program=program,
        version=program.versions.first(),
        slug=f"{program.slug}-{label}",
        label=label,
        starts_on=starts_on,
        zone=zone,
        **fields,
    )


def make_module(session, *, number=1, opens=None, **fields):
    rule = parse_rule(opens or f"week {number}, Monday, 09:00")
    fields.setdefault("key", f"module-{number}")
    fields.setdefault("title", f"The topic of week {number}")
    fields.setdefault("position", number)
    return Module.objects.create(
        session=session,
        number=number,
        release_rule=rule,
        releases_at=resolve(rule, session.calendar(), Side.RELEASE),
        **fields,
    )


def make_item(module, *, kind=Item.Kind.READING, **fields):
    number = next(numbers)
    fields.setdefault("key", f"{kind}-{number}")
    fields.setdefault("title", f"An item of kind {kind}")
    fields.setdefault("position", number)
    return Item.objects.create(module=module, kind=kind, **fields)


def make_assignment(module, *, due=None, closes=None, title="Reflection paper", item=None, **fields):
    session = module.session
    item = item or make_item(module, kind=Item.Kind.ASSIGNMENT, title=title)
    due_rule = parse_rule(due or f"week {module.number}, Sunday, 23:59")
    closes_rule = parse_rule(closes) if closes else None
    due_at = resolve(due_rule, session.calendar(), Side.DEADLINE)
    closes_at = resolve(closes_rule, session.calendar(), Side.DEADLINE) if closes_rule else session.work_ends_at
    fields.setdefault("prompt", "What did you try this week, and what did you learn from it?")
    fields.setdefault("feedback_days", 7)
    assignment = Assignment.objects.create(
        item=item,
        session=session,
        due_rule=due_rule,
        due_at=due_at,
        closes_rule=closes_rule,
        closes_at=closes_at,
        **fields,
    )
    Item.objects.filter(pk=item.pk).update(blocks_until=closes_at)
    for position, title in enumerate(("Names what was done", "Draws a lesson"), start=1):
        criterion = Criterion.objects.create(
            assignment=assignment, key=f"criterion-{position}", position=position, title=title
        )
        for level, words in enumerate(("Not yet", "In part", "Fully"), start=1):
            Level.objects.create(criterion=criterion, position=level, title=words)
    return assignment


def enroll(user, session, *, section=None, status=Enrollment.Status.ACTIVE, **fields):
    return Enrollment.objects.create(
        user=user, session=session, section=section, status=status, enrolled_at=ENROLLED, **fields
    )


def make_section(session, *fellows, name="Section A", **fields):
    section = Section.objects.create(session=session, name=name, **fields)
    for fellow in fellows:
        SectionFellow.objects.create(section=section, user=fellow)
    return section


def appoint(user, role, *, program=None, session=None):
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.is_staff = True
    return Appointment.objects.create(user=user, role=role, program=program, session=session, appointed_at=ENROLLED)


def make_meeting(session, *, section=None, on=date(2027, 2, 18), at=time(19, 0), **fields):
    fields.setdefault("title", "Section meeting" if section else "Live class")
    fields.setdefault("link", "https://meet.example.org/room")
    return Meeting.objects.create(session=session, section=section, on_date=on, at_time=at, **fields)


def extend(assignment, enrollment, *, by=None, until=None, granter=None, at=WEEK_3, **fields):
    """An extension as a row, without its service."""
    granter = granter or make_user("Ruth Adeyemi", zone="Africa/Lagos")
    return Extension.objects.create(
        assignment=assignment,
        enrollment=enrollment,
        later_by=by,
        until=until,
        reason="A family matter",
        grant_id=uuid4(),
        granted_by=granter,
        granted_at=at,
        **fields,
    )


def arrange(enrollment, *, by=None, days=None, since=date(2027, 2, 1), until=date(2027, 5, 31), granter=None, **fields):
    """A standing arrangement as a row, without its service."""
    granter = granter or make_user("Ruth Adeyemi", zone="Africa/Lagos")
    return Arrangement.objects.create(
        enrollment=enrollment,
        later_by=by,
        later_days=days,
        from_on=since,
        until_on=until,
        reason="The power is cut for hours each day.",
        granted_by=granter,
        granted_at=WEEK_3,
        key=uuid4(),
        **fields,
    )


def make_submission(assignment, enrollment, *, text="I asked ten neighbours, and learnt to wait.", at=WEEK_3, **fields):
    """A handed-in paper as rows, without its service: the newest attempt counts."""
    earlier = Submission.objects.filter(assignment=assignment, enrollment=enrollment)
    earlier.filter(superseded_at=None).update(superseded_at=at)
    number = earlier.count() + 1
    submission = Submission.objects.create(
        assignment=assignment,
        enrollment=enrollment,
        number=number,
        text=text,
        words=len(text.split()),
        sha256=sha256(text.encode()).hexdigest(),
        prompt=assignment.prompt,
        handed_in_at=at,
        handed_in_by=enrollment.user,
        key=uuid4(),
        receipt=f"{assignment.session.program.code}-{next(numbers):06d}",
        **fields,
    )
    SubmissionAuthor.objects.create(submission=submission, enrollment=enrollment, due_at=assignment.due_at)
    return submission


def make_feedback(submission, author, *, status="released", result="complete", at=WEEK_3, **fields):
    """An answer as a row, without its service."""
    if status == "released":
        fields = {"released_at": at, "released_by": author} | fields
    if result == "please_revise":
        fields = {"revise_reason": "Say who decided.", "revise_until": at + timedelta(days=7)} | fields
    return Feedback.objects.create(
        submission=submission, author=author, status=status, result=result, saved_at=at, **fields
    )
