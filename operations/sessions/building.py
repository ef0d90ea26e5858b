"""A session of its own from a version of a program: every row of its curriculum is made at once and is its own."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify

from accounts.models import User
from assignments.models import Assignment, Criterion, Level, Tag
from assignments.services import DeadlineRefused, resolve_deadline
from audit.services import record
from cohorts.models import Meeting
from core.rules import BreakSpan, Rule, RuleError, Side, TermCalendar, resolve
from modules.models import Item, Module
from operations.weeks import DatesDoNotFit, check_days, last_day_of_teaching, read_calendar
from programs.content import (
    AssignmentContent,
    CriterionContent,
    ItemContent,
    MeetingContent,
    ModuleContent,
    ProgramContent,
)
from programs.models import Break, ProgramVersion, Session

# What bulk inserts send at once.
ROWS_AT_ONCE = 500


class SessionExists(Exception):
    """The program has a session of that name already, or another has that address."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            f"There is already a session “{session.label}” of this program, or one with the address “{session.slug}”. "
            "Choose another label or address."
        )


@transaction.atomic
def create_session(
    *,
    version: ProgramVersion,
    label: str,
    starts_on: date,
    work_ends_on: date,
    access_ends_on: date,
    zone: str,
    teaching_ends_on: date | None = None,
    breaks: Sequence[BreakSpan] = (),
    slug: str = "",
    actor: User | None,
    now: datetime,
    **facts: Any,
) -> Session:
    """Make a session with its own modules, items, assignments, rubrics and live classes, in a few queries.

    Teaching ends with the program's last week unless a day is given. `facts` are further fields of the session: fee,
    capacity, addresses, `is_sample`; order, what the fee covers and the statement of honesty come from the
    version. It is a draft until it is published. Raises DatesDoNotFit with everything that does not, SessionExists.
    """
    content = version.outline
    calendar = read_calendar(starts_on, zone, breaks)
    session = Session(
        program=version.program,
        version=version,
        slug=slug or f"{version.program.slug}-{slugify(label)}",
        label=label,
        zone=zone,
        starts_on=starts_on,
        teaching_ends_on=teaching_ends_on or last_day_of_teaching(calendar, content.weeks),
        work_ends_on=work_ends_on,
        access_ends_on=access_ends_on,
        **{
            "order": content.order,
            "fee_covers": content.fee_covers,
            "honesty": content.honesty,
            **_own_time(content),
        }
        | facts,
    )
    session.resolve_days()
    curriculum = Curriculum(session, calendar)
    curriculum.problems += check_days(session)
    for position, module in enumerate(content.modules, start=1):
        curriculum.add_module(module, position)
    if curriculum.problems:
        raise DatesDoNotFit(curriculum.problems)
    try:
        with transaction.atomic():
            session.save()
    except IntegrityError:
        if not Session.objects.filter(Q(slug=session.slug) | Q(program=session.program_id, label=label)).exists():
            raise
        raise SessionExists(session) from None
    Break.objects.bulk_create(
        Break(session=session, name=span.name, starts_on=span.starts_on, ends_on=span.ends_on) for span in breaks
    )
    curriculum.save()
    write_tags(session, content.tags)
    record(
        actor=actor,
        verb="made the session",
        on=session,
        after={"version": version.number, "starts_on": starts_on, "zone": zone, "modules": len(content.modules)},
        scope=session.scope,
        now=now,
    )
    return session


def write_tags(session: Session, titles: Sequence[str]) -> None:
    """Let the session have these tags, in this order."""
    Tag.objects.bulk_create(
        [
            Tag(session=session, title=title, position=position)
            for position, title in enumerate(dict.fromkeys(titles), start=1)
        ],
        update_conflicts=True,
        unique_fields=["session", "title"],
        update_fields=["position"],
    )


def _own_time(content: ProgramContent) -> dict[str, Any]:
    """More time without asking, as the session keeps it."""
    asked = content.self_extension
    if asked is None:
        return {}
    return {
        "own_time_hours": asked.hours,
        "own_time_times": asked.per_assignment,
        "own_time_until_hours": asked.until_hours_after_due,
        "own_time_share": Decimal(str(asked.share)),
    }


class Curriculum:
    """Rows that are not saved yet, in the order in which they must be; collects what does not fit."""

    def __init__(self, session: Session, calendar: TermCalendar) -> None:
        self.session = session
        self.calendar = calendar
        self.problems: list[str] = []
        self.modules: list[Module] = []
        self.meetings: list[Meeting] = []
        self.items: list[Item] = []
        self.assignments: list[Assignment] = []
        self.criteria: list[Criterion] = []
        self.levels: list[Level] = []

    def add_module(self, content: ModuleContent, position: int) -> None:
        """The module with everything in it."""
        releases_at = self._resolved(content.release, content.title)
        if releases_at is None:
            return
        module = Module(
            session=self.session,
            key=content.key,
            kind=content.kind,
            position=position,
            number=content.number,
            title=content.title,
            outcome=content.outcome,
            practice=content.practice,
            introduction=content.introduction,
            release_rule=content.release,
            releases_at=releases_at,
            is_sample=content.is_sample,
        )
        self.modules.append(module)
        for place, item in enumerate(content.items, start=1):
            self.add_item(item, module, place)

    def add_item(self, content: ItemContent, module: Module, position: int) -> None:
        """The item with its assignment or its meeting."""
        item = Item(
            module=module,
            key=content.key,
            kind=content.kind,
            position=position,
            title=content.title,
            body=content.body,
            url=content.url,
            transcript=content.transcript,
            minutes=content.minutes,
            is_required=content.required,
            is_sample=content.is_sample,
        )
        self.items.append(item)
        if content.assignment is not None:
            self._add_assignment(content.assignment, item)
        if content.meeting is not None:
            self._add_meeting(content.meeting, item)

    def add_criterion(self, content: CriterionContent, assignment: Assignment, position: int) -> None:
        """A line of a rubric with its levels."""
        criterion = Criterion(
            assignment=assignment,
            key=content.key,
            position=position,
            title=content.title,
            description=content.description,
        )
        self.criteria.append(criterion)
        self.levels += [
            Level(criterion=criterion, position=place, title=level.title, description=level.description)
            for place, level in enumerate(content.levels, start=1)
        ]

    def save(self) -> None:
        """Each kind of row in one go; what the next kind points to is saved before it."""
        Module.objects.bulk_create([one for one in self.modules if one.pk is None], batch_size=ROWS_AT_ONCE)
        Meeting.objects.bulk_create(self.meetings, batch_size=ROWS_AT_ONCE)
        Item.objects.bulk_create(self.items, batch_size=ROWS_AT_ONCE)
        Assignment.objects.bulk_create(self.assignments, batch_size=ROWS_AT_ONCE)
        Criterion.objects.bulk_create(self.criteria, batch_size=ROWS_AT_ONCE)
        Level.objects.bulk_create(self.levels, batch_size=ROWS_AT_ONCE)

    def _add_assignment(self, content: AssignmentContent, item: Item) -> None:
        try:
            deadline = resolve_deadline(
                content.due,
                content.closes,
                calendar=self.calendar,
                releases_at=item.module.releases_at,
                work_ends_at=self.session.work_ends_at,
            )
        except DeadlineRefused as refused:
            self.problems.append(f"{item.module.short_name}, “{item.title}”: {refused}")
            return
        item.blocks_until = deadline.closes_at
        assignment = Assignment(
            item=item,
            session=self.session,
            kind=content.kind,
            answered_by=content.answered_by,
            prompt=content.prompt,
            due_rule=deadline.due_rule,
            due_at=deadline.due_at,
            closes_rule=deadline.closes_rule,
            closes_at=deadline.closes_at,
            min_words=content.min_words,
            max_words=content.max_words,
            feedback_days=content.feedback_days,
            takes_text=content.hands_in.text,
            most_files=content.hands_in.files,
            most_megabytes=content.hands_in.megabytes,
            takes_recordings=content.hands_in.recordings,
        )
        self.assignments.append(assignment)
        for position, criterion in enumerate(content.rubric, start=1):
            self.add_criterion(criterion, assignment, position)

    def _add_meeting(self, content: MeetingContent, item: Item) -> None:
        if self._resolved(content.at, item.title) is None:
            return
        item.meeting = Meeting(
            session=self.session,
            title=content.title or item.title,
            on_date=content.at.date_in(self.calendar),
            at_time=content.at.at,
            minutes=content.minutes,
            note=content.note,
        )
        item.meeting.resolve_time()
        self.meetings.append(item.meeting)

    def _resolved(self, rule: Rule, what: str) -> datetime | None:
        try:
            return resolve(rule, self.calendar, Side.RELEASE)
        except RuleError as error:
            self.problems.append(f"“{what}”: {error}")
            return None
